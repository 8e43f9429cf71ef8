"""A construction as a run: the files of any other, evaluated, compared, reported and submitted like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from krohn.cli import main
from krohn.errors import RequestError
from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.training.construct import construct_run
from krohn.training.loop import train
from krohn.training.run import load_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("runs") / "s3"
    construct_run(task("word:S3"), "aussm", made)
    return made


def test_files(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} >= {
        "config.json",
        "weights.safetensors",
        "result.json",
        "README.md",
    }
    config = json.loads((folder / "config.json").read_text())
    assert (config["track"], config["training"]) == ("constructed", None)
    result = json.loads((folder / "result.json").read_text())
    assert result["validation"]["correct"] == result["validation"]["total"] > 0
    found = result["construction"]
    # The nearest states of C2 and of C3 are 2 and 1 - cos 120° = 1.5 apart.
    assert found["layers"] == 2
    assert found["margin"] == pytest.approx(1.5, abs=1e-3)
    card = (folder / "README.md").read_text()
    assert card.startswith("# aussm on word:S3, constructed\n")
    assert "| smallest margin | 1.5 |" in card
    assert f"| width | {found['width']} |" in card


def test_one_class_has_no_margin(tmp_path: Path) -> None:
    made = tmp_path / "c1"
    construct_run(task("word:C1"), "aussm", made)
    found = json.loads((made / "result.json").read_text(), parse_constant=pytest.fail)["construction"]
    assert (found["margin"], found["layers"]) == (None, 1)
    card = (made / "README.md").read_text()
    assert "| layers with a state | 1 |\n| layers | `a` |\n" in card
    assert "| smallest margin | none: one class |" in card


def test_an_evaluation(folder: Path) -> None:
    document = evaluate_run(load_run(folder), [16, 600], ["fp64", "fp32", "phase=turn/6"], words=16)
    assert all(score.correct == score.total for score in document.results)
    assert document.seed == 0
    assert all(leak.seen == 0 for leak in document.leaks)


def test_the_verbs_that_follow(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page, board = tmp_path / "page.html", tmp_path / "board"
    run = str(folder)
    for words in (
        ["evaluate", run, "--lengths", "16,64", "--precision", "fp32", "--words", "8", "--drift"],
        ["compare", run, "--json"],
        ["report", run, "-o", str(page)],
    ):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0, capsys.readouterr().err
    assert "aussm" in page.read_text()
    assert (folder / "evaluation.svg").exists()
    with pytest.raises(SystemExit) as left:
        main(["submit", run, "--board", str(board), "--json"])
    assert left.value.code == 0, capsys.readouterr().err
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["board", "show", "--board", str(board), "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["track"] for row in rows] == ["constructed"]


def test_nothing_was_trained_that_could_go_on(folder: Path) -> None:
    run = load_run(folder)
    with pytest.raises(RequestError) as caught:
        train(run.config, folder, resume=True)
    assert str(caught.value) == f"{folder} was constructed, not trained: expected a run of krohn train"


@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        (
            "majority",
            "aussm",
            "task 'majority' has no finite machine: expected one that has, such as parity or word:S4",
        ),
        (
            "next-symbols:nested:4",
            "mamba",
            "task 'next-symbols:nested:4' asks for sets of symbols: expected a task of classes",
        ),
    ],
)
def test_tasks_without_a_construction(name: str, model: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        construct_run(task(name), model, tmp_path / "run")
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


def test_a_folder_that_exists(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        construct_run(task("parity"), "aussm", tmp_path)
    assert str(caught.value) == f"{tmp_path} exists already: expected a folder name that is free"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    for more, code in ((["--width", "2"], 2), ([], 0)):
        with pytest.raises(SystemExit) as left:
            main(["construct", "parity", "--model", "aussm", "--run", str(run), "--json", *more])
        assert left.value.code == code
        assert run.exists() == (code == 0)
    said = capsys.readouterr()
    assert said.err == "krohn: width is 2: expected at least 3, which this construction in 'aussm' needs\n"
    assert json.loads(said.out)["run"] == str(run)
    model = load_run(run).model()
    logits, _ = model(torch.tensor([[1, 1, 0, 1]]))
    assert logits.argmax(-1).tolist() == [[1, 0, 0, 1]]
