"""How a construction is run beside what it constructs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from krohn.automata.machine import Machine
from krohn.models.constructions import Construction
from krohn.models.zoo import build_model

Errors = Callable[..., int]


def built(made: Construction, inputs: int, outputs: int, vectors: bool = False) -> nn.Module:
    model = build_model(made.model, inputs, outputs, dict(made.settings), 0, vectors)
    model.load_state_dict(dict(made.weights))
    return model.eval()


@pytest.fixture
def errors() -> Errors:
    """Count wrong classes of a construction on uniform words, fed in pieces."""

    def count(made: Construction, machine: Machine, words: int, length: int, **options: Any) -> int:
        model = built(made, machine.symbols, machine.classes).to(options.get("dtype", torch.float32))
        drawn = np.random.default_rng(0).integers(0, machine.symbols, (words, length))
        labels = machine.labels(drawn)
        state, wrong = None, 0
        with torch.inference_mode():
            for begin in range(0, length, 400):
                here = slice(begin, begin + 400)
                logits, state = model(torch.from_numpy(drawn[:, here]), state)
                found: NDArray[np.int64] = logits.argmax(-1).numpy()
                wrong += int((found != labels[:, here]).sum())
        return wrong

    return count


@pytest.fixture
def build() -> Callable[..., nn.Module]:
    """Return a construction as a model."""
    return built
