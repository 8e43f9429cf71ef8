"""The card of a dataset: what a person who finds the folder has to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..figures import figures
from ..kinds import Classes, Readout, TimedSymbols
from ..shards import Split
from ..task import Task
from .content import Content, name_of_bin

_LABELS = {
    Readout.PREFIX: "one a position, where it has one",
    Readout.FINAL: "one, after the last position",
    Readout.SEQUENCE: "the answer, read after the word",
}


def card(
    task: Task, splits: list[Split], made: Mapping[str, Content], manifest: Mapping[str, Any], command: str
) -> str:
    """Return the text of README.md: its head tells the Hugging Face hub which files are which split."""
    suffix = manifest["format"]
    files = "\n".join(f"  - split: {s.name}\n    path: data/{s.name}-*.{suffix}" for s in splits)
    parts = [
        f"---\nconfigs:\n- config_name: default\n  data_files:\n{files}\n---\n\n# {task.name}\n",
        f"Made by\n\n```\n{command}\n```\n" if command else "",
        _what(task, manifest),
        _algebra(task),
        _splits(splits, made),
        _chance(task, splits, made),
        _overlap(splits, made),
        _columns(task, suffix),
    ]
    return "\n".join(part for part in parts if part)


def _what(task: Task, manifest: Mapping[str, Any]) -> str:
    distinct = " No word comes twice." if manifest["distinct"] else ""
    return (
        f"Task `{task.name}`, version {task.version}, convention {task.convention}, readout {task.readout.value}, "
        f"seed {manifest['seed']}. Inputs {task.inputs}, labels {task.targets}. "
        f"Generator: krohn {manifest['generator']['version']}.{distinct}\n"
    )


def _algebra(task: Task) -> str:
    row = figures(task)
    rows = {
        "class": row["class"],
        "minimal states": row["states"],
        "elements of the monoid": row["monoid"],
        "derived length": row["derived_length"],
        "groups": ", ".join(row["groups"]) or "none" if row["groups"] is not None else None,
        "chance, words of 256": f"{row['chance']:.3f}",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items() if value is not None]
    return "\n".join(["## Algebra\n", "| | |", "|---|---|", *lines]) + "\n"


def _splits(splits: list[Split], made: Mapping[str, Content]) -> str:
    rows = [
        f"| {s.name} | {made[s.name].words:,} | {s.low}-{s.high} | {made[s.name].tokens:,} "
        f"| `{made[s.name].sha256}` |"
        for s in splits
    ]
    head = ["| split | words | lengths | tokens | sha256 of the content |", "|---|---|---|---|---|"]
    return "\n".join(["## Splits\n", *head, *rows]) + "\n"


def _chance(task: Task, splits: list[Split], made: Mapping[str, Content]) -> str:
    """The share of the most frequent label, by length: what an answer scores that looks at nothing."""
    if not isinstance(task.targets, Classes):
        return ""
    rows = []
    for split in splits:
        counts = made[split.name].labels
        assert counts is not None
        for number in np.flatnonzero(counts.sum(1)):
            row = counts[number]
            lengths = name_of_bin(int(number), split.low, split.high)
            rows.append(
                f"| {split.name} | {lengths} | {row.sum():,} | {row.argmax()} | {row.max() / row.sum():.3f} |"
            )
    head = ["| split | lengths | labels | most frequent | its share |", "|---|---|---|---|---|"]
    return "\n".join(["## Chance\n", f"Classes: {task.targets.size}.\n", *head, *rows]) + "\n"


def _overlap(splits: list[Split], made: Mapping[str, Content]) -> str:
    if len(splits) < 2:
        return ""
    rows = []
    for i, one in enumerate(splits):
        for other in splits[:i]:
            shares = made[one.name].overlap(made[other.name])
            low, high = max(one.low, other.low), min(one.high, other.high)
            for number, share in shares.items():
                lengths = name_of_bin(number, low, high)
                rows.append(f"| {one.name} | {other.name} | {lengths} | {share:.4f} |")
            if not shares:
                rows.append(f"| {one.name} | {other.name} | all | 0 (no length in common) |")
    head = ["| words of | that stand in | lengths | share |", "|---|---|---|---|"]
    return "\n".join(["## Overlap\n", *head, *rows]) + "\n"


def _columns(task: Task, suffix: str) -> str:
    delays = ", `delays` (since the symbol before)" if isinstance(task.inputs, TimedSymbols) else ""
    lists = " The numbers of a list are separated by spaces, vectors by `;`." if suffix == "csv" else ""
    return (
        f"## Columns\n\n`input_ids` (the word), `labels` ({_LABELS[task.readout]}), `length`{delays}.{lists} The "
        "hash is sha256 over the rows: uint32 length, uint32 symbols (or float64 vectors), delays where there are "
        "any (int64 or float64), uint32 number of labels, labels (int32, or float64 vectors), little-endian.\n"
    )
