"""The selective scan: against closed forms, the slow float64 reference, and itself in pieces."""

from __future__ import annotations

import math
import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from krohn.errors import RequestError
from krohn.kernels import SelectiveState, parse_format, selective_scan
from krohn.kernels.selective.reference import selective_scan_reference

# Untyped, for lists of arguments to be unpacked into it.
scan: Any = selective_scan
NARROW: dict[str, Any] = {"bf16": ml_dtypes.bfloat16, "fp16": np.float16}
NAMES = ("x", "delta", "A", "B", "C", "skip")
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 5))  # batch, D, N


def draw(seed: int, L: int, sizes: tuple[int, int, int], dtype: Any = torch.float32) -> Any:
    batch, D, N = sizes
    rng = np.random.default_rng(seed)
    arrays = (
        rng.normal(size=(batch, L, D)),
        rng.uniform(1e-3, 1, (batch, L, D)),  # step sizes are positive
        -rng.uniform(1e-2, 4, (D, N)),  # eigenvalues shrink
        rng.normal(size=(batch, L, N)),
        rng.normal(size=(batch, L, N)),
        rng.normal(size=D),
    )
    return [torch.from_numpy(array).to(dtype) for array in arrays]


def in_pieces(cuts: list[int], inputs: Any, **more: Any) -> tuple[Tensor, SelectiveState]:
    x, delta, A, B, C, skip = inputs
    state, seen = None, []
    for begin, end in zip([0, *cuts], [*cuts, x.shape[1]], strict=True):
        part = slice(begin, end)
        y, state = scan(x[:, part], delta[:, part], A, B[:, part], C[:, part], skip, state, **more)
        seen.append(y)
    assert state is not None
    return torch.cat(seen, 1), state


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, L=st.integers(1, 40))
def test_the_reference_agrees_with_the_closed_form(seed: int, L: int) -> None:
    # Constant inputs make a geometric series: h_t = Δ B x (1 - a^t) / (1 - a), a = exp(Δ A).
    x, delta, A, B, C, skip = (tensor[..., :1] for tensor in draw(seed, 1, (1, 1, 1), torch.float64))
    y, h = selective_scan_reference(
        x.expand(1, L, 1), delta.expand(1, L, 1), A, B.expand(1, L, 1), C.expand(1, L, 1), skip
    )
    a = np.exp(delta.item() * A.item())
    series = delta.item() * B.item() * x.item() * (1 - a ** np.arange(1, L + 1)) / (1 - a)
    np.testing.assert_allclose(y.flatten().numpy(), C.item() * series + skip.item() * x.item(), rtol=1e-9)
    assert h.item() == pytest.approx(series[-1], rel=1e-9)


@pytest.mark.parametrize("L", [1, 2, 63, 100])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-6), (torch.float64, 1e-12)])
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, sizes=SIZES)
def test_outputs_agree_with_the_reference(
    L: int, dtype: Any, tolerance: float, seed: int, sizes: tuple[int, int, int]
) -> None:
    inputs = draw(seed, L, sizes, dtype)
    y, state = scan(*inputs)
    expected, h = selective_scan_reference(*(tensor.double() for tensor in inputs))
    assert y.dtype == state.h.dtype == dtype
    for found, right in ((y, expected), (state.h, h)):
        assert found.shape == right.shape
        assert (found - right).abs().max() <= tolerance * (1 + right.abs().max())


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, L=st.integers(1, 5), sizes=SIZES)
def test_gradients_agree_with_finite_differences(seed: int, L: int, sizes: tuple[int, int, int]) -> None:
    inputs = [tensor.requires_grad_() for tensor in draw(seed, L, sizes, torch.float64)]
    assert torch.autograd.gradcheck(scan_outputs, inputs, fast_mode=True)


@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, L=st.integers(1, 20), sizes=SIZES)
def test_the_reference_agrees_with_loops_over_numbers(seed: int, L: int, sizes: tuple[int, int, int]) -> None:
    inputs = draw(seed, L, sizes, torch.float64)
    x, delta, A, B, C, skip = (tensor.tolist() for tensor in inputs)
    batch, D, N = sizes
    y, h = selective_scan_reference(*inputs)
    for i, d in np.ndindex(batch, D):
        outputs = [skip[d] * x[i][t][d] for t in range(L)]
        for n in range(N):
            value = 0.0
            for t in range(L):
                step = delta[i][t][d]
                value = math.exp(step * A[d][n]) * value + step * B[i][t][n] * x[i][t][d]
                outputs[t] += C[i][t][n] * value
            assert h[i, d, n].item() == pytest.approx(value, rel=1e-9, abs=1e-12)
        np.testing.assert_allclose(y[i, :, d].numpy(), outputs, rtol=1e-9, atol=1e-12)


