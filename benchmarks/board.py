"""A board of 10,000 submissions: its tables answered, index rebuilt, pages made; how large the largest page is."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..files import json_bytes
from ..leaderboards.keys import canonical, digest, new_key, public_of, sign
from ..leaderboards.ledger import HEAD, LEDGER, NOTHING
from ..leaderboards.site.build import build
from ..leaderboards.standings import as_json
from ..leaderboards.suite import Suite, suite, suite_names
from ..training.config import TrainingConfig
from .measure import Row

SHARES = {"open-v1": 9500}
"""Submissions of a suite; 100 of every other."""
OPEN_TASKS = (
    *("parity", "word:C5", "word:S3", "cycle:5", "flipflop:2"),
    *("tomita:4", "dyck:2:3", "word:A5", "reverse", "majority"),
)
MODELS = ("aussm", "mamba", "lstm", "gru", "deltanet", "transformer", "lru", "s4d", "rnn", "slstm")
CARD = "# A model\n\nMade up to see how fast a board is.\n"
ZEROS = "0" * 64


def synthetic_board(
    board: Path, counts: dict[str, int], seed: int = 0, tasks: Sequence[str] = OPEN_TASKS
) -> None:
    """Write a board whose submissions are made up and whose ledger is whole: chained, signed, with a head.

    Written as `krohn.leaderboards.ledger.Ledger.append` writes, without waiting for the disk after each record.

    Parameters
    ----------
    board : Path
    counts : mapping
        Suite to submissions; every tenth stays claimed.
    seed : int
    tasks : sequence of str
        Of the open suite's rows.
    """
    generator = np.random.default_rng(seed)
    key = new_key()
    folder = board / LEDGER
    folder.mkdir(parents=True)
    season = {
        "kind": "season",
        "schema_version": 1,
        "season": 1,
        "commitment": ZEROS,
        "public_key": public_of(key),
    }
    contents = [sign(season, key)]
    previous, number = NOTHING, 0
    for content in [*contents, *_submissions(board, counts, tasks, generator, key)]:
        number += 1
        record = {"schema_version": 1, "number": number, "previous": previous}
        data = json_bytes({**record, "time": "2026-11-25T00:00:00Z", "content": content})
        previous = digest(data)
        (folder / f"{number:06d}-{content['kind']}-{previous[:16]}.json").write_bytes(data)
    (folder / HEAD).write_bytes(json_bytes({"number": number, "sha256": previous}))


def _submissions(
    board: Path, counts: dict[str, int], tasks: Sequence[str], generator: np.random.Generator, key: Any
) -> Iterator[dict[str, Any]]:
    serial = 0
    for name, count in counts.items():
        for _ in range(count):
            serial += 1
            claim = _claim(suite(name), tasks, serial, generator)
            folder = board / "submissions" / claim["id"]
            folder.mkdir(parents=True)
            (folder / "card.md").write_text(CARD)
            yield claim
            if serial % 10:
                yield sign(_verification(claim), key)


def _claim(found: Suite, tasks: Sequence[str], serial: int, generator: np.random.Generator) -> dict[str, Any]:
    model = MODELS[serial % len(MODELS)]
    strength = generator.uniform(0.2, 1)
    runs = []
    for task in found.task_names or [tasks[serial % len(tasks)]]:
        ability = min(1.0, strength + generator.exponential(0.3))
        runs += [_run(found, task, serial + seed, ability, generator) for seed in range(found.seeds)]
    content = {
        "kind": "claim",
        "schema_version": 1,
        "suite": found.name,
        "krohn": "0.1.0",
        "name": f"{model} {serial}",
        "model": model,
        "settings": {"width": 16},
        "track": "learned",
        "imports": False,
        "runs": runs,
        "declarations": {"tuned_trials": 3, "external_data": False, "licence": None, "contact": None},
        "card_sha256": digest(CARD.encode()),
    }
    return {**content, "id": digest(canonical(content))[:16]}


def _run(
    found: Suite, task: str, seed: int, ability: float, generator: np.random.Generator
) -> dict[str, Any]:
    lengths = found.test_lengths or [40, 256, 1024, 4096]
    results = [
        _score(item, length, ability ** (1 + index / 4), generator)
        for item in found.precisions
        for index, length in enumerate(lengths)
    ]
    hashes = ("config_sha256", "weights_sha256", "train_words_sha256", "test_words_sha256")
    return {
        "task": task,
        "seed": seed,
        "results": results,
        "task_version": found.version_of(task) or 1,
        "convention": "krohn",
        "test_seed": 0,
        "adaptive": False,
        "words": 512,
        "training": TrainingConfig(seed=seed).model_dump(mode="json"),
        "parameters": 500 + 37 * seed % 90_000,
        **dict.fromkeys(hashes, ZEROS),
        "environment": {"python": "3.11"},
    }


def _score(item: str, length: int, share: float, generator: np.random.Generator) -> dict[str, Any]:
    right = int(generator.binomial(512, share))
    counts = {"correct": right, "total": 512, "words_correct": right, "words": 512, "squares": right}
    echo = {"rounding": "nearest", "overflow": "infinity", "order": "sequential"}
    return {"precision": item, "length": length, **counts, **echo}


def _verification(claim: dict[str, Any]) -> dict[str, Any]:
    measured = [{key: run[key] for key in ("task", "seed", "results")} for run in claim["runs"]]
    return {
        "kind": "verification",
        "schema_version": 1,
        "claim": claim["id"],
        "season": 1,
        "tier": "verified",
        "repeated": [],
        "measured": measured,
        "retrained": [],
        "reasons": [],
        "krohn": "0.1.0",
        "environment": {"python": "3.11"},
    }


def rows(most: int = 10_000) -> list[Row]:
    """Measure everything once, on a board made up for it.

    Parameters
    ----------
    most : int
        Submissions, at least 1,000.
    """
    from ..leaderboards.index import build_index

    others = [name for name in suite_names() if name not in SHARES]
    counts = {"open-v1": most - most // 20, **{name: most // 20 // len(others) for name in others}}
    case = f"board of {sum(counts.values()):,} submissions"
    with tempfile.TemporaryDirectory() as name:
        board = Path(name) / "board"
        synthetic_board(board, counts)
        found = [
            *_timed(case, "index", lambda: build_index(board)),
            *_timed(case, "build", lambda: build(board)),
            *_timed(case, "rebuild", lambda: build(board)),
            *_timed(case, "show", lambda: as_json(board)),
        ]
        largest = board / "pages" / "suites"
        size = os.path.getsize(largest / "open-v1.html") + os.path.getsize(largest / "open-v1.js")
        found.append(
            Row(
                f"page of open-v1, {counts['open-v1']:,} rows, with its data",
                "page_bytes",
                size,
                "bytes",
                "",
                None,
            )
        )
    return found


def _timed(case: str, what: str, work: Callable[[], Any]) -> list[Row]:
    """Return what a piece of work takes by the wall's clock, and of the processor on a machine that others use too."""
    begin, own = time.perf_counter(), time.process_time()
    work()
    found = {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - own}
    return [Row(case, f"{what}_{name}", value, "seconds", "", None) for name, value in found.items()]
