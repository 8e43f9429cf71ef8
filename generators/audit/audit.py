"""Audits: of a task, of a dataset folder of ours, of anyone's file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..conventions.registry import convention_task
from ..datasets import read_manifest, read_tables
from ..kinds import Symbols
from ..storage.columns import words_of
from ..task import Task
from .checks import Bin, Checks
from .consistency import wrong_labels
from .examples import examples_of
from .files import read_examples
from .report import Finding

WORDS = 20_000
BINS = ((1, 40), (41, 256))
LIMIT = 1_000_000


def audit_task(task: Task, seed: int = 0, words: int = WORDS) -> list[Finding]:
    """Audit words that a task draws, as many in each of the bins 1-40 and 41-256 that it has.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> {finding.verdict for finding in audit_task(task("parity"), words=1000)}
    {'information'}
    """
    parts = []
    findings = []
    for low, high in BINS:
        if not len(task.source.lengths(low, high)):
            continue
        drawn = task.sample(words, (low, high), seed, split=f"audit {low}-{high}")
        part = Bin("drawn", low, high, examples_of(task, drawn))
        parts.append(part)
        findings += wrong_labels(task, drawn, part)
    return [*_found(task, parts), *findings]


def audit_folder(folder: Path, limit: int = LIMIT) -> list[Finding]:
    """Audit the first words of every split of a dataset folder.

    Raises
    ------
    RequestError
        Where the folder is no dataset.
    DamagedFileError
        Where its files are damaged.
    """
    manifest = read_manifest(folder)
    task = convention_task(manifest["convention"], manifest["task"])
    parts, findings = [], []
    for name, table in read_tables(folder).items():
        words = words_of(task, table.slice(0, limit))
        low, high = (int(length) for length in manifest["splits"][name]["lengths"])
        part = Bin(name, low, high, examples_of(task, words))
        parts.append(part)
        findings += wrong_labels(task, words, part)
    return [*_found(task, parts), *findings]


def audit_file(
    path: Path, word: str, label: str, task: Task | None = None, limit: int = LIMIT
) -> list[Finding]:
    """Audit the first words of anyone's file; see `read_examples` for what it may hold and what is raised."""
    size = task.inputs.size if task is not None and isinstance(task.inputs, Symbols) else None
    examples = read_examples(path, word, label, limit, size)
    lengths = examples.lengths
    parts = []
    for low, high in (*BINS, (BINS[-1][1] + 1, int(lengths.max()))):
        rows = (lengths >= low) & (lengths <= high)
        if rows.any():
            chosen = examples if rows.all() else examples.chosen(rows)
            parts.append(Bin(path.stem, int(lengths[rows].min()), int(lengths[rows].max()), chosen))
    findings = _found(task, parts)
    if task is not None and task.machine is not None:
        for part in parts:
            findings += wrong_labels(task, None, part)
    return findings


def _found(task: Task | None, parts: Sequence[Bin]) -> list[Finding]:
    checks = Checks(task, max(1, len(parts)))
    findings = [finding for part in parts for finding in checks.of_bin(part)]
    for i, part in enumerate(parts):
        for other in parts[:i]:
            if (
                part.split != other.split
                and np.intersect1d(part.examples.lengths, other.examples.lengths).size
            ):
                findings += checks.of_splits(part, other)
    return findings
