"""Mamba, against the slow path of transformers with the same weights; what it starts from."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import MambaConfig
from transformers.models.mamba.modeling_mamba import MambaMixer, MambaModel

from krohn.errors import RequestError
from krohn.kernels import parse_format
from krohn.models.mamba import Mamba, MambaLayer

# Our name of a tensor: theirs.
NAMES = {
    "enter.weight": "in_proj.weight",
    "convolution.kernel.weight": "conv1d.weight",
    "convolution.kernel.bias": "conv1d.bias",
    "select.weight": "x_proj.weight",
    "step.weight": "dt_proj.weight",
    "step.bias": "dt_proj.bias",
    "A_log": "A_log",
    "skip": "D",
    "leave.weight": "out_proj.weight",
}


def their_config(width: int, modes: int, layers: int = 1) -> Any:
    return MambaConfig(
        vocab_size=5,
        hidden_size=width,
        state_size=modes,
        num_hidden_layers=layers,
        conv_kernel=4,
        expand=2,
        time_step_rank=math.ceil(width / 16),
        hidden_act="silu",
        use_bias=False,
        use_conv_bias=True,
        layer_norm_epsilon=1e-5,
        use_cache=False,
    )


def scatter(layer: nn.Module, seed: int) -> None:
    """Move every weight off its initial value: constants would hide a mix-up of channels."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))


def copy(ours: nn.Module, theirs: nn.Module) -> None:
    weights = ours.state_dict()
    assert weights.keys() == NAMES.keys()
    theirs.load_state_dict({NAMES[name]: value for name, value in weights.items()})


def assert_near(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= 1e-5 * (1 + expected.abs().max())


@pytest.mark.parametrize(
    ("width", "modes", "L"), [(1, 1, 1), (5, 3, 2), (16, 16, 63), (17, 4, 9), (33, 2, 3), (8, 16, 100)]
)
def test_the_layer_agrees_with_transformers(width: int, modes: int, L: int) -> None:
    ours = MambaLayer(width, modes)
    scatter(ours, seed=L)
    theirs = MambaMixer(their_config(width, modes), 0).eval()
    copy(ours, theirs)
    generator = torch.Generator().manual_seed(width)
    x = torch.randn(3, L, width, generator=generator)
    weight = torch.randn(3, L, width, generator=generator)
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    y, _ = ours(mine)
    expected = theirs(other)
    assert_near(y, expected)
    (y * weight).sum().backward()
    (expected * weight).sum().backward()
    assert mine.grad is not None
    assert other.grad is not None
    assert_near(mine.grad, other.grad)
    found = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        right = found[NAMES[name]].grad
        assert parameter.grad is not None
        assert right is not None
        assert_near(parameter.grad, right)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.sets(st.integers(1, 19)))
def test_the_layer_in_pieces_agrees_with_transformers_in_one(seed: int, cuts: set[int]) -> None:
    ours = MambaLayer(6, 4)
    scatter(ours, seed)
    theirs = MambaMixer(their_config(6, 4), 0).eval()
    copy(ours, theirs)
    x = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(seed))
    state, seen = None, []
    with torch.no_grad():
        for piece in x.tensor_split(sorted(cuts), 1):
            y, state = ours(piece, state)
            seen.append(y)
        assert_near(torch.cat(seen, 1), theirs(x))


def test_the_whole_model_agrees_with_transformers() -> None:
    # Embedding, norms, residuals and their order besides the layers.
    ours = Mamba(5, 3, width=12, modes=4, layers="m|m|m")
    theirs = MambaModel(their_config(12, 4, layers=3)).eval()
    scatter(ours, seed=1)
    with torch.no_grad():
        theirs.embeddings.weight.copy_(ours.embedding.weight)
        theirs.norm_f.weight.copy_(ours.norm.weight)
        for mine, norm, block in zip(ours.layers, ours.norms, theirs.layers, strict=True):
            copy(mine, block.mixer)
            block.norm.weight.copy_(norm.weight)
        tokens = torch.randint(0, 5, (3, 30), generator=torch.Generator().manual_seed(2))
        hidden = theirs(input_ids=tokens).last_hidden_state
        assert_near(ours(tokens)[0], ours.head(hidden))


