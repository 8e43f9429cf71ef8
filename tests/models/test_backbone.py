"""The backbone: norms, residuals, the order of layers, and layers of a user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from krohn.errors import RequestError
from krohn.kernels import parse_format
from krohn.models.backbone import Backbone
from krohn.models.convolution import CausalConvolution
from krohn.models.layers import LAYERS, parse_layers, register_layer, run
from krohn.models.mlp import GatedMLP


class RunningSum(nn.Module):
    """A user's layer: adds up what it sees, and counts the tokens of every call."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor, state: dict[str, Tensor] | None = None) -> Any:
        before = state or {"sum": x.new_zeros(x.shape[0], self.width), "calls": torch.tensor([2**24])}
        total = before["sum"].unsqueeze(1) + x.cumsum(1)
        return total, {"sum": total[:, -1], "calls": before["calls"] + 1}


class Shift(nn.Module):
    """A user's layer without a state: y = 2 x + 1."""

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, state: dict[str, Tensor] | None = None) -> Any:
        return 2 * x + 1, {}


class Handles(nn.Module):
    """A user's layer that says it rounds: it puts out which format it was given."""

    rounds = True

    def __init__(self, width: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, state: Any = None, rounding: Any = None) -> Any:
        return torch.full_like(x, 0.0 if rounding is None else 1.0), {}


@pytest.fixture
def letters() -> Iterator[None]:
    mine = {"S": RunningSum, "T": Shift, "H": Handles}
    for letter, layer in mine.items():
        register_layer(letter)(layer)
    yield
    for letter in mine:
        del LAYERS[letter]