def scan_outputs(*inputs: Any) -> tuple[Tensor, Tensor]:
    y, state = scan(*inputs)
    return y, state.h


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_along_each_input_is_that_of_the_reference(name: str) -> None:
    # Independent of the scan's own forward: the reference moves, the scan's gradient predicts.
    inputs = draw(9, 63, (2, 3, 4), torch.float64)
    which = NAMES.index(name)
    moving = inputs[which].clone().requires_grad_()
    y, _ = scan(*inputs[:which], moving, *inputs[which + 1 :])
    rng = np.random.default_rng(3)
    weight = torch.from_numpy(rng.normal(size=tuple(y.shape)))
    (gradient,) = torch.autograd.grad((y * weight).sum(), moving)
    for _ in range(3):
        direction = torch.from_numpy(rng.normal(size=tuple(moving.shape)))
        width = 1e-5
        ends = []
        for sign in (1, -1):
            moved = [*inputs[:which], inputs[which] + sign * width * direction, *inputs[which + 1 :]]
            ends.append((selective_scan_reference(*moved)[0] * weight).sum().item())
        slope = (ends[0] - ends[1]) / (2 * width)
        assert (gradient * direction).sum().item() == pytest.approx(slope, rel=1e-5, abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(
    seed=SEEDS,
    sizes=SIZES,
    L=st.integers(2, 130),
    size=st.sampled_from([1, 7, 64, None]),
    name=st.sampled_from([None, "bf16", "fp16"]),
    data=st.data(),
)
def test_pieces_give_the_same_word(
    seed: int, sizes: tuple[int, int, int], L: int, size: int | None, name: str | None, data: st.DataObject
) -> None:
    inputs = draw(seed, L, sizes, torch.float64)
    rounding = parse_format(name) if name else None
    y, state = scan(*inputs, rounding=rounding)
    cuts = list(range(size, L, size)) if size else sorted(data.draw(st.sets(st.integers(1, L - 1))))
    pieces, last = in_pieces(cuts, inputs, rounding=rounding)
    torch.testing.assert_close(pieces, y, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(last.h, state.h, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1, 7])
def test_gradients_flow_from_piece_to_piece(size: int) -> None:
    inputs = [tensor.requires_grad_() for tensor in draw(2, 20, (2, 3, 4), torch.float64)]
    whole = torch.autograd.grad(scan(*inputs)[0].square().sum(), inputs)
    pieces = torch.autograd.grad(in_pieces(list(range(size, 20, size)), inputs)[0].square().sum(), inputs)
    for name, a, b in zip(NAMES, whole, pieces, strict=True):
        torch.testing.assert_close(a, b, msg=f"gradients of {name} differ")


@pytest.mark.parametrize("name", NARROW)
@settings(deadline=None, max_examples=20)
@given(seed=SEEDS, sizes=SIZES)
def test_every_step_ends_on_the_nearest_value(name: str, seed: int, sizes: tuple[int, int, int]) -> None:
    inputs = draw(seed, 20, sizes)
    x, delta, A, B, C, skip = (tensor.double().numpy() for tensor in inputs)
    batch, D, N = sizes
    state, h = None, np.zeros((batch, D, N))
    for t in range(20):
        part = slice(t, t + 1)
        y, state = scan(
            *(tensor[:, part] if tensor.dim() == 3 else tensor for tensor in inputs),
            state=state,
            rounding=parse_format(name),
        )
        feed = (delta[:, t] * x[:, t])[:, :, None] * B[:, t, None, :]
        exact = np.exp(delta[:, t, :, None] * A) * h + feed
        h = state.h.double().numpy()
        nearest = exact.astype(NARROW[name]).astype(float)
        # A value of the format, and as near as the nearest is, but for what float32 adds to a near tie.
        assert (h.astype(NARROW[name]).astype(float) == h).all()
        assert (np.abs(h - exact) <= np.abs(nearest - exact) + 2e-6 * (1 + np.abs(exact))).all()
        read = (C[:, t, None, :] * h).sum(-1) + skip * x[:, t]
        np.testing.assert_allclose(y[:, 0].numpy(), read, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "stuck"), [("bf16", 256), ("fp16", 2048)])
def test_counting_by_ones_stops_where_the_format_ends(name: str, stuck: int) -> None:
    L = stuck + 50
    one = torch.ones(1, L, 1)
    y, state = scan(one, one, torch.zeros(1, 1), one, one, torch.zeros(1), rounding=parse_format(name))
    assert y.flatten().tolist() == [min(t, stuck) for t in range(1, L + 1)]
    assert state.h.item() == stuck


def text_of(name: str, given_shape: tuple[int, ...], expected: str) -> str:
    return f"^{re.escape(f'{name} has shape {given_shape}: expected {expected}')}$"


@pytest.mark.parametrize("shape", [(2, 0, 3), (2, 5), (2, 5, 3, 1)])
def test_errors_name_x(shape: tuple[int, ...]) -> None:
    _, delta, A, B, C, skip = draw(0, 5, (2, 3, 4))
    with pytest.raises(RequestError, match=text_of("x", shape, "(batch, L, D) with L at least 1")):
        scan(torch.zeros(shape), delta, A, B, C, skip)


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("delta", (2, 4, 3), "(2, 5, 3) = (batch, L, D)"),
        ("A", (4, 4), "(3, 4) = (D, N)"),
        ("A", (3, 0), "(D, N) with N at least 1"),
        ("B", (2, 5, 3), "(2, 5, 4) = (batch, L, N)"),
        ("C", (1, 5, 4), "(2, 5, 4) = (batch, L, N)"),
        ("skip", (1,), "(3,) = (D,)"),
    ],
)
def test_errors_name_the_argument(name: str, shape: tuple[int, ...], expected: str) -> None:
    inputs = draw(0, 5, (2, 3, 4))
    inputs[NAMES.index(name)] = torch.zeros(shape)
    with pytest.raises(RequestError, match=text_of(name, shape, expected)):
        scan(*inputs)


def test_errors_name_the_state() -> None:
    # The state of another batch would broadcast without a word.
    inputs = draw(0, 5, (2, 3, 4))
    with pytest.raises(RequestError, match=text_of("state.h", (1, 3, 4), "(2, 3, 4) = (batch, D, N)")):
        scan(*inputs, state=SelectiveState(torch.zeros(1, 3, 4)))