@pytest.mark.parametrize(("width", "modes"), [(1, 1), (16, 16), (17, 5), (64, 16)])
def test_what_a_layer_starts_from(width: int, modes: int) -> None:
    layer = MambaLayer(width, modes)
    inner = 2 * width
    A = -torch.exp(layer.A_log.detach())
    expected = -torch.arange(1.0, modes + 1).expand(inner, modes)
    torch.testing.assert_close(A, expected)
    assert torch.equal(layer.skip.detach(), torch.ones(inner))
    # The step of a token that says nothing: softplus of the bias, log-uniform between 1/1000 and 1/10.
    step = nn.functional.softplus(layer.step.bias.detach())
    assert (step > 1e-3 * (1 - 1e-4)).all()
    assert (step < 1e-1 * (1 + 1e-4)).all()
    rank = math.ceil(width / 16)
    assert layer.step.weight.shape == (inner, rank)
    assert layer.step.weight.abs().max() <= rank**-0.5
    assert layer.enter.bias is None
    assert layer.leave.bias is None


def test_first_steps_are_spread_evenly_over_their_logarithms() -> None:
    torch.manual_seed(0)
    drawn = nn.functional.softplus(MambaLayer(1000).step.bias.detach()).log10()
    # 2000 uniform draws between -3 and -1: the mean is off by 0.013, the variance by 0.7 %, one sigma.
    assert drawn.mean().item() == pytest.approx(-2, abs=0.06)
    assert drawn.var().item() == pytest.approx(4 / 12, abs=0.03)


def test_options_set_the_shapes() -> None:
    model = Mamba(2, 3, width=20, modes=5, layers="m|f|m")
    _, state = model(torch.zeros(4, 7, dtype=torch.int64))
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    assert shapes == {
        f"{i}.{name}": shape for i in (0, 2) for name, shape in (("h", (4, 40, 5)), ("window", (4, 3, 40)))
    }
    with pytest.raises(RequestError, match=re.escape("modes is 0: expected a whole number of at least 1")):
        Mamba(2, 3, modes=0)


def test_signed_eigenvalues_are_twice_the_usual_less_one() -> None:
    # Without skip and gate, h after one token from h = 1 shows the eigenvalue: 2 exp(-n Δ) - 1.
    layer = MambaLayer(4, 3, signed=True)
    x = torch.randn(2, 1, 4, generator=torch.Generator().manual_seed(1))
    window = torch.zeros(2, 3, 8)
    with torch.no_grad():
        zero, one = (layer(x, {"h": torch.full((2, 8, 3), h), "window": window})[1]["h"] for h in (0.0, 1.0))
        usual = MambaLayer(4, 3)
        usual.load_state_dict(layer.state_dict())
        low, high = (usual(x, {"h": torch.full((2, 8, 3), h), "window": window})[1]["h"] for h in (0.0, 1.0))
    assert_near(one - zero, 2 * (high - low) - 1)


def test_stochastic_rounding_does_not_depend_on_the_pieces() -> None:
    model = Mamba(2, 3, width=8, modes=4).double()
    tokens = torch.randint(0, 2, (2, 30), generator=torch.Generator().manual_seed(2))
    rounding = parse_format("e4m3", "stochastic", seed=4)
    with torch.no_grad():
        whole, _ = model(tokens, rounding=rounding)
        seen, state = [], None
        for piece in tokens.split([1, 7, 22], 1):
            logits, state = model(piece, state, rounding)
            seen.append(logits)
        torch.testing.assert_close(torch.cat(seen, 1), whole, rtol=1e-9, atol=1e-9)
        other, _ = model(tokens, rounding=parse_format("e4m3", "stochastic", seed=5))
    assert (other - whole).abs().max() > 1e-4
