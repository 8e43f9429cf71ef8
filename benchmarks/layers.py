"""krohn bench layers: training tokens a second and memory a token of every model, beside nn.LSTM of its width."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..models.zoo import build_model, models
from . import seeds
from .measure import Row, keep_heap, peak_bytes, seconds

B, L, WIDTH, SYMBOLS = 32, 64, 64, 8
LSTM = f"nn.LSTM({WIDTH})"
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "aussm per-head": ("aussm", {"modes": 16, "projection": "per-head"}),
    "aussm low-rank": ("aussm", {"modes": 16, "projection": "low-rank"}),
    "aussm dense": ("aussm", {"modes": 16}),
    "aussm rotor per-head": ("aussm", {"modes": 16, "projection": "per-head", "drive": False}),
    "wave attention": ("wave", {"boundary": "attention"}),
}


class _Plain(nn.Module):
    """What a user would write: embedding, nn.LSTM, head."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, WIDTH)
        self.cell = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, SYMBOLS)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.cell(self.embedding(tokens))[0])  # type: ignore[no-any-return]


def rows() -> list[Row]:
    """Measure one training step of B words of L tokens on one thread, by the time of the process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    keep_heap()
    try:
        return [*_rows(), *seeds.rows()]
    finally:
        torch.set_num_threads(before)


def _rows() -> list[Row]:
    torch.manual_seed(0)
    zoo = {LSTM: _Plain()} | {name: _built(*kind) for name, kind in _kinds().items()}
    steps = {name: _step(model) for name, model in zoo.items()}
    times = seconds(steps, rounds=5, clock=time.process_time)
    kept = {name: _kept(model) / (B * L) for name, model in zoo.items()}
    peaks = {name: peak_bytes(step) for name, step in steps.items()}
    found = []
    for name in zoo:
        if name == LSTM:
            continue
        rate = times[LSTM] / times[name]
        found.append(Row(name, "tokens_per_second", B * L / times[name], "tok/s", LSTM, rate))
        found.append(Row(name, "kept_bytes_per_token", kept[name], "B", LSTM, kept[name] / kept[LSTM]))
        peak, other = peaks[name], peaks[LSTM]
        if peak is not None:
            ratio = peak / other if other else None
            reason = None if ratio else "nn.LSTM took no more than it held"
            found.append(Row(name, "peak_bytes_per_token", peak / (B * L), "B", LSTM, ratio, reason))
    return found


def _kinds() -> dict[str, tuple[str, dict[str, Any]]]:
    ours = [found.name for found in models() if found.build.__module__.startswith("krohn.")]
    return {name: (name, {}) for name in ours if name != "aussm"} | VARIANTS


def _built(name: str, settings: dict[str, Any]) -> nn.Module:
    return build_model(name, SYMBOLS, SYMBOLS, {"width": WIDTH, **settings}, seed=0)


def _loss(model: nn.Module) -> Tensor:
    tokens = torch.arange(B * L).view(B, L) % SYMBOLS
    out = model(tokens)
    logits = out[0] if isinstance(out, tuple) else out
    return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())


def _step(model: nn.Module) -> Callable[[], object]:
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step() -> None:
        optimiser.zero_grad()
        _loss(model).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def _kept(model: nn.Module) -> int:
    """Return the bytes that a forward pass keeps for its backward pass, weights excepted."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    sizes: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = _loss(model)
    del loss
    return sum(sizes.values())
