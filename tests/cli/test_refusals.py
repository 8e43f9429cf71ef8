"""Requests that a command refuses: status 2, or 1 where a file is damaged or the work failed; one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

Krohn = Callable[..., Any]

LENGTHS = "expected whole numbers by comma, such as 40,256,1024"
AT_LEAST_ONE = "expected a whole number of at least 1"
FORMATS = "expected one of bf16, e4m3, e5m2, eEmM, fp16, fp32, fp64, qI.F, tf32"
CURRICULUM = "curriculum '2': expected START:FRACTION, such as 2:0.6, or START:mastery=ACCURACY, such as 2:mastery=0.97"
TRAIN = "train parity --model lstm --run new"


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refused(krohn: Krohn, line: str, status: int = 2) -> str:
    """Return the one line that a command is refused with, having written nothing."""
    before = everything_in(Path())
    folders = sorted(Path().rglob("*"))
    said = krohn(*line.split(" "))
    assert (said.status, said.out) == (status, "")
    assert said.err.startswith("krohn: ")
    assert said.err.count("\n") == 1
    assert everything_in(Path()) == before
    assert sorted(Path().rglob("*")) == folders
    return said.err.removeprefix("krohn: ").removesuffix("\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("evaluate run --lengths 9-3", f"lengths '9-3': {LENGTHS}"),
        ("evaluate run --lengths 40,long", f"lengths '40,long': {LENGTHS}"),
        ("evaluate run --lengths 40,,41", f"lengths '40,,41': {LENGTHS}"),
        ("evaluate run --lengths 0", f"length is 0: {AT_LEAST_ONE}"),
        ("evaluate run --lengths -5", f"length is -5: {AT_LEAST_ONE}"),
        ("evaluate run --words 0", f"words is 0: {AT_LEAST_ONE}"),
        ("evaluate run --batch 0", f"batch is 0: {AT_LEAST_ONE}"),
        ("evaluate run --seed -1", "seed is -1: expected a whole number of at least 0"),
        ("evaluate run --precision fp32,bf61", f"unknown precision 'bf61': {FORMATS}; did you mean 'bf16'?"),
        ("evaluate run --device gpu", "device 'gpu': expected auto, cpu or cuda:I"),
        ("evaluate nowhere", "nowhere is no run: expected a folder with config.json; there is run"),
        ("evaluate run nowhere", "nowhere is no run: expected a folder with config.json; there is run"),
        (
            "submit run nowhere --board board",
            "nowhere is no run: expected a folder with config.json",
        ),
        (
            "board show --board run",
            "run is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)",
        ),
        (
            "board build --board run",
            "run is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)",
        ),
        ("generate parity -o run --split a:1:1-2", "run exists already: expected a folder name that is free"),
        (
            "generate parity -o new --split train:10",
            "split 'train:10': expected NAME:COUNT:LO-HI, such as train:10000:1-40",
        ),
        (f"{TRAIN} --run run", "--run is given more than once: expected it once"),
        ("train parity --model lstm --run run", "run exists already: expected a folder name that is free"),
        (f"{TRAIN} --resume", "new is no run: expected a folder with config.json; there is run"),
        (
            "train parity --model lstm --run run --resume --set width=4 --batch 8",
            "run was trained with steps = 2, not 2000: a resumed training keeps its config",
        ),
        (f"{TRAIN} --lengths 9-3", "lengths '9-3': expected LO-HI with 1 <= LO <= HI, such as 1-40"),
        (f"{TRAIN} --set width", "--set 'width': expected KEY=VALUE, such as width=32"),
        (
            f"{TRAIN} --set widht=3",
            "model 'lstm' has no key 'widht': expected one of width, layers, norm; did you mean 'width'?",
        ),
        (
            f"{TRAIN} --curriculum 2",
            CURRICULUM,
        ),
        (f"{TRAIN} --checkpoints 5", "checkpoints '5': expected every:N, such as every:500"),
        (f"{TRAIN} --config nothing.yaml", "no file nothing.yaml"),
        (f"{TRAIN} --config run", "no file run"),
        ("demo --steps 0", f"steps is 0: {AT_LEAST_ONE}"),
    ],
)
def test_requests(krohn: Krohn, run: Path, line: str, message: str) -> None:
    assert refused(krohn, line) == message


@pytest.mark.parametrize(
    ("line", "given", "near"),
    [
        ("show parityy", "unknown task 'parityy': expected one of ", "; did you mean 'parity'?"),
        ("generate prity -o new --split a:1:1-2", "unknown task 'prity': ", "; did you mean 'parity'?"),
        ("train prity --model lstm --run new", "unknown task 'prity': ", "; did you mean 'parity'?"),
        ("train parity --model lstn --run new", "unknown model 'lstn': ", "; did you mean 'lstm'?"),
        (f"{TRAIN} --steps 0", "training key steps is 0: ", ""),
        (f"{TRAIN} --import nothing.py", "--import nothing.py: no file ", "nothing.py"),
        ("tasks --import nothing.py", "--import nothing.py: no file ", "nothing.py"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(
    krohn: Krohn, run: Path, line: str, given: str, near: str
) -> None:
    message = refused(krohn, line)
    assert message.startswith(given)
    assert message.endswith(near)


def test_one_run_of_several_without_weights_stops_all_before_the_first(krohn: Krohn, run: Path) -> None:
    shutil.copytree(run, "unfinished")
    Path("unfinished/weights.safetensors").unlink()
    expected = "unfinished has no weights yet: expected a finished training (--resume goes on)"
    assert refused(krohn, "evaluate run unfinished --lengths 5") == expected
    assert refused(krohn, "submit run unfinished --board board") == expected


def test_a_run_is_submitted_once(krohn: Krohn, run: Path) -> None:
    assert krohn("submit", run, run, "--board", "board").status == 0
    (folder,) = Path("board/submissions").iterdir()
    assert refused(krohn, "submit run --board board") == (
        f"run is on the board already, as {folder.name}: expected a run that was not submitted"
    )


@pytest.mark.parametrize("line", ["evaluate run", "submit run --board board", f"{TRAIN[:-3]}run --resume"])
def test_a_damaged_config(krohn: Krohn, run: Path, line: str) -> None:
    (run / "config.json").write_text("{")
    message = refused(krohn, line, status=1)
    assert message.startswith("run/config.json is damaged: not a JSON document (")


def test_damaged_weights(krohn: Krohn, run: Path) -> None:
    weights = run / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    assert refused(krohn, "evaluate run", status=1).startswith("run/weights.safetensors is damaged: ")


def test_a_damaged_board(krohn: Krohn, run: Path) -> None:
    krohn("submit", run, "--board", "board")
    assert krohn("board", "check", "--board", "board").status == 0
    assert refused(krohn, "board verify 0123 --board board").startswith(
        "claim '0123': board has 1 claims, not this: expected an id of the board"
    )
    (path,) = Path("board").rglob("claim.json")
    path.write_text(path.read_text() + " ")
    assert refused(krohn, "board check --board board", status=1) == f"{path} is not the claim of the ledger"
    (path,) = Path("board/ledger").glob("*-claim-*.json")
    path.write_text(path.read_text().replace('"lstm"', '"mamba"'))
    for line in ("show", "show --json", "build", "check", "verify", "index"):
        told = refused(krohn, f"board {line} --board board", status=1)
        assert told.startswith(f"{path} was changed: its hash is ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "board verify --board board --limit 0",
            "limit is 0: expected seconds, 1 or more and below 10,000,000",
        ),
        ("board reproduce --board board --seeds 0", f"seeds is 0: {AT_LEAST_ONE}"),
        (
            "board check --board run",
            "run is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)",
        ),
        (
            "board season --board run",
            "run is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)",
        ),
        (
            "submit run --board run",
            "run is no board: expected a folder with ledger/, an empty one, or a name that is free",
        ),
        (
            "submit run --board board --name <b>",
            "a name holds '<': expected letters, digits, spaces and plain punctuation",
        ),
        (
            "submit run --board board --tuned-trials -1",
            "--tuned-trials is -1: input should be greater than or equal to 0",
        ),
        (
            "submit run --board board --contact a\nb",
            r"--contact is 'a\nb': expected one line of printable letters",
        ),
        (
            f"submit run --board board --licence {'x' * 300}",
            "--licence is 'xxxxxxxxxxxx...xxxxxxxxxxxxx': string should have at most 200 characters",
        ),
        (f"submit run --board board --name {'x' * 90}", "a name has 90 letters: expected at most 80"),
        ("submit run --board board --card run", "card run is a folder: expected a file of Markdown"),
        (
            "submit run --board board --partial",
            "--partial with open-v1, whose rows are one run each: expected a suite of several tasks",
        ),
        ("submit run --board ", "--board is '': expected a path"),
        ("submit run --board board --card ", "--card is '': expected a path"),
        ("submit  --board board", "RUNS is '': expected a path"),
        ("board build --board board --output ", "--output is '': expected a path"),
        (
            "board build --board board --output run/config.json",
            "run/config.json is a file: expected a folder for",
        ),
        (
            "board build --board board --output run",
            "run holds other things: expected an empty folder or one of an",
        ),
        (
            "board index --board board --parquet run/config.json/a",
            "run/config.json is a file: expected a folder for",
        ),
        ("board serve --board board --port 99999", "port is 99999: expected 0 to 65,535"),
    ],
)
def test_requests_that_a_board_refuses(krohn: Krohn, run: Path, line: str, expected: str) -> None:
    assert refused(krohn, line).startswith(expected)
    assert not Path("board").exists()


def test_an_own_model_stays_claimed_and_is_told_why(krohn: Krohn, run: Path) -> None:
    for name in ("config.json", "evaluation.json"):
        document = {**json.loads((run / name).read_text()), "model": "gated"}
        document |= {"imports": [{"path": "gated.py", "sha256": "0" * 64}]} if name == "config.json" else {}
        (run / name).write_text(json.dumps(document))
    said = krohn("submit", "run", "--board", "board")
    (folder,) = Path("board/submissions").iterdir()
    why = "model 'gated' is a user's own, which a board never runs"
    assert said.err.splitlines()[1:] == [f"{folder.name} stays claimed: {why}"]


def test_a_config_file_that_is_no_yaml(krohn: Krohn, run: Path) -> None:
    Path("config.yaml").write_text("steps: [1")
    assert refused(krohn, f"{TRAIN} --config config.yaml", status=1).startswith("config.yaml is no YAML: ")


def test_a_folder_where_a_file_should_be(krohn: Krohn, run: Path) -> None:
    (run / "weights.safetensors").unlink()
    (run / "weights.safetensors").mkdir()
    assert refused(krohn, "evaluate run", status=1) == "run/weights.safetensors: Is a directory"


def test_a_training_that_diverges_keeps_its_last_state(krohn: Krohn, run: Path) -> None:
    wild = [
        "--lr",
        "1e38",
        "--clip",
        "1e38",
        "--optimiser",
        "sgd",
        "--warmup",
        "0",
        "--steps",
        "9",
        "--batch",
        "4",
    ]
    said = krohn(*TRAIN.split(), *wild)
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert "the state of step 0 stays in new; lower lr (1e+38) or clip" in said.err
    assert sorted(path.name for path in Path("new").iterdir()) == [
        "config.json",
        "metrics.jsonl",
        "state.safetensors",
    ]


def test_no_run_is_evaluated_where_one_cannot_be(krohn: Krohn, run: Path) -> None:
    shutil.copytree(run, "other")
    weights = load_file("other/weights.safetensors")
    save_file({name: value * torch.nan for name, value in weights.items()}, "other/weights.safetensors")
    assert refused(krohn, "evaluate run other --lengths 4 --words 2") == (
        "precision 'fp64': this model gives no finite logit on a test word: expected numbers; were its weights trained?"
    )
