"""Many evaluations as one table, against their files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binomtest

import krohn
from krohn.errors import DamagedFileError
from krohn.evaluation.evaluate import evaluate_run
from krohn.training.run import load_run

COUNTS = ["precision", "length", "correct", "total", "words_correct", "words", "squares"]
ECHO = ["rounding", "overflow", "order"]
OWN = ["run", "task", "model", "seed"]
MORE = ["accuracy", "low", "high", "chance", "normalised", "horizon", "area", "first_error", "seen", "device"]
COLUMNS = [*OWN, *COUNTS, *ECHO, *MORE]


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """Two evaluated runs, one that was not, and what is no run."""
    for name in ("b", "a", "raw"):
        shutil.copytree(trained, tmp_path / name)
    evaluate_run(load_run(tmp_path / "b"), [1, 5], ["fp32", "bf16"], words=20)
    evaluate_run(load_run(tmp_path / "a"), [7], ["fp32"], words=6)
    (tmp_path / "note.txt").write_text("no run")
    return tmp_path


def test_a_row_for_every_count_of_every_evaluated_run(runs: Path) -> None:
    found = krohn.results(f"{runs}/*")
    assert found.columns.tolist() == COLUMNS
    expected = [
        {"run": str(runs / name), "task": "parity", "model": "lstm", "seed": 3, **row}
        for name in ("a", "b")
        for row in json.loads((runs / name / "evaluation.json").read_text())["results"]
    ]
    assert found[[*OWN, *COUNTS, *ECHO]].to_dict("records") == expected
    assert (found.accuracy == found.correct / found.total).all()


def test_intervals_are_those_of_scipy_where_a_word_has_one_label(runs: Path) -> None:
    found = krohn.results(f"{runs}/b")
    rows = found[found.length == 1]
    assert len(rows) == 2
    for correct, total, low, high in rows[["correct", "total", "low", "high"]].to_numpy():
        theirs = binomtest(int(correct), int(total)).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_run_is_an_empty_table_with_all_columns(tmp_path: Path) -> None:
    found = krohn.results(f"{tmp_path}/*")
    assert isinstance(found, pd.DataFrame)
    assert (found.columns.tolist(), len(found)) == (COLUMNS, 0)


def test_a_damaged_evaluation_is_named(runs: Path) -> None:
    path = runs / "a" / "evaluation.json"
    path.write_text("{}")
    with pytest.raises(DamagedFileError) as caught:
        krohn.results(f"{runs}/*")
    assert str(caught.value) == f"{path} is damaged: krohn: Field required"
