"""AUSSM, against its equations written out in complex numbers; what it can count by construction."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.errors import RequestError
from krohn.models.aussm import AUSSM, UnitaryLayer

SEEDS = st.integers(0, 2**32 - 1)


def silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def literal(layer: UnitaryLayer, x: np.ndarray) -> np.ndarray:
    """The layer's equations, token by token and channel by channel, in complex128."""
    weights: Any = {name: value.double().numpy() for name, value in layer.state_dict().items()}
    D, N = layer.width, layer.modes
    K, start = (weights[name][..., 0] + 1j * weights[name][..., 1] for name in ("readout", "start"))
    seen = np.zeros_like(x)
    for i, word in enumerate(x):
        h = start.copy()
        window = [np.zeros(D)] * 3
        for t, token in enumerate(word):
            entered = weights["enter.weight"] @ token
            u, z = entered[:D], entered[D:]
            if "convolution.kernel.weight" in weights:
                window = [*window[-3:], u]
                taps = weights["convolution.kernel.weight"][:, 0]
                u = weights["convolution.kernel.bias"] + sum(taps[:, k] * window[k] for k in range(4))
            theta = (weights["phase.weight"] @ u / np.sqrt(D) + weights["phase.bias"]).reshape(N, D)
            h = np.exp(2j * np.pi * theta) * h
            if "step.weight" in weights:
                delta = np.log1p(np.exp(weights["step.weight"] @ u + weights["step.bias"]))
                h = h + delta * silu(u)
            y = (K * h).real.sum(0)
            if "skip" in weights:
                y = y + weights["skip"] * silu(u)
            seen[i, t] = weights["leave.weight"] @ (y * silu(z))
    return seen


def make(width: int, modes: int, drive: bool, convolution: bool, seed: int) -> UnitaryLayer:
    layer = UnitaryLayer(width, modes, drive, convolution)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return layer


@pytest.mark.parametrize("drive", [False, True], ids=["rotor", "drive"])
@pytest.mark.parametrize("convolution", [False, True], ids=["bare", "convolution"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-4), (torch.float64, 1e-7)])
@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, width=st.integers(1, 5), modes=st.integers(1, 4), L=st.sampled_from([1, 2, 3, 4, 5, 41]))
def test_the_layer_agrees_with_its_equations(
    drive: bool, convolution: bool, dtype: Any, tolerance: float, seed: int, width: int, modes: int, L: int
) -> None:
    layer = make(width, modes, drive, convolution, seed)
    x = np.random.default_rng(seed).normal(size=(2, L, width))
    expected = literal(layer, x)
    with torch.no_grad():
        y, _ = layer.to(dtype)(torch.from_numpy(x).to(dtype))
    np.testing.assert_allclose(y.numpy(), expected, atol=tolerance * (1 + np.abs(expected).max()))


@pytest.mark.parametrize("drive", [False, True], ids=["rotor", "drive"])
def test_gradients_are_the_slopes_of_the_equations(drive: bool) -> None:
    layer = make(3, 2, drive, True, seed=4).double()
    x = np.random.default_rng(1).normal(size=(2, 9, 3))
    weight = np.random.default_rng(2).normal(size=(2, 9, 3))
    y, _ = layer(torch.from_numpy(x))
    (y * torch.from_numpy(weight)).sum().backward()
    generator = torch.Generator().manual_seed(7)
    for name, parameter in layer.named_parameters():
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        assert parameter.grad is not None
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter.add_(sign * 1e-6 * direction)
                ends.append((literal(layer, x) * weight).sum())
                parameter.sub_(sign * 1e-6 * direction)
        slope = (ends[0] - ends[1]) / 2e-6
        assert (parameter.grad * direction).sum().item() == pytest.approx(slope, rel=1e-4, abs=1e-4), name


