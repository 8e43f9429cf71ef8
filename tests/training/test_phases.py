"""Phases pulled to a lattice, rounded from a step on, and trainings that start from another run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import krohn
from krohn.errors import RequestError
from krohn.generators.stream import Stream
from krohn.models.zoo import build_model
from krohn.training.checkpoint import read_tensors
from krohn.training.config import RunConfig, training_config
from krohn.training.loop import train
from krohn.training.phases import Phases
from krohn.training.run import Run, load_run, new_config
from krohn.training.start import kept_start, start_of

Counter = Callable[..., Run]
ROTOR = {"width": 8, "modes": 1, "layers": "a|f|a", "drive": False, "convolution": False}
SMALL = {"steps": 12, "batch": 8, "lengths": (1, 6), "validation_words": 20, "save_every": 5}


def request(settings: dict[str, Any] = ROTOR, task: str = "word:C3", **keys: Any) -> RunConfig:
    return new_config(krohn.task(task), "aussm", settings, training_config({**SMALL, **keys}), [])


def mean_penalty(folder: Path, q: int) -> float:
    run = load_run(folder)
    model = run.model()
    read = Phases(model, "model")
    batch = Stream(run.task, 64, (6, 6), 0, "validation").at(0)
    model(batch.inputs)
    return read.penalty(batch, q).item()


@pytest.mark.parametrize("projection", ["dense", "low-rank", "per-head"])
def test_the_penalty_is_the_mean_over_tokens_and_phases_of_each_layer(projection: str) -> None:
    settings = {**ROTOR, "projection": projection, "heads": 2, "rank": 3, "modes": 2}
    model: Any = build_model("aussm", 3, 3, settings, seed=0)
    batch = Stream(krohn.task("word:C3"), 4, (1, 6), 0, "train").at(0)
    read = Phases(model, "model")
    model(batch.inputs)
    found = read.penalty(batch, 6).item()
    read.remove()
    expected, x = 0.0, model.embedding(batch.inputs)
    with torch.no_grad():
        for norm, layer in zip(model.norms, model.layers, strict=True):
            if hasattr(layer, "phase"):
                u = layer.enter(norm(x))[..., :8]
                u = u if layer.reduce is None else layer.reduce(u)
                turns = (u @ layer.phase.weight.T / u.shape[-1] ** 0.5 + layer.phase.bias).numpy()
                inside = [turns[i, :length] for i, length in enumerate(batch.lengths)]
                expected += np.mean(1 - np.cos(2 * np.pi * 6 * np.concatenate(inside)))
            x = x + layer(norm(x))[0]
    assert found == pytest.approx(expected, rel=1e-4)
    assert not read._read


def test_a_pull_brings_phases_to_the_lattice(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"steps": 150, "batch": 32, "lr": 0.02}
    train(request(**keys), tmp_path / "free")
    train(request(**keys, pull=(6, 3.0)), tmp_path / "pulled")
    free, pulled = (mean_penalty(tmp_path / name, 6) for name in ("free", "pulled"))
    assert pulled < 0.1 < 1.0 < free


def test_rounded_from_a_step_on_phases_rest_and_the_rest_learns(tmp_path: Path) -> None:
    settings = {**ROTOR, "phase_lattice": 6}
    train(request(settings, snap_after=6, keep_every=6, lr=0.1), tmp_path / "run")
    half = read_tensors(tmp_path / "run" / "checkpoints" / "step-00000006.safetensors")
    whole = read_tensors(tmp_path / "run" / "weights.safetensors")
    moved = {name for name in whole if not torch.equal(half[name], whole[name])}
    assert {name for name in whole if ".phase." in name} & moved == set()
    assert {"head.weight", "layers.0.readout", "layers.2.start", "embedding.weight"} <= moved
    features = (
        half["layers.0.enter.weight"][:8],
        whole["layers.0.enter.weight"][:8],
    )  # a rotor reads its phases off them
    assert torch.equal(*features)
    assert load_run(tmp_path / "run").config.track == "snapped"
    # Until then it is the training without a lattice.
    train(request(steps=12, keep_every=6, lr=0.1), tmp_path / "free")
    free = read_tensors(tmp_path / "free" / "checkpoints" / "step-00000006.safetensors")
    assert all(torch.equal(free[name], half[name]) for name in half)


@pytest.mark.parametrize("stop", [3, 6, 8])
def test_a_stopped_training_ends_bit_identical(counter: Counter, tmp_path: Path, stop: int) -> None:
    first = counter()
    settings = {**first.config.settings, "phase_lattice": 5}
    keys: dict[str, Any] = {
        "snap_after": 6,
        "pull": (5, 0.3),
        "init": str(first.folder),
        "noise": 0.1,
        "save_every": 3,
    }
    config = start_of(str(first.folder)).of(request(settings, "word:C5", **keys))
    train(config, tmp_path / "unbroken")

    def interrupt(step: int, loss: float) -> None:
        if step == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "stopped", watch=interrupt)
    (first.folder / "weights.safetensors").unlink()  # the start is in the state: its run may go
    kept = kept_start(load_run(tmp_path / "stopped").config)
    assert kept is not None
    assert kept.of(config) == config
    train(config, tmp_path / "stopped", resume=True)
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("unbroken", "stopped")]
    assert weights[0] == weights[1]


def test_noise_is_relative_to_each_tensor_and_seeded(counter: Counter, tmp_path: Path) -> None:
    train(request(seed=3), tmp_path / "first")
    start = start_of(str(tmp_path / "first"))
    first = read_tensors(tmp_path / "first" / "weights.safetensors")
    found = []
    for number, seed in enumerate((0, 0, 1)):
        keys: dict[str, Any] = {
            "init": start.folder,
            "noise": 0.1,
            "steps": 1,
            "optimiser": "sgd",
            "lr": 1e-30,
            "seed": seed,
        }
        train(start.of(request(**keys)), tmp_path / str(number))
        found.append(read_tensors(tmp_path / str(number) / "weights.safetensors"))
    for name in first:
        size = (found[0][name] - first[name]).square().mean().sqrt() / first[name].square().mean().sqrt()
        assert size.item() == pytest.approx(0.1, rel=5 / first[name].numel() ** 0.5), name
    assert all(torch.equal(found[0][name], found[1][name]) for name in first)
    assert not torch.equal(found[0]["head.weight"], found[2]["head.weight"])


def test_a_start_gives_its_settings_and_its_track(counter: Counter) -> None:
    first = counter()
    start = start_of(str(first.folder))
    assert start.settings_of("aussm", {"phase_lattice": 5}) == {**first.config.settings, "phase_lattice": 5}
    config = start.of(request(start.settings, "word:C5", init=start.folder))
    assert (config.track, config.init_sha256) == ("learned", start.sha256)
    constructed = type(start)(start.folder, start.model, start.settings, start.sha256, "constructed")
    assert constructed.of(request(start.settings, "word:C5", init=start.folder)).track == "constructed"


def test_what_a_training_cannot_start_from(counter: Counter, tmp_path: Path) -> None:
    first = counter()
    start, folder = start_of(str(first.folder)), str(first.folder)
    for refused, message in [
        (
            lambda: start.settings_of("lstm", {}),
            f"init {folder} is of model 'aussm', not 'lstm': expected the same model",
        ),
        (
            lambda: start.of(request({**start.settings, "width": 4}, init=folder)),
            f"init {folder} has width = 2, not 4: expected the same settings",
        ),
        (
            lambda: train(start.of(request(start.settings, "word:C3", init=folder)), tmp_path / "new"),
            f"init {folder}: embedding.weight is (5, 2), expected shape (3, 2)",
        ),
        (lambda: start_of(str(tmp_path)), f"{tmp_path} is no run: expected a folder with config.json"),
        (
            lambda: request(noise=0.1),
            "training key noise is 0.1: expected an init, the run whose weights it disturbs",
        ),
        (
            lambda: train(request(snap_after=6), tmp_path / "new"),
            "snap_after is 6 without a lattice: expected --set phase_lattice=Q with Q at least 1",
        ),
        (
            lambda: train(request({**ROTOR, "phase_lattice": 6}, snap_after=12), tmp_path / "new"),
            "snap_after is 12 of 12 steps: expected fewer, so that some are left",
        ),
        (
            lambda: train(
                new_config(
                    krohn.task("parity"), "lstm", {}, training_config({**SMALL, "pull": (6, 0.3)}), []
                ),
                tmp_path / "new",
            ),
            "pull: model 'lstm' has no phases: expected unitary layers, such as those of aussm",
        ),
    ]:
        with pytest.raises(RequestError, match=f"^{re.escape(message)}$"):
            refused()
        assert not (tmp_path / "new").exists()
    (first.folder / "weights.safetensors").unlink()
    with pytest.raises(RequestError, match=r"has no weights yet: expected a finished run$"):
        start_of(folder)
