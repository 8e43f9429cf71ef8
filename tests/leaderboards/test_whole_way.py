"""The whole way: real runs of three models and a constructed one are submitted, verified, ranked, indexed and shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import KrohnError
from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.leaderboards.checking import check
from krohn.leaderboards.entries import rows
from krohn.leaderboards.index import build_index, frames
from krohn.leaderboards.packing import pack
from krohn.leaderboards.site.build import build
from krohn.leaderboards.standings import as_json
from krohn.leaderboards.submission import submit
from krohn.leaderboards.verification import verify
from krohn.training.config import TrainingConfig
from krohn.training.construct import construct_run
from krohn.training.loop import train
from krohn.training.run import load_run, new_config

MODELS: dict[str, dict[str, Any]] = {
    "aussm": {"drive": False, "convolution": False},
    "mamba": {},
    "lstm": {"width": 8},
}


@pytest.mark.slow
def test_three_models_and_a_construction(tmp_path: Path, server: Any) -> None:
    folders = [tmp_path / model for model in MODELS]
    for folder, (model, settings) in zip(folders, MODELS.items(), strict=True):
        training = TrainingConfig(steps=150, batch=64, lengths=(1, 20), validation_words=64)
        train(new_config(task("parity"), model, settings, training, []), folder)
    construct_run(task("parity"), "aussm", tmp_path / "exact")
    for folder in (*folders, tmp_path / "exact"):
        evaluate_run(load_run(folder), [20, 64, 256], ["fp32", "bf16"], words=400)
    board = tmp_path / "board"
    for packed in pack([*folders, tmp_path / "exact"]):
        submit(packed, board)
    found = verify(board)
    assert [verification.tier for verification in found] == ["verified"] * 4
    assert check(board).wrong == []
    exact = next(entry for entry in rows(board) if entry.claim.track == "constructed")
    assert exact.claim.runs[0].training is None
    assert all(
        score.correct == score.total for score in exact.measured[0].results if score.precision == "fp32"
    )
    shown = as_json(board)["rows"]
    assert len(shown) == 4
    assert all(row["tier"] == "verified" and row["rank"] is not None for row in shown)
    assert next(row for row in shown if row["id"] == exact.claim.id)["rank"] == 1
    page = build(board).parent
    text = "".join(
        path.read_text(errors="replace") for path in page.rglob("*") if path.suffix in (".html", ".js")
    )
    assert all(entry.claim.id in text for entry in rows(board))
    for database in (None, server.url):
        assert build_index(board, database)["claims"] == 4
        tiers = frames(board, database)["claims"]["tier"]
        assert set(tiers) == {"verified"}
    json.dumps(shown)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("layers", 10**8, "input should be a valid string"),
        ("width", 10**6, "its weights do not fit its config"),
        ("layers", "|".join("l" * 10**6), "bytes: expected at most"),
    ],
)
def test_a_config_that_asks_for_too_much_builds_nothing(
    evaluated: Path, tmp_path: Path, key: str, value: Any, why: str
) -> None:
    run = shutil.copytree(evaluated, tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    config["settings"][key] = value
    (run / "config.json").write_text(json.dumps(config))
    with pytest.raises(KrohnError, match=why):
        pack([run])