def normed(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * weight


def scattered(model: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


@pytest.mark.parametrize("layers", ["T", "S", "T|S", "S|T", "S|S|T"])
@pytest.mark.usefixtures("letters")
def test_every_layer_adds_to_the_stream_what_it_makes_of_the_normed_stream(layers: str) -> None:
    model = scattered(Backbone(4, 3, 5, layers)).double()
    weights: Any = {name: value.numpy() for name, value in model.state_dict().items()}
    tokens = torch.randint(0, 4, (2, 9), generator=torch.Generator().manual_seed(1))
    x = weights["embedding.weight"][tokens.numpy()]
    for i, letter in enumerate(layers.split("|")):
        u = normed(x, weights[f"norms.{i}.weight"])
        x = x + (2 * u + 1 if letter == "T" else u.cumsum(1))
    logits = normed(x, weights["norm.weight"]) @ weights["head.weight"].T + weights["head.bias"]
    found, state = model(tokens)
    np.testing.assert_allclose(found.detach().numpy(), logits, rtol=1e-10, atol=1e-10)
    sums = [i for i, letter in enumerate(layers.split("|")) if letter == "S"]
    assert state.keys() == {f"{i}.{name}" for i in sums for name in ("sum", "calls")}


@pytest.mark.usefixtures("letters")
def test_every_layer_gets_its_own_part_of_the_state() -> None:
    # Twelve layers: the state of layer 1 is not that of layers 10 and 11.
    model = scattered(Backbone(4, 3, 5, "|".join("S" * 12))).double()
    tokens = torch.randint(0, 4, (2, 9), generator=torch.Generator().manual_seed(1))
    whole, _ = model(tokens)
    first, state = model(tokens[:, :4])
    assert len(state) == 24
    rest, state = model(tokens[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, rest], 1), whole)
    assert all(state[f"{i}.calls"].item() == 2**24 + 2 for i in range(12))


@pytest.mark.usefixtures("letters")
def test_a_layer_that_knows_nothing_of_rounding_is_rounded_between_tokens() -> None:
    layer, x = RunningSum(1), torch.ones(1, 300, 1)
    y, state = run(layer, x, None, parse_format("bf16"))
    # 256 + 1 goes back to 256 in eight significant bits; the output is seen before it is rounded.
    assert y.flatten().tolist() == [min(t, 257) for t in range(1, 301)]
    assert state["sum"].item() == 256
    # Whole numbers are no floating-point state: 2^24 and a few hundred would not survive bf16.
    assert state["calls"].item() == 2**24 + 300
    y, state = run(layer, x)
    assert y[0, -1].item() == 300
    assert state["calls"].item() == 2**24 + 1
    first, state = run(layer, x[:, :100], None, parse_format("bf16"))
    rest, _ = run(layer, x[:, 100:], state, parse_format("bf16"))
    assert torch.cat([first, rest], 1).flatten().tolist() == [min(t, 257) for t in range(1, 301)]


@pytest.mark.usefixtures("letters")
def test_a_layer_that_rounds_by_itself_is_given_the_format() -> None:
    model = scattered(Backbone(2, 2, 3, "H"))
    tokens = torch.zeros(1, 4, dtype=torch.int64)
    x = model.get_parameter("embedding.weight")[tokens]
    for rounding, added in ((None, 0), (parse_format("bf16"), 1)):
        logits, _ = model(tokens, None, rounding)
        expected = F.linear(
            F.rms_norm(x + added, (3,), model.get_parameter("norm.weight"), 1e-5),
            model.get_parameter("head.weight"),
            model.get_parameter("head.bias"),
        )
        torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize("taps", [1, 2, 4])
@pytest.mark.parametrize("L", [1, 2, 3, 63])
def test_the_convolution_agrees_with_torchs(taps: int, L: int) -> None:
    layer = CausalConvolution(5, taps)
    x = torch.randn(2, L, 5, generator=torch.Generator().manual_seed(L)).requires_grad_()
    y, window = layer(x)
    padded = F.pad(x.transpose(1, 2), (taps - 1, 0))
    expected = layer.kernel(padded).transpose(1, 2)
    torch.testing.assert_close(y, expected)
    assert torch.equal(window, F.pad(x, (0, 0, taps - 1, 0))[:, L:])
    weight = torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    inputs = [x, *layer.parameters()]
    for a, b in zip(
        torch.autograd.grad((y * weight).sum(), inputs),
        torch.autograd.grad((expected * weight).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_the_gated_mlp_is_what_its_formula_says() -> None:
    layer = GatedMLP(5)
    x = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(1))
    y, state = layer(x)
    gate, value = (part.detach().double().numpy() for part in layer.enter.weight.split([10, 10]))
    u = x.double().numpy()
    opened = (u @ gate.T) / (1 + np.exp(-(u @ gate.T)))
    expected = (opened * (u @ value.T)) @ layer.leave.weight.detach().double().numpy().T
    np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-6)
    assert state == {}


@pytest.mark.parametrize(
    ("layers", "letter", "near"),
    [
        ("a|x", "x", None),
        ("A", "A", "a"),
        ("", "", None),
        ("a||f", "", None),
        ("af", "af", "f"),
        ("a | f", "a ", "a"),
    ],
)
def test_an_unknown_letter_is_answered_with_those_there_are(
    layers: str, letter: str, near: str | None
) -> None:
    text = f"unknown letter in layers {layers!r}: {letter!r}: expected one of a, d, f, g, h, k, l, m, p, r, s, t, u, w"
    text += f"; did you mean {near!r}?" if near else ""
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        parse_layers(layers)


@pytest.mark.parametrize("letter", ["", "ab", "|"])
def test_a_layer_is_called_by_one_letter(letter: str) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(f'layer {letter!r}: expected one letter')}$"):
        register_layer(letter)(Shift)


@pytest.mark.parametrize("letter", ["a", "f", "l", "m"])
def test_a_letter_that_is_taken_stays_what_it_is(letter: str) -> None:
    before = LAYERS[letter]
    text = f"layer {letter!r} is registered already: expected a letter that is free"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        register_layer(letter)(Shift)
    assert LAYERS[letter] is before


@pytest.mark.parametrize(
    ("name", "value", "sizes"),
    [("inputs", 0, (0, 2, 3)), ("outputs", -1, (2, -1, 3)), ("width", 0, (2, 2, 0))],
)
def test_sizes_are_at_least_one(name: str, value: int, sizes: tuple[int, int, int]) -> None:
    text = f"{name} is {value}: expected a whole number of at least 1"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        Backbone(*sizes, "f")


@pytest.mark.parametrize("shape", [(3,), (2, 0), (1, 2, 3)])
def test_tokens_are_a_batch_of_words(shape: tuple[int, ...]) -> None:
    text = f"tokens have shape {shape}: expected (B, L) with L at least 1"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        Backbone(2, 2, 3, "f")(torch.zeros(shape, dtype=torch.int64))
