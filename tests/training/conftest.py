"""Requests for small trainings; a rotor that counts modulo m with phases that are a little off, made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import krohn
from krohn.files import write_json
from krohn.models.aussm import UnitaryLayer
from krohn.models.backbone import Backbone
from krohn.training.checkpoint import save_weights
from krohn.training.config import RunConfig, TrainingConfig, training_config
from krohn.training.run import Run, load_run, new_config

COUNTER = {"width": 2, "modes": 1, "drive": False, "convolution": False, "norm": False}


def make_counter(folder: Path, m: int, off: float) -> Run:
    """Write a run on word:Cm whose phase for symbol g is g (1/m + off) turns."""
    training = TrainingConfig(steps=1, batch=32, lengths=(1, 10), validation_words=64)
    config = new_config(krohn.task(f"word:C{m}"), "aussm", COUNTER, training, [])
    model = Run(folder, config).new_model()
    assert isinstance(model, Backbone)
    assert isinstance(model.embedding, torch.nn.Embedding)
    layer = model.layers[0]
    assert isinstance(layer, UnitaryLayer)
    residues = torch.arange(m)
    with torch.no_grad():
        model.embedding.weight.copy_(torch.stack([residues * (1 / m + off), torch.ones(m)], 1))
        layer.enter.weight.copy_(torch.tensor([[1.0, 0], [0, 0], [0, 10], [0, 10]]))  # u = (turns, 0), z = 10
        layer.phase.weight.copy_(torch.tensor([[math.sqrt(2), 0], [math.sqrt(2), 0]]))
        layer.phase.bias.zero_()
        layer.start.copy_(torch.tensor([[[1.0, 0], [0, -1]]]))  # Re h = (cos, sin)
        layer.readout.copy_(torch.tensor([[[1.0, 0], [1, 0]]]))
        layer.leave.weight.copy_(10 * torch.eye(2))
        angle = 2 * math.pi * residues / m
        model.head.weight.copy_(torch.stack([angle.cos(), angle.sin()], 1))
        model.head.bias.copy_(-model.head.weight[:, 1])  # the stream still holds the symbol's 1
    folder.mkdir()
    write_json(folder / "config.json", config.model_dump(mode="json"))
    save_weights(folder / "weights.safetensors", model)
    return load_run(folder)


@pytest.fixture
def counter(tmp_path: Path) -> Callable[..., Run]:
    """Make such a run: the modulus, and how far 1/m is off, in turns."""
    return lambda m=5, off=0.002: make_counter(tmp_path / f"counter-{m}-{off}", m, off)


SMALL = {"steps": 12, "batch": 8, "lengths": (1, 6), "validation_words": 20, "save_every": 5, "log_every": 4}


@pytest.fixture
def small() -> Callable[..., RunConfig]:
    """Make the config of a run of an LSTM of 8 units, some of its training's keys given."""

    def make(task: str = "parity", model: str = "lstm", **keys: Any) -> RunConfig:
        return new_config(krohn.task(task), model, {"width": 8}, training_config({**SMALL, **keys}), [])

    return make
