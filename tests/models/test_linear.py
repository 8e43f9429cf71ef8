"""LRU, S4D and DeltaNet, against loops of their papers' equations in float64."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from krohn.errors import RequestError
from krohn.models.deltanet import DeltaLayer, DeltaNet
from krohn.models.lru import LRULayer
from krohn.models.s4d import S4DLayer


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def weights_of(layer: nn.Module) -> dict[str, Any]:
    return {name: value.numpy() for name, value in layer.state_dict().items()}


def gated(y: np.ndarray, w: dict[str, Any]) -> np.ndarray:
    gelu = nn.functional.gelu(torch.from_numpy(y)).numpy()
    value, gate = np.split(gelu @ w["leave.weight"].T + w["leave.bias"], 2, axis=-1)
    return value / (1 + np.exp(-gate))


@pytest.mark.parametrize(("width", "modes", "L"), [(1, 1, 1), (5, 7, 40), (8, 3, 200)])
def test_lru_agrees_with_its_equations(width: int, modes: int, L: int) -> None:
    torch.manual_seed(L)
    layer = LRULayer(width, modes).double()
    x, w = drawn(2, L, width), weights_of(layer)
    eigenvalues = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    B, C = (w[name][0] + 1j * w[name][1] for name in ("B", "C"))
    h, seen = np.zeros((2, modes), complex), []
    for u in x.numpy().swapaxes(0, 1):
        h = eigenvalues * h + np.exp(w["gamma"]) * (u @ B.T)
        seen.append((h @ C.T).real + w["skip"] * u)
    found = layer(x)[0].detach().numpy()
    np.testing.assert_allclose(found, gated(np.stack(seen, 1), w), rtol=1e-9, atol=1e-9)


def test_eigenvalues_of_lru_start_in_the_ring_and_its_states_with_unit_variance() -> None:
    torch.manual_seed(0)
    layer = LRULayer(64, 4000, least=0.5, most=0.9).double()
    modulus = layer.eigenvalues().detach().norm(dim=-1)
    assert modulus.min() > 0.5 - 1e-6
    assert modulus.max() < 0.9 + 1e-6
    # Uniform over the area: squares are uniform.
    assert (modulus**2).mean().item() == pytest.approx((0.25 + 0.81) / 2, abs=0.01)
    # γ makes white noise come out of every mode as strong as it goes in: 1, B having variance 1 / D in all.
    _, state = LRULayer.forward(layer, drawn(8, 400, 64))
    assert state["h"].square().sum(-1).mean().item() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("width", "modes", "L"), [(1, 1, 1), (5, 7, 40), (3, 2, 200)])
def test_s4d_agrees_with_its_equations(width: int, modes: int, L: int) -> None:
    torch.manual_seed(L)
    layer = S4DLayer(width, modes).double()
    with torch.no_grad():
        layer.decay.add_(0.3 * drawn(width, modes))
    x, w = drawn(2, L, width), weights_of(layer)
    A = -np.exp(w["decay"]) + 1j * w["frequency"]
    turn = np.exp(A * np.exp(w["step"])[:, None])
    C = w["C"][..., 0] + 1j * w["C"][..., 1]
    h, seen = np.zeros((2, width, modes), complex), []
    for u in x.numpy().swapaxes(0, 1):
        h = turn * h + (turn - 1) / A * u[..., None]
        seen.append(2 * (C * h).real.sum(-1) + w["skip"] * u)
    found = layer(x)[0].detach().numpy()
    np.testing.assert_allclose(found, gated(np.stack(seen, 1), w), rtol=1e-9, atol=1e-9)


def test_s4d_starts_from_s4d_lin() -> None:
    torch.manual_seed(0)
    layer = S4DLayer(500, 4)
    A = torch.complex(-torch.exp(layer.decay), layer.frequency).detach()
    torch.testing.assert_close(
        A, torch.complex(torch.tensor(-0.5), torch.pi * torch.arange(4.0)).expand(500, 4)
    )
    step = torch.exp(layer.step.detach())
    assert step.min() > 1e-3 * (1 - 1e-4)
    assert step.max() < 1e-1 * (1 + 1e-4)
    assert step.log10().mean().item() == pytest.approx(-2, abs=0.08)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("heads", "reflections"), [(1, 1), (2, 1), (2, 3)])
def test_the_delta_rule_is_a_product_of_matrices(signed: bool, heads: int, reflections: int) -> None:
    torch.manual_seed(0)
    D, H, J = 6, heads, reflections
    K = D // H
    layer: Any = DeltaLayer(D, H, J, signed).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape))
    x, w = drawn(1, 15, D), weights_of(layer)
    entered = np.concatenate([np.zeros((3, D * (1 + 2 * J))), x[0].numpy() @ w["enter.weight"].T])
    taps = w["convolution.kernel.weight"][:, 0]
    S, seen = np.zeros((H, K, K)), []
    for t in range(15):
        u = w["convolution.kernel.bias"] + sum(taps[:, k] * entered[t + k] for k in range(4))
        u = u / (1 + np.exp(-u))
        q, keys, values = (
            u[:D].reshape(H, K),
            u[D : D + J * D].reshape(H, J, K),
            u[D + J * D :].reshape(H, J, K),
        )
        beta = 1 / (1 + np.exp(-(w["strength.weight"] @ x[0, t].numpy() + w["strength.bias"])))
        beta = beta.reshape(H, J) * (2 if signed else 1)
        y = np.zeros((H, K))
        for h in range(H):
            for j in range(J):
                k = keys[h, j] / np.linalg.norm(keys[h, j])
                factor = np.eye(K) - beta[h, j] * np.outer(k, k)
                S[h] = factor @ S[h] + beta[h, j] * np.outer(k, values[h, j])
            y[h] = S[h].T @ (q[h] / np.linalg.norm(q[h]))
        y = y / np.sqrt((y**2).mean(-1, keepdims=True) + 1e-5) * w["norm.weight"]
        seen.append(w["leave.weight"] @ y.reshape(D))
    found, state = layer(x)
    np.testing.assert_allclose(found[0].detach().numpy(), np.stack(seen), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(state["S"][0].detach().numpy(), S, rtol=1e-9, atol=1e-9)


def test_heads_divide_the_width() -> None:
    text = "heads is 5, width 16: expected heads that divide it, such as 4"
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        DeltaNet(2, 2, heads=5)
