"""Running a construction beside its machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.models.constructions import Construction
from krohn.models.zoo import build_model

PIECE = 400


def build(made: Construction, inputs: int, outputs: int, vectors: bool = False) -> nn.Module:
    """Return the model as any other of the zoo, filled."""
    network = build_model(made.model, inputs, outputs, dict(made.settings), 1, vectors)
    network.load_state_dict(dict(made.weights))
    return network.eval()


def wrong(
    made: Construction, machine: Machine, length: int, words: int = 1, dtype: torch.dtype = torch.float32
) -> int:
    """Return how many labels of random words are wrong; a tie is."""
    network = build(made, machine.symbols, machine.classes).to(dtype)
    tokens = np.random.default_rng(0).integers(0, machine.symbols, (words, length))
    # The machine itself, one step after another: not the code that labels words.
    states = np.full(words, machine.start)
    labels = np.empty_like(tokens)
    for t in range(length):
        states = machine.delta[states, tokens[:, t]]
        labels[:, t] = machine.outputs[states]
    errors, state = 0, None
    with torch.no_grad():
        for begin in range(0, length, PIECE):
            piece = slice(begin, begin + PIECE)
            logits, state = network(torch.from_numpy(tokens[:, piece]), state)
            right = torch.from_numpy(labels[:, piece]).unsqueeze(-1)
            others = logits.scatter(-1, right, -torch.inf).amax(-1)
            errors += int((~(logits.gather(-1, right).squeeze(-1) > others)).sum())
    return errors


def random_machine(rng: np.random.Generator, states: int, symbols: int) -> Machine:
    """Return a machine of uniform random maps, all of whose states can be reached."""
    while True:
        machine = Machine(Semiautomaton(rng.integers(0, states, (states, symbols))), 0, np.arange(states))
        if machine.trim().states == states:
            return machine


@pytest.fixture(scope="session", name="wrong")
def _wrong() -> Callable[..., int]:
    return wrong


@pytest.fixture(scope="session", name="build")
def _build() -> Callable[..., nn.Module]:
    return build


@pytest.fixture(scope="session", name="random_machine")
def _random_machine() -> Callable[..., Machine]:
    return random_machine
