"""--json: one document on stdout with the keys that scripts rely on, and nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from krohn.generators.tasks import families, task

FIGURES = {
    *("name", "version", "readout", "alphabet", "outputs", "states"),
    *("monoid", "class", "derived_length", "groups", "chance"),
}


def ask(*words: object) -> Any:
    """Run a command in a process of its own and return its document."""
    command = [sys.executable, "-P", "-m", "krohn", *(str(word) for word in words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # which refuses anything before or after the document


def has(row: dict[str, Any], keys: Iterable[str]) -> None:
    assert set(keys) <= row.keys()


def test_tasks() -> None:
    rows = ask("tasks")
    assert [row["name"].split(":")[0] for row in rows] == [family.name for family in families()]
    for row in rows:
        has(row, FIGURES)
    by_name = {row["name"]: row for row in rows}
    parity = by_name["parity"]
    # Two states, two symbols, two classes; half of all words are odd.
    assert [parity[key] for key in ("alphabet", "outputs", "states", "chance")] == [2, 2, 2, 0.5]
    assert (parity["readout"], by_name["parity-final"]["readout"]) == ("prefix", "final")


def test_show() -> None:
    row = ask("show", "word:S5")
    has(row, {*FIGURES, "decomposition"})
    assert (row["name"], row["version"]) == ("word:S5", task("word:S5").version)
    assert (row["alphabet"], row["outputs"], row["states"]) == (120, 120, 120)


def test_models() -> None:
    rows = ask("models")
    assert {"aussm", "lstm", "mamba"} <= {row["name"] for row in rows}
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    for row in rows:
        has(row, ["name", "parameters", "state_bits", "theory", "source"])
        assert row["parameters"] > 0
    (lstm,) = (row for row in rows if row["name"] == "lstm")
    assert lstm["state_bits"] % (2 * 32) == 0  # a cell and a hidden state in fp32


def test_generate(tmp_path: Path) -> None:
    where = tmp_path / "data"
    made = ask("generate", "parity", "-o", where, "--split", "train:30:4-4", "--split", "test:10:7-7")
    assert set(made) == {"path", "splits"}
    assert made["path"] == str(where)
    assert {name: (row["words"], row["tokens"]) for name, row in made["splits"].items()} == {
        "train": (30, 120),
        "test": (10, 70),
    }
    for row in made["splits"].values():
        assert set(row) == {"words", "tokens", "sha256"}
        assert len(bytes.fromhex(row["sha256"])) == 32


@pytest.mark.parametrize("what", ["automata", pytest.param("generators", marks=pytest.mark.slow)])
def test_bench(what: str) -> None:
    found = ask("bench", what)
    assert set(found) == {"machine", "rows"}
    assert found["rows"]
    for row in found["rows"]:
        has(row, ["case", "metric", "value", "unit", "against", "ratio"])
        assert row["value"] > 0
        assert row["ratio"] is None or row["ratio"] > 0


def test_train(tmp_path: Path) -> None:
    run = tmp_path / "run"
    short = [
        "--set",
        "width=4",
        "--steps",
        "2",
        "--batch",
        "4",
        "--lengths",
        "1-8",
        "--validation-words",
        "6",
    ]
    found = ask("train", "parity-final", "--model", "lstm", "--run", run, *short)
    has(found, ["run", "task", "convention", "steps", "seconds", "validation", "weights_sha256"])
    assert (found["run"], found["task"], found["convention"]) == (str(run), "parity-final", "krohn")
    assert (found["steps"], found["seconds"] > 0) == (2, True)
    assert found["validation"].keys() == {"correct", "total"}
    assert 0 <= found["validation"]["correct"] <= found["validation"]["total"]
    weights = (run / "weights.safetensors").read_bytes()
    assert found["weights_sha256"] == hashlib.sha256(weights).hexdigest()


def test_evaluate(run: Path) -> None:
    found = ask("evaluate", run, "--lengths", "9,3", "--precision", "fp32,state=bf16", "--words", "7")
    has(found, ["run", "task", "task_version", "convention", "model", "seed", "results", "horizons"])
    assert (found["run"], found["task"], found["task_version"]) == ("run", "parity", 2)
    assert (found["convention"], found["model"], found["seed"]) == ("krohn", "lstm", 3)
    for row in found["results"]:
        has(row, ["precision", "length", "correct", "total", "words_correct", "words", "squares"])
    assert [(row["precision"], row["length"], row["total"]) for row in found["results"]] == [
        ("fp32", 9, 63),
        ("fp32", 3, 21),
        ("state=bf16", 9, 63),
        ("state=bf16", 3, 21),
    ]
    horizons = [(row["precision"], row["threshold"], row["horizon"]) for row in found["horizons"]]
    assert horizons == [(item, 0.99, None) for item in ("fp32", "state=bf16")]  # seven words cannot show 0.99
    ElementTree.parse(run / "evaluation.svg")


def test_submit_and_board_show(run: Path) -> None:
    (submitted,) = ask("submit", run, "--board", "board")
    has(submitted, ["id", "task", "model"])
    shown = ask("board", "show", "--board", "board")
    assert set(shown) == {"suite", "key", "tasks", "precisions", "rows", "references"}
    (row,) = shown["rows"]
    has(row, ["rank", "rank_low", "rank_high", "model", "track", "tier", "scores"])
    assert (row["rank"], row["model"], row["track"], row["tier"]) == (None, "lstm", "learned", "claimed")
    assert (row["id"], Path("board/submissions", row["id"]).is_dir()) == (submitted["id"], True)


def test_board_verify_check_season_and_index(run: Path) -> None:
    (claim,) = ask("submit", run, "--board", "board", "--dry-run")
    assert not Path("board").exists()
    (submitted,) = ask("submit", run, "--board", "board")
    assert claim["id"] == submitted["id"]
    (found,) = ask("board", "verify", "--board", "board")
    has(found, ["claim", "tier", "season", "reasons"])
    assert (found["claim"], found["tier"], found["season"]) == (submitted["id"], "verified", 1)
    (row,) = ask("board", "show", "--board", "board")["rows"]
    assert (row["tier"], row["id"]) == ("verified", submitted["id"])
    checked = ask("board", "check", "--board", "board")
    assert (checked["whole"], checked["claims"], checked["verifications"]) == (True, 1, 1)
    assert ask("board", "season", "--board", "board")["season"] == 1
    assert ask("board", "index", "--board", "board", "--parquet", "tables")["claims"] == 1
    assert Path("tables/scores.parquet").is_file()


def test_several_runs_give_a_list(krohn: Callable[..., Any], run: Path) -> None:
    shutil.copytree(run, "more")
    said = krohn("evaluate", run, "more", "--lengths", "2", "--precision", "fp32", "--words", "3", "--json")
    assert [document["run"] for document in json.loads(said.out)] == ["run", "more"]
