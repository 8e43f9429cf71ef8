"""Snapping: which lattice is found, that it makes a drifting counter exact, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import krohn
from krohn.errors import RequestError, TrainingError
from krohn.evaluation.evaluate import evaluate
from krohn.models.zoo import build_model
from krohn.training.candidates import from_algebra, from_phases, one_a_mode
from krohn.training.config import TrainingConfig
from krohn.training.construct import construct_run
from krohn.training.loop import train
from krohn.training.run import Run, load_run, new_config
from krohn.training.snap import snap
from krohn.training.start import start_of

Counter = Callable[..., Run]


def accuracy(run: Run, length: int) -> float:
    (score,) = evaluate(run.model(), run.task, [length], words=16)
    return score.accuracy


@pytest.mark.parametrize("m", [2, 5, 12])
def test_a_counter_that_drifts_becomes_exact(counter: Counter, tmp_path: Path, m: int) -> None:
    run = counter(m, 0.1 / m**2)
    assert accuracy(run, 5000) < 0.9
    result = snap(run, tmp_path / "snapped", words=256)
    snapped = load_run(tmp_path / "snapped")
    assert (snapped.config.track, snapped.config.settings["phase_lattice"]) == ("snapped", m)
    assert accuracy(snapped, 5000) == 1.0
    assert result["tried"][0]["lattice"] == "learned"
    assert [row["lattice"] for row in result["tried"][1:]] == [str(q) for q in range(2, m + 1) if m % q == 0]
    assert all(row["correct"] < row["total"] for row in result["tried"][1:-1])
    assert result["tried"][-1]["correct"] == result["tried"][-1]["total"]
    assert json.loads((tmp_path / "snapped" / "result.json").read_text()) == result
    weights = [(folder / "weights.safetensors").read_bytes() for folder in (run.folder, snapped.folder)]
    assert weights[0] == weights[1]


def test_one_lattice_a_mode(counter: Counter, tmp_path: Path) -> None:
    result = snap(counter(), tmp_path / "snapped", each=True, words=256)
    snapped = load_run(tmp_path / "snapped")
    # The second channel's phases are those of the first: both read the same feature.
    assert snapped.config.settings["phase_lattice"] == [[5, 5]]
    assert result["tried"][-1] == {"lattice": "each within 0.05", "finest": 5, "correct": result["tried"][-1]["total"],
                                   "total": result["tried"][-1]["total"]}  # fmt: skip
    assert accuracy(snapped, 5000) == 1.0


def test_a_lattice_too_fine_keeps_the_validation_words_and_drifts_on(
    counter: Counter, tmp_path: Path
) -> None:
    snap(counter(), tmp_path / "fine", lattices=[100_000], words=256)
    assert accuracy(load_run(tmp_path / "fine"), 5000) < 0.9


def test_where_every_lattice_loses_labels_nothing_is_written(counter: Counter, tmp_path: Path) -> None:
    run = counter()
    with pytest.raises(TrainingError) as caught:
        snap(run, tmp_path / "snapped", lattices=[2, 3], words=256)
    assert str(caught.value).startswith(f"{run.folder} loses labels on every lattice tried, the fewest on ")
    assert str(caught.value).endswith("; without --lattice those of the task's groups are tried")
    assert not (tmp_path / "snapped").exists()


def test_one_lattice_that_loses_labels_is_none_of_the_task(counter: Counter, tmp_path: Path) -> None:
    run = counter()
    with pytest.raises(TrainingError) as caught:
        snap(run, tmp_path / "snapped", lattices=[4], words=256)
    found = re.fullmatch(
        rf"{re.escape(str(run.folder))} loses labels on lattice 4: [\d,]+ right, [\d,]+ as learned; "
        r"without --lattice those of the task's groups are tried",
        str(caught.value),
    )
    assert found is not None


def test_what_cannot_be_snapped(counter: Counter, tmp_path: Path) -> None:
    run, new = counter(), tmp_path / "new"
    small = TrainingConfig(steps=1, batch=2, lengths=(1, 4), validation_words=2)
    train(new_config(krohn.task("parity"), "lstm", {"width": 2}, small, []), tmp_path / "lstm")
    snap(run, tmp_path / "snapped", words=64)
    on_lattice = new_config(krohn.task("parity"), "aussm", {"width": 2, "phase_lattice": 6}, small, [])
    train(on_lattice, tmp_path / "six")
    untrained = tmp_path / "untrained"
    untrained.mkdir()
    (untrained / "config.json").write_text((run.folder / "config.json").read_text())
    free = "expected learned phases without one, as of krohn train … --init {} --set phase_lattice=0"
    for folder, options, message in [
        ("lstm", {}, "model 'lstm' has no phases: expected unitary layers, such as those of aussm"),
        ("snapped", {}, f"is snapped already, phase_lattice = 5: {free.format(tmp_path / 'snapped')}"),
        ("six", {}, f"has phases on a lattice already, phase_lattice = 6: {free.format(tmp_path / 'six')}"),
        ("untrained", {}, "has no weights yet: expected a finished training (--resume goes on)"),
        (run.folder.name, {"lattices": [0]}, "lattice is 0: expected a whole number from 1 to 2147483647"),
        (run.folder.name, {"words": 0}, "words is 0: expected a whole number of at least 1"),
        (
            run.folder.name,
            {"lattices": [6], "each": True},
            "a lattice for all modes, and one for each: expected one of --lattice and --each",
        ),
    ]:
        with pytest.raises(RequestError) as caught:
            snap(load_run(tmp_path / folder), new, **options)  # type: ignore[arg-type]
        assert str(caught.value).endswith(message)
        assert not new.exists()
    with pytest.raises(RequestError, match="exists already: expected a folder name that is free"):
        snap(run, tmp_path / "snapped")


def test_a_construction_that_was_trained_on_is_snapped_and_stays_one(tmp_path: Path) -> None:
    task = krohn.task("word:C3")
    construct_run(task, "aussm", tmp_path / "built")
    start = start_of(str(tmp_path / "built"))
    keys = {"steps": 1, "batch": 2, "lengths": (1, 4), "validation_words": 2, "optimiser": "sgd", "lr": 1e-30}
    training = TrainingConfig(**keys, init=start.folder)  # type: ignore[arg-type]
    config = start.of(
        new_config(task, "aussm", start.settings_of("aussm", {"phase_lattice": 0}), training, [])
    )
    train(config, tmp_path / "on")
    found = snap(load_run(tmp_path / "on"), tmp_path / "snapped", words=64)
    run = load_run(tmp_path / "snapped")
    assert (found["lattice"], run.config.track, accuracy(run, 2000)) == ("3", "constructed", 1.0)
    with pytest.raises(
        RequestError, match="built has phases on a lattice already, phase_lattice = 3: expected learned"
    ):
        snap(load_run(tmp_path / "built"), tmp_path / "new")


def test_candidates_of_the_algebra() -> None:
    found = {name: from_algebra(krohn.task(name).machine) for name in ("parity", "word:A4", "flipflop:2")}
    assert found == {"parity": [2, 4, 8, 20], "word:A4": [2, 3, 6, 12, 24, 60], "flipflop:2": []}
    assert from_algebra(None) == []


@given(st.integers(2, 40), st.floats(-1e-4, 1e-4), st.integers(0, 100))
def test_the_lattice_of_a_mode_is_the_least_that_holds_its_phases(q: int, off: float, seed: int) -> None:
    k = np.random.default_rng(seed).integers(-q, q, 7)
    theta = torch.from_numpy(k / q + off).view(7, 1, 1)
    expected = next(
        p
        for p in range(1, q + 1)
        if all(abs(x / q + off - round(p * (x / q + off)) / p) <= 2e-4 for x in k.tolist())
    )
    assert one_a_mode(theta, 2e-4).item() == expected
    assert q % expected == 0
    assert expected == q // np.gcd.reduce([q, *np.abs(k)])


def test_lattices_are_read_off_the_phases() -> None:
    k = torch.arange(13).view(13, 1, 1)
    assert from_phases([k / 13 + 0.001, k / 26], count=2) == [26, 52]


def test_a_lattice_a_mode_rounds_each_phase_to_its_own() -> None:
    settings = {"width": 3, "modes": 2, "drive": False, "convolution": False, "layers": "a|f|a"}
    rows = ((2, 3, 5, 7, 11, 13), (4, 4, 4, 9, 9, 9))
    model = build_model("aussm", 4, 2, {**settings, "phase_lattice": rows}, seed=1)
    plain: Any = build_model("aussm", 4, 2, settings, seed=1)
    tokens = torch.arange(4)[None]
    _, state = model(tokens)
    turns = plain.layers[0].phases(plain.norms[0](plain.embedding(tokens)))[0].double()
    q = torch.tensor(rows[0]).view(2, 3)
    torch.testing.assert_close(state["0.phase"][0].long(), (torch.round(turns * q).sum(0) % q).long())
    assert (state["2.phase"] < torch.tensor(rows[1]).view(2, 3)).all()
    for wrong, message in [
        (
            (rows[0],),
            "phase_lattice has 1 rows: expected one number, or one row for each of the 2 letters a in",
        ),
        ((rows[0], (2, 3)), "phase_lattice holds 2 numbers for a layer: expected 6, modes x width"),
        ((rows[0], (0,) * 6), "phase_lattice holds 0: expected whole numbers from 1 to 2147483647"),
    ]:
        with pytest.raises(RequestError) as caught:
            build_model("aussm", 4, 2, {**settings, "phase_lattice": wrong}, seed=1)
        assert str(caught.value).startswith(message)
