"""A model run in a precision item, piece by piece."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import RequestError
from ..kernels.rounding import Format
from ..kernels.unitary.reference import from_state
from ..kernels.unitary.state import lattice_of
from ..models.layers import State, run
from .precision import PrecisionItem

TOKENS = 4096
"""Tokens fed at a time to a model that carries a state: few, so that what is made of them stays in the cache."""


@dataclass(frozen=True)
class _AtStep(Format):
    """A format that knows the number of the step, for layers that are rounded from without."""

    step: int = 0

    def __call__(self, values: Tensor, step: int | None = None) -> Tensor:
        return super().__call__(values, self.step if step is None else step)

    def constants(self, dtype: torch.dtype) -> Any:
        return _plain(self).constants(dtype)


def _plain(format: Format) -> Format:
    return Format(format.name, format.kind, format.bits, format.mode, format.overflow, format.seed)


class Runner:
    """A model prepared for an item; the model that was given stays as it is.

    Parameters
    ----------
    model : nn.Module
        In evaluation mode.
    item : PrecisionItem
    device : str
    whole : bool
        Whether the model takes whole words only.
    tokens : int, optional
        Fed at a time; by default as many as stay in the cache.

    Raises
    ------
    RequestError
        Where the model lacks what the item names.
    """

    def __init__(
        self, model: nn.Module, item: PrecisionItem, device: str, whole: bool, tokens: int | None = None
    ) -> None:
        if whole and item.rounding is not None:
            raise RequestError(
                f"precision {item.text!r}: this model carries no state to round: "
                "expected forward(tokens, state=None) -> (logits, state), or one of fp32, fp64"
            )
        if item.rounding is not None and item.tree and not getattr(model, "associative", False):
            raise RequestError(
                f"precision {item.text!r} in order {item.order}: this model's steps cannot be composed in a tree: "
                "expected layers with a diagonal linear recurrence, such as aussm, lru, mamba or s4d, or another order"
            )
        changed = [item.of(target) for target in ("phase", "weights", "activations")]
        if item.double or any(changed):
            model = copy.deepcopy(model)
        self.item, self.whole, self.device = item, whole, device
        self.tokens, self.step, self.row = tokens, 0, 0
        self.model = (model.double() if item.double else model).to(device)
        self._set_phases(item.of("phase"))
        self._round_weights(item.of("weights"))
        self._hook(item.of("activations"))

    def _set_phases(self, found: Format | None) -> None:
        if found is None:
            return
        layers = [module for module in self.model.modules() if hasattr(module, "phase_lattice")]
        if not layers:
            raise RequestError(
                f"precision {self.item.text!r}: this model has no phases: "
                "expected a model with unitary layers, such as aussm"
            )
        for layer in layers:
            layer.phase_lattice = found.bits[0]  # type: ignore[assignment]

    def _round_weights(self, found: Format | None) -> None:
        if found is None:
            return
        with torch.no_grad():
            for number, parameter in enumerate(self.model.parameters()):
                if parameter.is_floating_point():
                    parameter.copy_(found(parameter, number))

    def _hook(self, found: Format | None) -> None:
        if found is None:
            return

        def rounded(value: Any) -> Any:
            if not isinstance(value, Tensor) or not value.is_floating_point():
                return value
            drawn = self._drawn(found)
            assert drawn is not None
            return drawn(value, self.step)

        def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
            return (rounded(output[0]), *output[1:]) if isinstance(output, tuple) else rounded(output)

        for name, module in self.model.named_modules():
            if name:
                module.register_forward_hook(hook)

    def begin(self, first: int, count: int) -> int | None:
        """Begin with words `first` to `first + count - 1`; return how many tokens to feed at a time, None for all."""
        self.row = first
        if self.whole:
            return None
        if self.item.chunk and self.item.rounding is not None:
            return self.item.chunk
        if self.item.stochastic:
            return 1
        return self.tokens or max(8, TOKENS // count)

    def feed(self, tokens: Tensor, state: State | None, step: int) -> tuple[Tensor, State | None]:
        """Return logits and the state after a piece that begins at `step`."""
        self.step = step
        with torch.no_grad():
            if self.whole:
                return self.model(tokens), None
            rounding = self.item.rounding
            if rounding is None or self.item.chunk == 0 or self.item.tree:
                return run(self.model, tokens, state, self._drawn(rounding))
            logits, state = run(self.model, tokens, state)
            rounding = self._drawn(rounding)
            assert rounding is not None
            return logits, round_state(self.model, state, rounding, step)

    def _drawn(self, found: Format | None) -> Format | None:
        """Return the format as it draws at this step for this batch, where it draws at all."""
        if found is None or found.mode != "stochastic":
            return found
        return _AtStep(**{**vars(found), "seed": (found.seed + (self.row << 32)) % 2**64}, step=self.step)


def round_state(model: nn.Module, state: State, rounding: Format, step: int) -> State:
    """Return a state rounded; a unitary one is rounded as h, its turning included.

    Examples
    --------
    >>> from krohn.kernels import parse_format
    >>> state = {"h": torch.tensor([[1.001]])}
    >>> round_state(nn.Identity(), state, parse_format("bf16"), 0)["h"].item()
    1.0
    """
    found = dict(state)
    for name, h in direct_state(model, state).items():
        value = rounding(h.movedim(-1, 1), step).movedim(1, -1) if _phase(name, state) else rounding(h, step)
        found[name] = value
        if phase := _phase(name, state):
            found[phase] = torch.zeros_like(state[phase])
    return found


def direct_state(model: nn.Module, state: State) -> State:
    """Return the recurrent part of a state: its floating-point tensors, of a unitary layer h itself in place of z.

    A ``window`` of the last inputs, which a convolution carries, is no part of a recurrence.
    """
    found = {}
    for name, value in state.items():
        if not value.is_floating_point() or name.split(".")[-1] == "window":
            continue
        if phase := _phase(name, state):
            lattice = lattice_of(_lattice(model, name), value.shape[1], value.shape[2], value.device)
            value = from_state(state[phase], value, lattice).to(value.dtype)
        found[name] = value
    return found


def _phase(name: str, state: State) -> str | None:
    """Return the name of the phases that turn a tensor of the state, if there are any."""
    phase = f"{name[:-1]}phase"
    return phase if name.split(".")[-1] == "z" and phase in state else None


def _lattice(model: nn.Module, name: str) -> int | Tensor | None:
    layers = getattr(model, "layers", None)
    owner = layers[int(name.split(".")[0])] if layers is not None and "." in name else model
    found: int | Tensor = getattr(owner, "phase_lattice", 0)
    return None if isinstance(found, int) and not found else found
