"""Measure constructions and write the tables of docs/constructions.md: python docs/make_constructions.py [PART …]

Parts: `tasks` (10 words of 1,000,000 symbols in fp32), `precisions` (10 words of 100,000 or 20,000 in other items),
`systems` (linear systems, 10 words of 10,000 vectors), `random` (random machines, one word of 10,000). A part may be
followed by models, `tasks:rnn,deltaproduct`. What is in docs/constructions/ already is not measured again; remove a
file to measure it anew. Without a part: all, which takes two hours or three on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.evaluation.precision import parse_item
from krohn.evaluation.running import Runner
from krohn.files import read_json, write_bytes, write_json
from krohn.generators.tasks import task as find_task
from krohn.generators.tensors import to_tensors
from krohn.models.constructions import Construction, construct
from krohn.models.zoo import build_model
from krohn.training.construct import subject_of
from krohn.training.loss import correct_of

HERE = Path(__file__).parent
FOLDER, PAGE = HERE / "constructions", HERE / "constructions.md"
GROUPS = [
    f"word:{name}"
    for name in ["C2", "C3", "C5", "C60", "C2xC4", "S3", "D5", "A4", "Q8", "F20", "S4", "SL2_3"]
]
TOMITA = [f"tomita:{k}" for k in range(1, 8)]
CASES = [(name, "aussm") for name in GROUPS]
CASES += [(name, "aussm-mamba") for name in (*TOMITA, "even-pairs", "flipflop:4", "mod-ltr:5")]
CASES += [
    (name, model)
    for model in ("rnn", "deltaproduct")
    for name in (*TOMITA, "flipflop:4", "word:A5", "word:S5")
]
SYSTEMS = [
    (name, model)
    for model in ("wave", "rnn")
    for name in (*(f"binding:T{k}" for k in range(1, 5)), "fibonacci")
]
ITEMS = ["fp64", "fp32", "bf16", "weights=bf16+activations=bf16", "phase=turn/65536", "phase=turn/256"]
WORDS, PIECE, LONGEST = 10, 200, 10_000


def measured(machine: Machine, made: Construction, item: str, length: int, words: int) -> dict[str, Any]:
    """Return how many labels of random words are wrong, where the first is, and the smallest margin."""
    network = build_model(made.model, machine.symbols, machine.classes, dict(made.settings), seed=0)
    network.load_state_dict(dict(made.weights))
    runner = Runner(network.eval(), parse_item(item), "cpu", whole=False)
    tokens = np.random.default_rng(0).integers(0, machine.symbols, (words, length), dtype=np.uint8)
    labels = machine.labels(tokens)
    errors, first, margin, state = 0, None, float("inf"), None
    for begin in range(0, length, PIECE):
        piece = slice(begin, begin + PIECE)
        logits, state = runner.feed(torch.from_numpy(tokens[:, piece].astype(np.int64)), state, begin)
        right = torch.from_numpy(labels[:, piece].astype(np.int64)).unsqueeze(-1)
        others = logits.scatter(-1, right, -torch.inf).amax(-1)
        apart = logits.gather(-1, right).squeeze(-1) - others
        wrong = ~(apart > 0)
        if first is None and wrong.any():
            first = begin + int(wrong.any(0).nonzero()[0]) + 1
        errors, margin = errors + int(wrong.sum()), min(margin, float(apart.min()))
    return {
        "item": item, "words": words, "length": length, "errors": errors, "first_error": first, "margin": margin,
    }  # fmt: skip


def figures(made: Construction) -> dict[str, Any]:
    """Return what a construction takes."""
    return {
        "model": made.model,
        "layers": made.layers,
        "string": made.settings.get("layers", ""),
        "width": made.width,
        "entries": max(made.lookups, default=0),
        "lattice": made.settings.get("phase_lattice", 0),
    }


def measure(cases: list[tuple[str, str]], items: list[str], length: int) -> None:
    """Measure cases that are not there."""
    for name, model in cases:
        path = _path(name, model, length)
        found: dict[str, Any] = read_json(path) if path.exists() else {"task": name, "rows": []}
        missing = [item for item in items if item not in {row["item"] for row in found["rows"]}]
        if missing:
            machine = subject_of(find_task(name))
            assert isinstance(machine, Machine)
            made = construct(machine, model)
            found |= figures(made)
            for item in missing:
                if item.startswith("phase=") and not made.settings.get("phase_lattice"):
                    continue
                found["rows"].append(measured(machine, made, item, length, WORDS))
                write_json(path, found)


def measure_systems() -> None:
    """Measure linear systems that are not there, as far as their numbers go."""
    for name, model in SYSTEMS:
        path = _path(name, model, LONGEST)
        if path.exists():
            continue
        task = find_task(name)
        made = construct(subject_of(task), model)
        longest = int(task.source.lengths(1, LONGEST)[-1])
        batch = to_tensors(task, task.sample(WORDS, (longest, longest), 0, "test"))
        rows = []
        for item in ("fp64", "fp32"):
            network = build_model(
                model, task.model_inputs, task.model_outputs, dict(made.settings), seed=0, vectors=True
            )
            network.load_state_dict(dict(made.weights))
            runner = Runner(network.eval(), parse_item(item), "cpu", whole=False)
            inputs = batch.inputs.double() if item == "fp64" else batch.inputs
            found, state = [], None
            for begin in range(0, longest, PIECE):
                y, state = runner.feed(inputs[:, begin : begin + PIECE], state, begin)
                found.append(y.double())
            right, known = correct_of(task.targets, torch.cat(found, 1), batch.labels.double())
            wrong = known & ~right
            first = int(wrong.any(0).nonzero()[0]) + 1 if wrong.any() else None
            rows.append(
                {"item": item, "errors": int(wrong.sum()), "labels": int(known.sum()), "first_error": first}
            )
        write_json(path, {"task": name, **figures(made), "words": WORDS, "length": longest, "rows": rows})


def _precise(name: str, model: str) -> int:
    """Return how many symbols words have in other items: 100,000 in `aussm` and what was begun so, else 20,000."""
    return 100_000 if model == "aussm" or _path(name, model, 100_000).exists() else 20_000


def _path(name: str, model: str, length: int) -> Path:
    return FOLDER / f"{model}-{name.replace(':', '-')}-{length}.json"


def random_machine(rng: np.random.Generator, states: int, symbols: int) -> Machine:
    """Return a machine of uniform random maps, all of whose states can be reached; it puts out its state."""
    while True:
        delta = rng.integers(0, states, (states, symbols))
        machine = Machine(Semiautomaton(delta), 0, np.arange(states))
        if machine.trim().states == states:
            return machine


def random_machines(name: str, sizes: tuple[int, ...], count: int) -> None:
    """Measure `count` solvable machines of given sizes, with 2 and 3 symbols by turns."""
    path = FOLDER / f"random-{name}.json"
    if path.exists():
        return
    rng = np.random.default_rng(len(sizes))
    rows: list[dict[str, Any]] = []
    refused = drawn = 0
    while len(rows) < count:
        machine = random_machine(rng, sizes[drawn % len(sizes)], 2 + drawn // len(sizes) % 2)
        drawn += 1
        try:
            made = construct(machine, "aussm-mamba")
        except RequestError as error:
            if "not solvable" not in str(error):
                raise
            refused += 1
            continue
        rows.append({**figures(made), **measured(machine, made, "fp32", 10_000, 1)})
    write_json(path, {"sizes": list(sizes), "not_solvable": refused, "rows": rows})


def tasks_table() -> str:
    """Return a row a task."""
    lines = [
        "| task | model | layers | width | largest lookup | lattice | wrong of 10 x 1,000,000 | smallest margin |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    for found, rows in _found(1_000_000):
        row = rows["fp32"]
        lines.append(
            f"| `{found['task']}` | {found['model']} | `{found['string'].replace('|', ' ')}` | {found['width']} | "
            f"{found['entries']} | {found['lattice'] or '-'} | {row['errors']:,} | {row['margin']:.3f} |"
        )
    return "\n".join(lines)


def precisions_table() -> str:
    """Return a row a task, a column an item: exact, or where the first wrong label is."""
    lines = [
        "| task | model | symbols | " + " | ".join(f"`{item}`" for item in ITEMS) + " |",
        "|---" * (3 + len(ITEMS)) + "|",
    ]
    for found, rows in _found(100_000, 20_000):
        symbols = max((row["length"] for row in rows.values()), default=0)
        cells = [
            "no phases" if item.startswith("phase=") and not found["lattice"] else _cell(rows.get(item))
            for item in ITEMS
        ]
        lines.append(f"| `{found['task']}` | {found['model']} | {symbols:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not measured"
    return "exact" if not row["errors"] else f"wrong from {row['first_error']:,}"


def _found(*lengths: int) -> Iterator[tuple[dict[str, Any], dict[str, dict[str, Any]]]]:
    """Return what was measured of each case, at the first of the lengths that was."""
    for case in CASES:
        path = next((path for path in (_path(*case, length) for length in lengths) if path.exists()), None)
        if path is not None:
            found = read_json(path)
            yield found, {row["item"]: row for row in found["rows"]}


def systems_table() -> str:
    """Return a row a linear system: where its first wrong vector is."""
    lines = [
        "| task | model | layers | width | words x steps | `fp64` | `fp32` |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, model in SYSTEMS:
        path = _path(name, model, LONGEST)
        if path.exists():
            found = read_json(path)
            cells = " | ".join(_cell(row) for row in found["rows"])
            lines.append(
                f"| `{name}` | {model} | `{found['string'].replace('|', ' ')}` | {found['width']} | "
                f"{found['words']} x {found['length']:,} | {cells} |"
            )
    return "\n".join(lines)


def random_table() -> str:
    """Return what random machines take."""
    lines = [
        "| states | machines | wrong labels | | median | 90 % | largest |",
        "|---|---|---|---|---|---|---|",
    ]
    for path in sorted(FOLDER.glob("random-*.json")):
        found = read_json(path)
        rows = found["rows"]
        states = "-".join(map(str, dict.fromkeys((found["sizes"][0], found["sizes"][-1]))))
        labels = {"layers": "layers with a state", "width": "width", "entries": "largest lookup"}
        for key, label in labels.items():
            values = [row[key] for row in rows]
            lines.append(
                f"| {states} | {len(rows)} | {sum(row['errors'] for row in rows)} | {label} | "
                f"{np.median(values):.0f} | {np.quantile(values, 0.9):.0f} | {max(values)} |"
            )
    return "\n".join(lines)


TABLES = {
    "tasks": tasks_table,
    "precisions": precisions_table,
    "systems": systems_table,
    "random": random_table,
}


def filled(page: str) -> str:
    """Return the page with its tables written anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- table: {name} -->\n", "<!-- end -->"
        head, _, rest = page.partition(begin)
        page = head + begin + table() + "\n" + rest[rest.index(end) :]
    return page


def main(parts: list[str]) -> None:
    """Measure what is missing, and write the page."""
    torch.set_num_threads(1)
    for part in parts:
        name, _, models = part.partition(":")
        cases = [case for case in CASES if not models or case[1] in models.split(",")]
        if name == "tasks":
            measure(cases, ["fp32"], 1_000_000)
        if name == "precisions":
            for case in cases:
                measure([case], ITEMS, _precise(*case))
    if "systems" in parts:
        measure_systems()
    if "random" in parts:
        random_machines("small", (3, 4, 5, 6), 200)
        random_machines("seven", (7,), 30)
    write_bytes(PAGE, filled(PAGE.read_text()).encode())


if __name__ == "__main__":
    main(sys.argv[1:] or list(TABLES))
