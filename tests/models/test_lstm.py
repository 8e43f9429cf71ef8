"""LSTM, against its gates written out in numpy."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from krohn.kernels import parse_format
from krohn.models.layers import run
from krohn.models.lstm import LSTM, LSTMLayer

NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16}
SEEDS = st.integers(0, 2**32 - 1)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def make(width: int, seed: int) -> Any:
    """A layer and a maker of one literal step of it, in float64: (x, h, c) -> (h, c)."""
    layer = LSTMLayer(width)
    rng = np.random.default_rng(seed)
    # Gates in torch's order: input, forget, candidate, output.
    W, U, b, more = (
        rng.normal(size=shape) for shape in ((4, width, width), (4, width, width), (4, width), (4, width))
    )
    with torch.no_grad():
        for name, value in (("weight_ih", W), ("weight_hh", U), ("bias_ih", b), ("bias_hh", more)):
            parameter = layer.cell.get_parameter(f"{name}_l0")
            parameter.copy_(torch.from_numpy(value.reshape(parameter.shape)))

    def step(x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i, f, g, o = (x @ W[k].T + h @ U[k].T + b[k] + more[k] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    return layer, step


@pytest.mark.parametrize("L", [1, 2, 63])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-5), (torch.float64, 2e-6)])
@settings(deadline=None, max_examples=15)
@given(seed=SEEDS, width=st.integers(1, 9), batch=st.integers(1, 3))
def test_the_layer_agrees_with_its_gates(
    L: int, dtype: Any, tolerance: float, seed: int, width: int, batch: int
) -> None:
    # The tolerance in float64 is that of the weights, which the layer was made with in float32.
    layer, step = make(width, seed)
    x = np.random.default_rng(seed + 1).normal(size=(batch, L, width))
    h = c = np.zeros((batch, width))
    seen = []
    for t in range(L):
        h, c = step(x[:, t], h, c)
        seen.append(h)
    with torch.no_grad():
        y, state = layer.to(dtype)(torch.from_numpy(x).to(dtype))
    np.testing.assert_allclose(y.numpy(), np.stack(seen, 1), atol=tolerance * L)
    np.testing.assert_allclose(state["h"].numpy(), h, atol=tolerance * L)
    np.testing.assert_allclose(state["c"].numpy(), c, atol=tolerance * L)


@pytest.mark.parametrize("name", NARROW)
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, width=st.integers(1, 6))
def test_both_halves_of_the_state_are_rounded_to_the_nearest_value(name: str, seed: int, width: int) -> None:
    layer, step = make(width, seed)
    x = np.random.default_rng(seed + 1).normal(size=(2, 15, width))
    h = c = np.zeros((2, width))
    state = None
    for t in range(15):
        exact = step(x[:, t], h, c)
        with torch.no_grad():
            y, state = run(layer, torch.from_numpy(x[:, t : t + 1]).float(), state, parse_format(name))
        h, c = (state[key].double().numpy() for key in ("h", "c"))
        for value, right in zip((h, c), exact, strict=True):
            nearest = right.astype(NARROW[name]).astype(float)
            # A value of the format, and as near as the nearest is, but for float32 and a near tie.
            assert (value.astype(NARROW[name]).astype(float) == value).all()
            noise = 1e-5 * (1 + np.abs(right))
            assert (np.abs(value - right) <= np.abs(nearest - right) + noise).all()
        # What the layer puts out is not the state: it is as it was before rounding.
        np.testing.assert_allclose(y[:, 0].numpy(), exact[0], atol=2e-5)


def test_a_rounded_piece_is_its_tokens_one_by_one() -> None:
    model = LSTM(3, 2, width=5, layers="l|f|l")
    tokens = torch.randint(0, 3, (2, 12), generator=torch.Generator().manual_seed(1))
    rounding = parse_format("bf16")
    with torch.no_grad():
        whole, last = model(tokens, None, rounding)
        state, seen = None, []
        for t in range(12):
            logits, state = model(tokens[:, t : t + 1], state, rounding)
            seen.append(logits)
    torch.testing.assert_close(torch.cat(seen, 1), whole, rtol=1e-4, atol=1e-5)
    assert last.keys() == {"0.h", "0.c", "2.h", "2.c"}
    assert {tuple(value.shape) for value in last.values()} == {(2, 5)}


def test_a_cell_that_forgets_nothing_counts_until_the_format_ends() -> None:
    # Input and forget gates wide open, a candidate of 1: c grows by 1 a step, up to 256 in bf16.
    layer = LSTMLayer(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.cell.get_parameter("bias_ih_l0")[:3] = 50.0
        x = torch.zeros(1, 300, 1)
        _, state = run(layer, x)
        assert state["c"].item() == 300.0
        _, state = run(layer, x, None, parse_format("bf16"))
        assert state["c"].item() == 256.0
