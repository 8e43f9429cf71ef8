"""Folders of runs: one run, or a run for each of several seeds; told apart without torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

CONFIG = "config.json"


def folder_of(parent: Path, seed: int) -> Path:
    """Return a seed's run folder.

    Examples
    --------
    >>> folder_of(Path("runs/parity"), 3).as_posix()
    'runs/parity/seed-3'
    """
    return parent / f"seed-{seed}"


def runs_in(paths: Sequence[Path]) -> list[Path]:
    """Return run folders: those given, and of a folder of seeds its runs, in the order of their seeds."""
    found: list[Path] = []
    for path in paths:
        seeds = [] if (path / CONFIG).exists() else [p for p in path.glob("seed-*") if (p / CONFIG).is_file()]
        named = [p for p in seeds if re.fullmatch(r"seed-\d+", p.name)]
        found += sorted(named, key=lambda p: int(p.name.removeprefix("seed-"))) or [path]
    return list(dict.fromkeys(found))
