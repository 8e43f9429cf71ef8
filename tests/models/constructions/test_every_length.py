"""No word of any length is wrong: all states that a construction can be in, to the last bit, are walked through.

A state is what the next step can depend on: what taps of weight 0 would read is left out, and -0.0 is 0.0. They are
finitely many where the arithmetic is exact. From each, every symbol leads to the label of the machine and
to a state that is among them: a proof by cases for the float32 of the machine that runs it, where a million random
steps are a sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise
from krohn.generators.tasks import task
from krohn.models.constructions import construct

OTHERS = ["even-pairs", "flipflop:4", "mod-ltr:5", *(f"tomita:{k}" for k in range(1, 8))]
GROUPS = ["C2", "C3", "C5", "C2xC4", "S3", "D5", "A4", "Q8", "F20", "S4", "SL2_3", "A5:generators"]
TASKS = [*OTHERS, *(f"word:{name}" for name in GROUPS)]
LARGE = ["word:A5", "word:C60", "word:S5"]


def states_walked(network: nn.Module, machine: Machine, lag: bool) -> int:
    """Return how many states there are; every label is asserted."""

    def seen_part(state: dict[str, Tensor]) -> dict[str, Tensor]:
        # Of the convolution's window a layer reads the token before, or none: other taps have weight 0.
        for name, value in state.items():
            if name.endswith("window"):
                value[:, : 2 if lag else 3] = 0
        return state

    found: set[bytes] = set()
    symbols = torch.arange(machine.symbols)
    waiting: list[tuple[NDArray[np.integer], dict[str, Tensor] | None]] = [(np.array([machine.start]), None)]
    while waiting:
        places, state = waiting.pop()
        if state is not None:
            state = {name: value.repeat_interleave(machine.symbols, 0) for name, value in state.items()}
        with torch.inference_mode():
            logits, after = network(symbols.repeat(len(places)).unsqueeze(1), state)
        places = machine.delta[places].ravel()
        right = torch.from_numpy(machine.outputs[places].astype(np.int64)).unsqueeze(1)
        others = logits[:, 0].scatter(1, right, -torch.inf).amax(1, keepdim=True)
        assert (logits[:, 0].gather(1, right) > others).all()  # a tie is wrong
        after = seen_part({name: value.clone() for name, value in after.items()})
        rows = np.concatenate([value.flatten(1).numpy() for value in after.values()], 1) + 0.0  # -0.0 is 0.0
        new = []
        for index, row in enumerate(rows):
            key = places[index].tobytes() + row.tobytes()
            if key not in found:
                found.add(key)
                new.append(index)
        assert len(found) < 100_000
        for begin in range(0, len(new), 256):
            part = new[begin : begin + 256]
            waiting.append((places[part], {name: value[part] for name, value in after.items()}))
    return len(found)


@pytest.mark.parametrize("model", ["rnn", "deltaproduct"])
@pytest.mark.parametrize("name", [*TASKS, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)])
def test_every_state_of_a_construction_leads_rightly_on(name: str, model: str, build: Any) -> None:
    machine = task(name).machine
    assert machine is not None
    made = construct(machine, model)
    lag = made.settings["layers"] != "d"
    count = states_walked(build(made, machine.symbols, machine.classes), machine, lag)
    assert count >= minimise(machine).states - 1  # the start may be one that no word comes back to
