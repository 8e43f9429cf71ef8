"""The layers of a construction on their own: lookups that forget small errors, registers that hold and set."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from krohn.errors import RequestError
from krohn.models.constructions import construct
from krohn.models.constructions.construction import fitting_width
from krohn.models.constructions.lookup import Feature, Item, Lookup
from krohn.models.constructions.register import Register
from krohn.models.constructions.rotor import Mode
from krohn.models.mamba import MambaLayer
from krohn.models.mlp import GatedMLP


def empty(layer: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
    return layer


def table() -> GatedMLP:
    """Channels 0-1 a value, 2-3 a residue modulo 5, 4 always 1; channels 5 to 14 their pair."""
    mode = Mode(5, 2, 3)
    items = tuple(
        Item((Feature({value: 1.0}), mode.feature(e)), 5 + 5 * value + e)
        for value in range(2)
        for e in range(5)
    )
    layer = empty(GatedMLP(15))
    Lookup(items, {4: 1.0}).write(layer)
    assert isinstance(layer, GatedMLP)
    return layer


def given_as(value: int, residue: int) -> Tensor:
    angle = torch.tensor(2 * np.pi * residue / 5)
    x = torch.zeros(15)
    x[value], x[2], x[3], x[4] = 1, torch.cos(angle), torch.sin(angle), 1
    return x


@given(st.integers(0, 1), st.integers(0, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_lookup_forgets_what_its_input_is_off_by(value: int, residue: int, seed: int) -> None:
    noise = 0.03 * torch.randn(15, generator=torch.Generator().manual_seed(seed)).clamp(-1, 1)
    noise[4] = 0
    with torch.no_grad():
        found = table()((given_as(value, residue) + noise)[None, None])[0][0, 0, 5:]
    expected = torch.zeros(10)
    expected[5 * value + residue] = 1
    assert torch.allclose(found, expected, atol=1e-5)


def test_a_lookup_in_bfloat16() -> None:
    layer = table().bfloat16()
    for value in range(2):
        for residue in range(5):
            with torch.no_grad():
                found = layer(given_as(value, residue).bfloat16()[None, None])[0][0, 0, 5:].float()
            assert found.argmax() == 5 * value + residue
            assert abs(found.max() - 1) < 0.05
            assert found.sort().values[-2] < 0.05


def register() -> MambaLayer:
    """Channels 0-2 set a value of three, 3 is always 1; channels 4-6 the value, 1 at the beginning."""
    layer = empty(MambaLayer(8, modes=1))
    Register({value: {value: 1.0} for value in range(3)}, (4, 5, 6), 1, {3: 1.0}).write(layer)
    assert isinstance(layer, MambaLayer)
    return layer


def held(choices: np.ndarray) -> Tensor:
    """What goes in for values to set; 3 is none."""
    x = torch.zeros(len(choices), 8)
    x[torch.arange(len(choices)), torch.from_numpy(choices)] = 1
    x[:, 3] = 1
    return x[None]


def test_a_register_shows_what_was_set_before() -> None:
    choices = np.random.default_rng(0).choice(4, 3_000, p=[0.01, 0.01, 0.01, 0.97])
    with torch.no_grad():
        found = register()(held(choices))[0][0, :, 4:7].argmax(-1).tolist()
    value, expected = 1, []
    for choice in choices:
        expected.append(value)
        value = int(choice) if choice < 3 else value
    assert found == expected


def test_a_register_holds_a_million_steps_to_the_last_bit() -> None:
    layer = register()
    with torch.no_grad():
        _, state = layer(held(np.array([2, 3])))
        kept = state["h"].clone()
        for _ in range(10):
            y, state = layer(held(np.full(100_000, 3)), state)
    assert torch.equal(kept[:, :2], state["h"][:, :2])
    assert y[0, -1, 4:7].tolist() == pytest.approx([0, 0, 1], abs=1e-6)


def test_widths() -> None:
    with pytest.raises(RequestError) as caught:
        fitting_width("aussm", 5000, None)
    assert str(caught.value) == "this construction in 'aussm' needs a width of 5000: expected at most 4096"
    with pytest.raises(RequestError) as caught:
        fitting_width("aussm", 8, 5000)
    assert str(caught.value) == "width is 5000: expected at most 4096"


def test_models_that_are_no_target() -> None:
    from krohn.automata.counters import counter

    with pytest.raises(
        RequestError, match=r"unknown target of constructions: 'aussn': expected one of .*aussm"
    ):
        construct(counter(2), "aussn")
