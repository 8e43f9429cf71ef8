"""The bench of the generators on a few tasks and tokens: which rows it has, against what."""

from __future__ import annotations

import pytest

from krohn.benchmarks import generators as module
from krohn.generators.families import FAMILIES


def test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [FAMILIES[name] for name in ("parity", "nested", "reverse", "fibonacci")]
    for name, value in (("families", lambda: chosen), ("MORE", ("flipflop:4", "parity")), ("ROUNDS", 1)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "TOKENS", 1 << 12)
    monkeypatch.setattr(module, "SHORT_TOKENS", 1 << 10)
    found = module.rows()
    long = [(row.case, row.against) for row in found if row.metric == "tokens_per_second"]
    assert long == [
        ("parity", "copy"),
        ("parity", "numpy"),
        ("nested:4", "copy"),
        ("reverse", "copy"),
        ("fibonacci", "copy"),
        ("flipflop:4", "copy"),
        ("flipflop:4", "numpy"),
    ]
    # Where words cannot have the length, those of the nearest are measured, and the unit says so.
    units = {row.case: row.unit for row in found if row.metric == "tokens_per_second"}
    assert units["parity"] == units["reverse"] == "tokens/s"
    assert units["fibonacci"].startswith("tokens/s at length ")
    short = {row.unit for row in found if row.metric == "short_tokens_per_second"}
    assert short >= {"tokens/s at length 16", "tokens/s at length 40"}
    assert all(row.value > 0 for row in found)
    assert all(row.ratio is not None and row.ratio > 0 for row in found if row.metric != "disk_writing_share")
    (set_up,) = (row for row in found if row.metric == "setup_seconds")
    assert set_up.unit == "s"
    # It replaces additions of numbers of 10,000 bits.
    assert set_up.ratio is not None
    assert set_up.ratio < 0.5
