"""RNN, GRU, Elman and sLSTM, against torch's cells and against their equations written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from krohn.models.elman import Elman
from krohn.models.gru import GRU, GRULayer
from krohn.models.rnn import RNN, RNNLayer
from krohn.models.slstm import SLSTMLayer


def scattered(module: nn.Module, seed: int = 3, scale: float = 1.0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    return module.double()


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize(
    "layer", [RNNLayer(5), RNNLayer(5, "relu"), GRULayer(5)], ids=["tanh", "relu", "gru"]
)
def test_a_layer_is_torchs_cell_stepped(layer: nn.Module) -> None:
    scattered(layer, scale=0.4)
    inner = layer.get_submodule("cell")
    weights = {name.removesuffix("_l0"): value for name, value in inner.state_dict().items()}
    if isinstance(inner, nn.GRU):
        cell: nn.RNNCellBase = nn.GRUCell(5, 5)
    else:
        assert isinstance(inner, nn.RNN)
        cell = nn.RNNCell(5, 5, nonlinearity=inner.nonlinearity)
    cell.double().load_state_dict(weights)
    x, h, seen = drawn(3, 20, 5), torch.zeros(3, 5, dtype=torch.float64), []
    for token in x.unbind(1):
        h = cell(token, h)
        seen.append(h)
    y, state = layer(x)
    torch.testing.assert_close(y, torch.stack(seen, 1), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(state["h"], h, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "torchs"), [(RNN, nn.RNN), (GRU, nn.GRU)])
def test_a_bare_model_is_torchs_network_between_embedding_and_head(kind: Any, torchs: Any) -> None:
    model = scattered(kind(4, 3, width=5, norm=False), scale=0.4)
    network = torchs(5, 5, batch_first=True).double()
    network.load_state_dict(model.get_submodule("layers.0.cell").state_dict())
    tokens = torch.randint(0, 4, (2, 30), generator=torch.Generator().manual_seed(2))
    x = model.get_submodule("embedding")(tokens)
    expected = model.get_submodule("head")(x + network(x)[0])
    torch.testing.assert_close(model(tokens)[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("nonlinearity", ["tanh", "none"])
@pytest.mark.parametrize("vectors", [False, True])
def test_an_elman_network_is_its_three_matrices(nonlinearity: Any, vectors: bool) -> None:
    model: Any = Elman(3, 2, width=6, nonlinearity=nonlinearity)
    if vectors:
        model.read_vectors()
    model = scattered(model, scale=0.3)
    assert all("bias" not in name for name, _ in model.named_parameters())
    enter, recur, leave = (getattr(model, n).weight.detach().numpy() for n in ("enter", "recur", "leave"))
    u = torch.eye(3, dtype=torch.float64)[torch.tensor([[0, 2, 1, 1, 0, 2]])]
    columns = enter.T if not vectors else enter
    h, seen = np.zeros(6), []
    for token in u[0].numpy():
        h = recur @ h + columns @ token
        h = np.tanh(h) if nonlinearity == "tanh" else h
        seen.append(leave @ h)
    found, _ = model(u if vectors else u.argmax(-1))
    np.testing.assert_allclose(found[0].detach().numpy(), np.stack(seen), rtol=1e-12, atol=1e-12)


def test_without_an_input_zero_is_a_fixed_point_of_an_elman_network() -> None:
    model: Any = Elman(3, 2)
    model.read_vectors()
    logits, state = model(torch.zeros(1, 5, 3))
    assert not logits.any()
    assert not state["h"].any()


@pytest.mark.parametrize("convolution", [False, True])
@pytest.mark.parametrize("heads", [1, 2])
def test_slstm_agrees_with_its_equations_without_the_stabiliser(convolution: bool, heads: int) -> None:
    # In float64 and few steps exp(ĩ) itself does not overflow: c, n as in equations (8) to (14) of the paper.
    D, K = 6, 6 // heads
    layer: Any = scattered(SLSTMLayer(D, heads, convolution), scale=0.5)
    x = drawn(2, 12, D)
    w = {name: value.numpy() for name, value in layer.state_dict().items()}
    sigma = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    found = layer(x)[0].detach().numpy()
    for word, right in zip(x.numpy(), found, strict=True):
        h = c = n = np.zeros(D)
        for t, token in enumerate(word):
            u = token
            if convolution:
                taps = w["convolution.kernel.weight"][:, 0]
                past = [word[t - 3 + k] if t - 3 + k >= 0 else np.zeros(D) for k in range(4)]
                u = w["convolution.kernel.bias"] + sum(taps[:, k] * past[k] for k in range(4))
                u = u * sigma(u)
            i, f = np.split(w["exponential.weight"] @ u + w["exponential.bias"], 2)
            z, o = np.split(w["plain.weight"] @ token + w["plain.bias"], 2)
            gates = np.stack([i, f, z, o])
            for head in range(heads):
                own = slice(head * K, (head + 1) * K)
                gates[:, own] += (h[own] @ w["mix"][head]).reshape(4, K)
            i, f, z, o = gates
            c = sigma(f) * c + np.exp(i) * np.tanh(z)
            n = sigma(f) * n + np.exp(i)
            h = sigma(o) * c / n
            groups = h.reshape(heads, K)
            y = (groups - groups.mean(1, keepdims=True)) / np.sqrt(groups.var(1, keepdims=True) + 1e-5)
            y = w["leave.weight"] @ (y.reshape(D) * w["norm.weight"] + w["norm.bias"])
            np.testing.assert_allclose(right[t], y, rtol=1e-9, atol=1e-9)


def test_slstm_stays_finite_where_exponential_gates_would_not() -> None:
    layer: Any = SLSTMLayer(4, convolution=False)
    with torch.no_grad():
        layer.exponential.bias[:4] = 200.0  # exp(200) is beyond float32
        y, state = layer(torch.randn(2, 50, 4, generator=torch.Generator().manual_seed(1)))
    assert y.isfinite().all()
    assert all(value.isfinite().all() for value in state.values())
