"""Waves, attention, stacks and tapes, against windowed decoders, whole matrices and plain lists."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from krohn.errors import RequestError
from krohn.models.attention import AttentionLayer
from krohn.models.stack_rnn import StackLayer
from krohn.models.tape_rnn import TapeLayer
from krohn.models.transformer import Transformer, sinusoids
from krohn.models.wave import WaveLayer


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def bare(layer: Any) -> Any:
    """A wave that is written and read as it is."""
    with torch.no_grad():
        layer.enter.weight.copy_(torch.eye(layer.enter.in_features))
        layer.leave.weight.copy_(torch.eye(layer.leave.in_features))
    return layer.double()


@pytest.mark.parametrize(("s", "d"), [(1, 3), (4, 3), (8, 5)])
def test_a_wave_with_self_attention_is_a_windowed_attention_only_decoder(s: int, d: int) -> None:
    torch.manual_seed(s)
    layer = bare(WaveLayer(d, s, "attention"))
    key, query, value = (getattr(layer, name).detach().numpy() for name in ("key", "query", "value"))
    context = list(drawn(s, d).numpy())  # s vectors to begin with
    lattice = torch.from_numpy(np.stack(context)).unsqueeze(0)
    found, _ = layer(torch.zeros(1, 60, d, dtype=torch.float64), {"columns": lattice})
    for t in range(60):
        # Autoregression: attend from the last vector to the last s, and append what comes out.
        window = np.stack(context[-s:])
        scores = (window @ key) @ (query @ context[-1])
        weights = np.exp(scores - scores.max())
        context.append((weights / weights.sum()) @ (window @ value.T))
        np.testing.assert_allclose(found[0, t].detach().numpy(), context[-1], rtol=1e-11, atol=1e-14)


def test_a_wave_starts_as_a_ring_and_repeats_what_it_was_told() -> None:
    layer = bare(WaveLayer(3, 5))
    told = drawn(2, 5, 3)
    y, _ = layer(torch.cat([told, torch.zeros(2, 15, 3, dtype=torch.float64)], 1))
    torch.testing.assert_close(y, told.repeat(1, 4, 1))


def test_a_wave_with_a_linear_boundary_is_powers_of_a_companion_matrix() -> None:
    s, d = 3, 2
    layer = bare(WaveLayer(d, s))
    with torch.no_grad():
        layer.weights.copy_(0.4 * drawn(s, d, d))
    companion = np.zeros((s * d, s * d))
    companion[:-d, d:] = np.eye((s - 1) * d)
    companion[-d:] = np.concatenate(list(layer.weights.detach().numpy()), 1)
    start = drawn(1, s, d)
    y, _ = layer(torch.zeros(1, 20, d, dtype=torch.float64), {"columns": start})
    x = start.numpy().reshape(-1)
    for t in range(20):
        x = companion @ x
        np.testing.assert_allclose(y[0, t].detach().numpy(), x[-d:], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("positions", ["none", "alibi", "rotary"])
def test_attention_is_the_softmax_of_its_scores(positions: str) -> None:
    torch.manual_seed(0)
    D, H = 8, 2
    layer: Any = AttentionLayer(D, H, positions).double()
    x = drawn(1, 9, D)
    q, k, v = np.split(x[0].numpy() @ layer.enter.weight.detach().numpy().T, 3, axis=-1)
    seen = np.zeros((9, D))
    for h in range(H):
        own = slice(4 * h, 4 * h + 4)
        for t in range(9):
            scores = np.zeros(t + 1)
            for i in range(t + 1):
                a, b = q[t, own], k[i, own]
                if (
                    positions == "rotary"
                ):  # channels k and k + 2 are a complex number, turned by position / 100^k
                    turn = lambda p: np.exp(1j * p * np.array([1.0, 0.01]))  # noqa: E731
                    a, b = (a[:2] + 1j * a[2:]) * turn(t), (b[:2] + 1j * b[2:]) * turn(i)
                scores[i] = (a * np.conj(b)).sum().real / 2
                if positions == "alibi":
                    scores[i] -= (t - i) * 2.0 ** (-8 * (h + 1) / H)
            weights = np.exp(scores - scores.max())
            seen[t, own] = weights / weights.sum() @ v[: t + 1, own]
    found = layer(x)[0][0].detach().numpy()
    np.testing.assert_allclose(found, seen @ layer.leave.weight.detach().numpy().T, rtol=1e-9, atol=1e-11)


def test_sinusoids_are_those_of_the_paper() -> None:
    found = sinusoids(torch.arange(50).unsqueeze(0), 6)[0].numpy()
    for p in range(50):
        for c in range(6):
            angle = p / 10000 ** (2 * (c // 2) / 6)
            assert found[p, c] == pytest.approx(np.sin(angle) if c % 2 == 0 else np.cos(angle), abs=1e-12)


def test_without_positions_a_transformer_sees_a_bag_of_symbols_and_with_them_an_order() -> None:
    tokens = torch.tensor([[0, 1, 2, 3], [2, 1, 0, 3]])
    for positions in ("none", "learned", "sinusoidal", "alibi", "rotary"):
        logits, _ = Transformer(4, 2, positions=positions)(tokens)  # type: ignore[arg-type]
        assert torch.allclose(logits[0, -1], logits[1, -1], atol=1e-6) == (positions == "none")


def test_learned_positions_end() -> None:
    model = Transformer(2, 2, positions="learned", longest=6)
    _, state = model(torch.zeros(1, 6, dtype=torch.int64))
    text = (
        "position 7 of a transformer that learned 6: expected shorter words, "
        "or --set longest=N when it is trained"
    )
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        model(torch.zeros(1, 1, dtype=torch.int64), state)
    text = "rotary positions on 3 channels a head: expected an even number, which turn in pairs"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        Transformer(2, 2, width=6, heads=2)


@pytest.mark.parametrize("depth", [0, 3])
def test_a_stack_that_acts_surely_is_a_list(depth: int) -> None:
    layer: Any = StackLayer(5, cells=2, depth=depth).double()
    moves, values = sure(layer)
    _, state = layer(moves)
    stack: list[float] = []
    for move, value in zip(moves[0].argmax(-1).tolist(), values, strict=True):
        stack = [value, *stack] if move == 0 else stack[1:] if move == 1 else stack
        stack = stack[: depth or None]
    found = state["stack"][0].detach().numpy()
    expected = np.zeros_like(found)
    expected[: len(stack)] = np.array(stack).reshape(-1, 1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("size", [0, 4])
def test_a_tape_that_acts_surely_is_a_list_with_a_place(size: int) -> None:
    layer: Any = TapeLayer(5, cells=2, size=size).double()
    moves, values = sure(layer)
    _, state = layer(moves)
    tape: dict[int, float] = {}
    place = 0
    for move, value in zip(moves[0].argmax(-1).tolist(), values, strict=True):
        tape[place] = value
        place += (0, -1, 1)[move]
        place = place % size if size else place
    found = state["tape"][0].detach().numpy()
    head = len(found) // 2
    for i, cell in enumerate(found):
        at = (place + i - head) % size if size else place + i - head
        np.testing.assert_allclose(cell, tape.get(at, 0.0), atol=1e-6)


def sure(layer: Any) -> tuple[Tensor, list[float]]:
    """Make a layer do what its input says: channel 0, 1 or 2 the move, channel 3 the value; no recurrence."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.enter.weight.copy_(torch.eye(5))
        layer.act.weight[:, :3] = 60 * torch.eye(3)
        layer.value.weight[:, 3] = 1.0
    generator = torch.Generator().manual_seed(4)
    moves = torch.nn.functional.one_hot(torch.randint(0, 3, (25,), generator=generator), 5).double()
    moves[:, 3] = 0.9 * torch.rand(25, generator=generator)
    return moves.unsqueeze(0), torch.tanh(moves[:, 3]).tolist()


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda: StackLayer(4, depth=-1),
            "depth is -1: expected a whole number of at least 1, or 0 for no bound",
        ),
        (
            lambda: TapeLayer(4, size=-2),
            "size is -2: expected a whole number of at least 1, or 0 for no bound",
        ),
        (lambda: WaveLayer(4, columns=0), "columns is 0: expected a whole number of at least 1"),
    ],
)
def test_sizes_that_cannot_be(build: Any, text: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        build()
