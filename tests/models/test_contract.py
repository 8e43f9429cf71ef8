"""What every model of the zoo promises, whatever it computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from krohn.kernels import parse_format
from krohn.models.layers import run
from krohn.models.mlp import GatedMLP
from krohn.models.zoo import build_model, carries_state, entry, models, size_of

INPUTS, OUTPUTS = 3, 5

ZOO: dict[str, tuple[str, dict[str, Any]]] = {
    "aussm": ("aussm", {}),
    "aussm-rotor": ("aussm", {"drive": False}),
    "aussm-bare": ("aussm", {"convolution": False, "width": 5, "modes": 3}),
    "aussm-rotor-bare": ("aussm", {"convolution": False, "drive": False, "width": 2, "modes": 1}),
    "aussm-deep": ("aussm", {"layers": "a|f|a", "width": 6, "modes": 2}),
    "aussm-mixed": ("aussm", {"layers": "m|a|l", "width": 7}),
    "mamba": ("mamba", {}),
    "mamba-wide": ("mamba", {"width": 17, "modes": 3}),  # a step of rank 2
    "mamba-deep": ("mamba", {"layers": "m|f|m", "width": 2, "modes": 1}),
    "aussm-low-rank": ("aussm", {"projection": "low-rank", "rank": 2, "scale_phase": True}),
    "aussm-per-head": ("aussm", {"projection": "per-head", "heads": 2, "width": 6, "learned_start": False}),
    "aussm-lattice": ("aussm", {"drive": False, "phase_lattice": 6}),
    "aussm-mamba": ("aussm-mamba", {}),
    "mamba-signed": ("mamba", {"signed": True, "norm": False}),
    "rnn": ("rnn", {}),
    "elman": ("elman", {}),
    "gru": ("gru", {}),
    "wave": ("wave", {"columns": 11}),  # what it was told first comes back at token 12
    "wave-attention": ("wave", {"boundary": "attention", "columns": 5}),
    "lru": ("lru", {}),
    "s4d": ("s4d", {"width": 5, "modes": 3}),
    "deltanet": ("deltanet", {"heads": 2}),
    "deltaproduct": ("deltaproduct", {"layers": "d|f|d"}),
    "slstm": ("slstm", {"heads": 2}),
    "transformer": ("transformer", {"layers": "t|f|t"}),
    "transformer-none": ("transformer", {"positions": "none"}),
    "transformer-learned": ("transformer", {"positions": "learned"}),
    "transformer-sinusoidal": ("transformer", {"positions": "sinusoidal", "width": 6, "heads": 3}),
    "transformer-alibi": ("transformer", {"positions": "alibi"}),
    "stack-rnn": ("stack-rnn", {}),
    "stack-rnn-bounded": ("stack-rnn", {"depth": 4, "norm": False}),
    "tape-rnn": ("tape-rnn", {}),
    "tape-rnn-bounded": ("tape-rnn", {"size": 6}),
    "lstm": ("lstm", {}),
    "lstm-deep": ("lstm", {"layers": "|".join("l" * 12), "width": 3}),  # layer 1 beside layers 10 and 11
}
GROWS = {kind for kind in ZOO if kind.startswith(("transformer", "stack", "tape"))} - {
    "stack-rnn-bounded",
    "tape-rnn-bounded",
}
TINY: dict[str, Any] = {"width": 4, "modes": 2, "columns": 3, "cells": 2, "heads": 2, "longest": 8}
NARROW = {"bf16": torch.bfloat16, "fp16": torch.float16}


def build(kind: str, seed: int = 0) -> nn.Module:
    name, config = ZOO[kind]
    return build_model(name, INPUTS, OUTPUTS, config, seed)


def draw(B: int, L: int, seed: int = 1) -> Tensor:
    return torch.randint(0, INPUTS, (B, L), generator=torch.Generator().manual_seed(seed))


def in_pieces(model: Callable[..., Any], tokens: Tensor, size: int) -> tuple[Tensor, dict[str, Tensor]]:
    state: dict[str, Tensor] | None = None
    seen = []
    for begin in range(0, tokens.shape[1], size):
        logits, state = model(tokens[:, begin : begin + size], state)
        seen.append(logits)
    assert state is not None
    return torch.cat(seen, 1), state


def test_every_model_of_the_zoo_is_here() -> None:
    ours = {found.name for found in models() if found.build.__module__.startswith("krohn.models.")}
    assert ours == {name for name, _ in ZOO.values()}


@pytest.mark.parametrize("kind", ZOO)
@pytest.mark.parametrize("L", [1, 2, 63])
def test_logits_come_with_a_state_whose_size_is_the_same_at_any_length(kind: str, L: int) -> None:
    model = build(kind)
    _, one = model(draw(2, 1))
    logits, state = model(draw(2, L))
    assert logits.shape == (2, L, OUTPUTS)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()
    same = [name for name in state if state[name].shape == one[name].shape]
    assert (len(same) == len(one)) == (kind not in GROWS or L == 1)
    assert {name: value.dtype for name, value in state.items()} == {
        name: value.dtype for name, value in one.items()
    }
    layers: Any = build(kind).get_submodule("layers") if kind != "elman" else []
    holders = {str(i) for i, layer in enumerate(layers) if not isinstance(layer, GatedMLP)}
    assert {name.split(".")[0] for name in state if "." in name} == holders


@pytest.mark.parametrize("kind", ZOO)
def test_a_step_carries_as_many_bits_as_size_of_says(kind: str) -> None:
    model = build(kind)
    _, state = model(draw(1, 1))
    bits = sum(8 * value.numel() * value.element_size() for value in state.values())
    assert size_of(model) == (sum(value.numel() for value in model.parameters()), bits)
    assert carries_state(model)


@pytest.mark.parametrize("kind", ZOO)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_pieces_give_the_same_logits(kind: str, size: int) -> None:
    model, tokens = build(kind).eval(), draw(3, 100)
    with torch.no_grad():
        whole, last = model(tokens)
        pieces, state = in_pieces(model, tokens, size)
    torch.testing.assert_close(pieces, whole, rtol=1e-4, atol=1e-5)
    for name, value in last.items():
        if value.is_floating_point():
            torch.testing.assert_close(state[name], value, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ZOO)
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.sets(st.integers(1, 29)))
def test_random_splits_give_the_same_logits(kind: str, seed: int, cuts: set[int]) -> None:
    # In double precision: a few draws of an attention boundary are chaotic, and what float32 rounds off grows.
    model, tokens = build(kind, seed).double(), draw(2, 30, seed)
    state, seen = None, []
    with torch.no_grad():
        for piece in tokens.tensor_split(sorted(cuts), 1):
            logits, state = model(piece, state)
            seen.append(logits)
        torch.testing.assert_close(torch.cat(seen, 1), model(tokens)[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ZOO)
def test_no_logit_sees_a_later_token(kind: str) -> None:
    model, tokens = build(kind), draw(2, 21)
    with torch.no_grad():
        before, _ = model(tokens)
        for t in (0, 10, 20):
            changed = tokens.clone()
            changed[:, t] = (changed[:, t] + 1) % INPUTS
            after, _ = model(changed)
            assert torch.equal(after[:, :t], before[:, :t])
            assert not torch.allclose(after[:, t], before[:, t])


@pytest.mark.parametrize("kind", ZOO)
def test_a_model_remembers_its_first_token(kind: str) -> None:
    # In double precision, where what little is left of a token after ten steps is still far from noise; ten
    # steps are beyond the four taps of a convolution, so that the state itself is what remembers.
    model, tokens = build(kind).double(), draw(2, 12)
    changed = tokens.clone()
    changed[:, 0] = (changed[:, 0] + 1) % INPUTS
    with torch.no_grad():
        off = (model(changed)[0] - model(tokens)[0])[:, -1].abs().amax(-1)
    assert (off > 1e-12).all()


@pytest.mark.parametrize("kind", ZOO)
def test_words_of_a_batch_do_not_meet(kind: str) -> None:
    model, tokens = build(kind), draw(5, 33)
    with torch.no_grad():
        together, state = model(tokens)
        for i in range(5):
            alone, own = model(tokens[i : i + 1])
            torch.testing.assert_close(alone[0], together[i], rtol=1e-4, atol=1e-5)
            assert {name: value.shape[0] for name, value in own.items()} == dict.fromkeys(own, 1)
    assert all(value.shape[0] == 5 for value in state.values())


@pytest.mark.parametrize("kind", ZOO)
def test_weights_saved_and_loaded_give_the_same_bits(kind: str, tmp_path: Path) -> None:
    model, tokens = build(kind), draw(2, 20)
    path = tmp_path / "weights.safetensors"
    save_file(model.state_dict(), path)
    other = build(kind, seed=1)
    with torch.no_grad():
        assert not torch.equal(other(tokens)[0], model(tokens)[0])
        other.load_state_dict(load_file(path))
        assert torch.equal(other(tokens)[0], model(tokens)[0])


@pytest.mark.parametrize("kind", ZOO)
def test_every_parameter_gets_a_gradient(kind: str) -> None:
    model = build(kind)
    logits, _ = model(draw(4, 30))
    nn.functional.cross_entropy(logits.flatten(0, 1), draw(4, 30, seed=2).flatten()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("kind", ZOO)
def test_the_seed_alone_decides_the_weights(kind: str) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = build(kind, seed=3).state_dict()
    # Building draws nothing from the stream that all else draws from.
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    again, other = build(kind, seed=3).state_dict(), build(kind, seed=4).state_dict()
    assert first.keys() == again.keys() == other.keys()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("kind", ZOO)
def test_double_precision_runs_the_same_weights(kind: str) -> None:
    model, tokens = build(kind), draw(2, 40)
    with torch.no_grad():
        single, _ = model(tokens)
        double, state = model.double()(tokens)
    assert double.dtype == torch.float64
    assert torch.float32 not in {value.dtype for value in state.values()}
    torch.testing.assert_close(single, double.float(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ZOO)
def test_rounding_to_the_models_own_format_changes_nothing(kind: str) -> None:
    # fp32 rounds nothing in a float32 model, however the rounded path goes about it.
    model, tokens = build(kind), draw(2, 40)
    with torch.no_grad():
        plain, _ = model(tokens)
        rounded, _ = run(model, tokens, None, parse_format("fp32"))
    torch.testing.assert_close(rounded, plain, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ZOO)
@pytest.mark.parametrize("name", NARROW)
def test_a_rounded_state_holds_values_of_the_format_only(kind: str, name: str) -> None:
    model, tokens = build(kind), draw(2, 20)
    rounding = parse_format(name)
    with torch.no_grad():
        plain, _ = model(tokens)
        logits, state = run(model, tokens, None, rounding)
        pieces, _ = in_pieces(lambda piece, state: run(model, piece, state, rounding), tokens, 7)
    # The window of a convolution is what was seen, not a state that recurs.
    recurrent = {key: value for key, value in state.items() if not key.endswith((".window", ".phase"))}
    assert recurrent
    for value in recurrent.values():
        assert not value.is_floating_point() or torch.equal(value, value.to(NARROW[name]).float())
    assert not torch.equal(logits, plain)
    # It disturbs the logits without wrecking them, and in the same way in any pieces.
    assert (logits - plain).abs().max() < 0.5
    torch.testing.assert_close(pieces, logits, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("kind", ZOO)
def test_gradients_are_those_of_finite_differences(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KROHN_KERNELS", "reference")
    name, config = ZOO[kind]
    tiny = {key: value for key, value in TINY.items() if key in entry(name).config.model_fields}
    if config.get("phase_lattice"):  # on a lattice the map has steps, and the gradient is that of the line
        pytest.skip("the map has steps")
    model = build_model(name, INPUTS, OUTPUTS, {**config, **tiny}, seed=0).double()
    names, weights = zip(*model.named_parameters(), strict=True)
    tokens = draw(2, 6)

    def logits(*values: Tensor) -> Tensor:
        found = torch.func.functional_call(model, dict(zip(names, values, strict=True)), tokens)
        return found[0]  # type: ignore[no-any-return]

    # Steps of 1e-4: phases are whole multiples of 2^-32 turn, beside which 1e-6 is not large.
    assert torch.autograd.gradcheck(logits, weights, eps=1e-4, atol=1e-4, rtol=1e-3, fast_mode=True)


@pytest.mark.parametrize("kind", [name for name in ZOO if name == ZOO[name][0]])
def test_a_compiled_model_says_the_same(kind: str) -> None:
    torch._dynamo.reset()
    model, tokens = build(kind), draw(2, 6)
    compiled = torch.compile(model, backend="aot_eager")
    with torch.no_grad():
        torch.testing.assert_close(compiled(tokens)[0], model(tokens)[0], rtol=1e-4, atol=1e-5)
