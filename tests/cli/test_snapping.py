"""krohn snap, and krohn train from another run: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Krohn = Callable[..., Any]

ROTOR = "--set drive=false --set convolution=false --set width=4 --set modes=1 --set norm=false"
SMALL = "--steps 2 --batch 4 --lengths 1-8 --validation-words 4"
FINE = 2**31 - 1
"""So fine that no answer changes."""


@pytest.fixture
def rotor(krohn: Krohn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rotor that was trained for two steps, in the folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    assert krohn(*f"train word:C3 --model aussm --run rotor {ROTOR} {SMALL}".split()).status == 0
    return Path("rotor")


def test_a_snapped_run_is_a_run(krohn: Krohn, rotor: Path) -> None:
    said = krohn("snap", rotor, "--to", "fine", "--lattice", FINE, "--words", 16, "--states", 30, "--json")
    document = json.loads(said.out)
    assert (said.status, document["run"], document["snapped_from"]) == (0, "fine", "rotor")
    assert [row["lattice"] for row in document["tried"]] == ["learned", str(FINE)]
    assert document["validation"] == {key: document["tried"][1][key] for key in ("correct", "total")}
    assert document["closure"].keys() == {"states", "complete", "wrong", "margin"}
    assert json.loads(Path("fine/result.json").read_text()) == document
    config = json.loads(Path("fine/config.json").read_text())
    assert (config["track"], config["settings"]["phase_lattice"]) == ("snapped", FINE)
    assert krohn("evaluate", "fine", "--lengths", "5,9", "--precision", "fp32", "--words", 4).status == 0
    assert krohn("snap", "fine", "--to", "finer").err == (
        f"krohn: fine is snapped already, phase_lattice = {FINE}: expected learned phases without one, as of "
        "krohn train … --init fine --set phase_lattice=0\n"
    )


def test_a_run_without_phases_cannot_be_snapped(krohn: Krohn, run: Path) -> None:
    assert krohn("snap", run, "--to", "new").err == (
        "krohn: run: model 'lstm' has no phases: expected unitary layers, such as those of aussm\n"
    )
    assert not Path("new").exists()


def test_what_was_tried_is_printed(krohn: Krohn, rotor: Path) -> None:
    said = krohn("snap", rotor, "--to", "fine", "--lattice", FINE, "--words", 16, "--states", 30)
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0][:2] == ["lattice", "finest"]
    assert [line[0] for line in lines[1:]] == ["learned", str(FINE)]
    assert said.err.startswith(f"fine: rotor on lattice {FINE}; ")


def test_where_enumeration_stops_the_states_are_a_lower_bound(krohn: Krohn, tmp_path: Path) -> None:
    run = tmp_path / "clock"
    assert krohn("construct", "word:C5", "--model", "aussm", "--run", run).status == 0
    free = f"--init {run} --set phase_lattice=0 --optimiser sgd --lr 1e-30 --run {tmp_path / 'free'}"
    assert krohn(*f"train word:C5 --model aussm {SMALL} {free}".split()).status == 0
    said = krohn(
        "snap", tmp_path / "free", "--to", tmp_path / "five", "--lattice", 5, "--words", 16, "--states", 3
    )
    assert said.err.endswith(
        "; it can reach at least 5 states, none of them wrong, as far as was looked: a larger --states looks further\n"
    )


@pytest.mark.parametrize("task", ["next-symbols:tomita:6", "reverse"])
def test_where_nothing_can_be_enumerated_the_run_is_snapped(krohn: Krohn, rotor: Path, task: str) -> None:
    assert krohn(*f"train {task} --model aussm --run other {ROTOR} {SMALL}".split()).status == 0
    said = krohn("snap", "other", "--to", "fine", "--lattice", FINE, "--words", 16)
    assert (said.status, said.err) == (
        0,
        f"fine: other on lattice {FINE}; "
        "not enumerated, for the task has no finite machine that labels its words\n",
    )
    assert json.loads(Path("fine/result.json").read_text())["closure"] is None


def test_a_training_from_a_run_takes_its_settings(krohn: Krohn, rotor: Path) -> None:
    line = f"train word:C3 --model aussm --init rotor --noise 0.1 --pull 3:0.5 --run next {SMALL}"
    assert krohn(*line.split()).status == 0
    old, new = (json.loads(Path(name, "config.json").read_text()) for name in ("rotor", "next"))
    assert new["settings"] == old["settings"]
    training = new["training"]
    assert [training[key] for key in ("init", "noise", "pull", "snap_after")] == [
        "rotor",
        0.1,
        [3, 0.5],
        None,
    ]
    Path("rotor/weights.safetensors").unlink()
    assert krohn(*line.split(), "--resume").status == 0
    assert krohn(*line.replace("3:0.5", "4:0.5").split(), "--resume").err == (
        "krohn: next was trained with pull = [3, 0.5], not [4, 0.5]: a resumed training keeps its config\n"
    )


def test_a_training_that_rounds_at_the_end_is_snapped(krohn: Krohn, rotor: Path) -> None:
    line = f"train word:C3 --model aussm --init rotor --set phase_lattice=3 --snap-after 1 --run next {SMALL}"
    assert krohn(*line.split()).status == 0
    config = json.loads(Path("next/config.json").read_text())
    assert (config["track"], config["settings"]["phase_lattice"]) == ("snapped", 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("snap rotor --to new --lattice 0", "lattice is 0: expected a whole number from 1 to 2147483647"),
        ("snap rotor --to new --lattice six", "lattice 'six': expected whole numbers by comma, such as 6,12"),
        ("snap rotor --to new --states 0", "states is 0: expected a whole number of at least 1"),
        ("snap rotor --to rotor", "rotor exists already: expected a folder name that is free"),
        (
            "snap rotor --to rotor/in/it",
            "rotor/in/it lies inside rotor: expected a folder outside the run that is snapped",
        ),
        (
            "snap rotor --to rotor/config.json/new",
            "rotor/config.json/new lies below rotor/config.json, which is a file: expected a folder",
        ),
        ("snap nowhere --to new", "nowhere is no run: expected a folder with config.json; there is rotor"),
        ("snap roter --to new", "roter is no run: expected a folder with config.json; did you mean rotor?"),
        (
            "train word:C3 --model lstm --init rotor --run new",
            "init rotor is of model 'aussm', not 'lstm': expected the same model",
        ),
        (
            "train word:C3 --model aussm --init rotor --set width=8 --run new",
            "init rotor has width = 4, not 8: expected the same settings",
        ),
        (
            "train word:C3 --model aussm --init nowhere --run new",
            "nowhere is no run: expected a folder with config.json; there is rotor",
        ),
        ("train word:C3 --model aussm --pull 6 --run new", "pull '6': expected Q:LAMBDA, such as 6:0.3"),
        (
            "train word:C3 --model aussm --pull 6:-1 --run new",
            "training key pull (LAMBDA) is -1.0: expected more than 0",
        ),
        (
            "train word:C3 --model aussm --pull 0:1 --run new",
            "training key pull (Q) is 0: expected at least 1",
        ),
        (
            "train word:C3 --model aussm --init rotor --noise -1 --run new",
            "training key noise is -1.0: expected at least 0",
        ),
        (
            "train word:C3 --model aussm --run rotor/config.json/new",
            "rotor/config.json/new lies below rotor/config.json, which is a file: expected a folder",
        ),
        (
            "construct word:C3 --model aussm --run rotor/config.json/new",
            "rotor/config.json/new lies below rotor/config.json, which is a file: expected a folder",
        ),
        (
            "train word:C3 --model aussm --noise 1 --run new",
            "training key noise is 1.0: expected an init, the run whose weights it disturbs",
        ),
        (
            "train word:C3 --model aussm --snap-after 5 --run new",
            "snap_after is 5 without a lattice: expected --set phase_lattice=Q with Q at least 1",
        ),
    ],
)  # fmt: skip
def test_requests_that_are_refused(krohn: Krohn, rotor: Path, line: str, message: str) -> None:
    said = krohn(*line.split())
    assert (said.status, said.out, said.err) == (2, "", f"krohn: {message}\n")
    assert not Path("new").exists()