def test_the_start_is_learned_and_is_all_that_a_rotor_reads_out() -> None:
    x = torch.randn(2, 7, 4, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for drive in (False, True):
            layer = make(4, 3, drive, False, seed=2)
            y, _ = layer(x)
            layer.start.mul_(2)
            doubled, _ = layer(x)
            layer.start.zero_()
            without, _ = layer(x)
            if drive:
                assert without.abs().min() > 0
            else:
                # Linear in the start: nothing in, nothing out, for ever.
                assert not without.any()
                torch.testing.assert_close(doubled, 2 * y)
            torch.testing.assert_close(doubled - y, y - without, rtol=1e-4, atol=1e-4)


@settings(deadline=None, max_examples=10)
@given(seed=SEEDS, L=st.integers(1, 300))
def test_nothing_in_a_rotor_grows(seed: int, L: int) -> None:
    layer = make(3, 4, False, False, seed)
    x = torch.randn(2, L, 3, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        _, state = layer(x)
    assert state.keys() == {"phase", "z"}
    assert torch.equal(state["z"], layer.start.detach().expand(2, 4, 3, 2))


@pytest.mark.parametrize("order", [2, 4])
def test_a_rotor_counts_modulo_a_power_of_two_without_an_error_at_any_length(order: int) -> None:
    # One channel that sees a 1 turns by 1/order, for a 0 by nothing: y is the cosine of the count.
    layer = UnitaryLayer(2, modes=1, drive=False, convolution=False)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.enter.weight[0, 0] = 1.0  # u_0 is the symbol
        layer.enter.weight[2, 1] = 20.0  # z_0 holds the gate open
        layer.phase.weight[0, 0] = 2**0.5 / order
        layer.start[0, 0, 0] = layer.readout[0, 0, 0] = 1.0
        layer.leave.weight[0, 0] = 1 / 20
    symbols = torch.randint(0, 2, (3, 20_000), generator=torch.Generator().manual_seed(order))
    x = torch.stack([symbols.float(), torch.ones(3, 20_000)], -1)
    with torch.no_grad():
        y, _ = layer(x)
    count = symbols.cumsum(1) % order
    torch.testing.assert_close(y[..., 0], torch.cos(2 * torch.pi * count / order), rtol=0, atol=1e-3)


@pytest.mark.parametrize("drive", [False, True], ids=["rotor", "drive"])
@pytest.mark.parametrize("convolution", [False, True], ids=["bare", "convolution"])
def test_options_set_the_shapes(drive: bool, convolution: bool) -> None:
    model = AUSSM(2, 3, width=6, modes=5, layers="a|f|a", drive=drive, convolution=convolution)
    _, state = model(torch.zeros(4, 7, dtype=torch.int64))
    shapes: dict[str, tuple[int, ...]] = {"phase": (4, 5, 6), "z": (4, 5, 6, 2)}
    if convolution:
        shapes["window"] = (4, 3, 6)
    assert {name: tuple(value.shape) for name, value in state.items()} == {
        f"{i}.{name}": shape for i in (0, 2) for name, shape in shapes.items()
    }
    names = {name for name, _ in model.named_parameters()}
    assert drive == ("layers.0.step.weight" in names) == ("layers.2.skip" in names)
    assert convolution == ("layers.0.convolution.kernel.weight" in names)
    assert model.get_parameter("layers.2.phase.weight").shape == (30, 6)


def test_first_phases_are_spread_over_the_whole_turn() -> None:
    torch.manual_seed(0)
    bias = UnitaryLayer(100, modes=20).phase.bias.detach()
    assert bias.abs().max() <= 0.5
    # The mean of 2000 points spread evenly over the circle is nearly its centre.
    angles = 2 * torch.pi * bias
    assert torch.hypot(angles.cos().mean(), angles.sin().mean()) < 0.08


def test_a_layer_has_at_least_one_mode() -> None:
    with pytest.raises(RequestError, match=re.escape("modes is 0: expected a whole number of at least 1")):
        AUSSM(2, 3, modes=0)
