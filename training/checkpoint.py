"""Weights and training state in safetensors: one file, whole or absent, and no pickle."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_bytes
from safetensors.torch import save as save_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import DamagedFileError, RequestError
from ..files import write_bytes


def save_weights(path: Path, model: nn.Module) -> None:
    """Write a model's weights."""
    write_bytes(path, save_bytes({name: value.contiguous() for name, value in model.state_dict().items()}))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors in a safetensors file.

    Raises
    ------
    RequestError
        Where there is no such file.
    DamagedFileError
        Where it is cut short or not safetensors.
    """
    try:
        tensors: dict[str, Tensor] = load_bytes(path.read_bytes())
    except FileNotFoundError:
        raise RequestError(f"no file {path}") from None
    except (SafetensorError, json.JSONDecodeError, ValueError, RuntimeError) as error:
        raise DamagedFileError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
    return tensors


def fill(model: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """Copy weights into a model.

    Raises
    ------
    DamagedFileError
        Where a tensor is missing, unknown or of another shape; the first is named.
    """
    own = model.state_dict()
    for name in sorted(own.keys() | weights.keys()):
        if name not in weights:
            raise DamagedFileError(f"{path} does not fit its config: the model's {name} is missing")
        if name not in own:
            raise DamagedFileError(f"{path} does not fit its config: the model has no {name}")
        if own[name].shape != weights[name].shape:
            raise DamagedFileError(
                f"{path} does not fit its config: {name} has shape {tuple(weights[name].shape)}, "
                f"expected {tuple(own[name].shape)}"
            )
    model.load_state_dict(weights)


def save_state(
    path: Path, model: nn.Module, optimiser: Optimizer, step: int, more: dict[str, Tensor] | None = None
) -> None:
    """Write all that the step after `step` depends on: weights, the optimiser's tensors, the step, and `more`."""
    tensors = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    for index, slots in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{slot}": value for slot, value in slots.items() if value is not None}
    tensors |= {f"more.{name}": value for name, value in (more or {}).items()}
    tensors["step"] = torch.tensor(step)
    write_bytes(path, save_bytes(tensors))


def load_state(
    path: Path, model: nn.Module, optimiser: Optimizer, more: dict[str, Tensor] | None = None
) -> int:
    """Fill a model, its optimiser and the tensors of `more` from `save_state`'s file; return the step.

    Raises
    ------
    RequestError, DamagedFileError
        As `read_tensors` and `fill` do.
    """
    tensors = read_tensors(path)
    if "step" not in tensors:
        raise DamagedFileError(f"{path} is damaged: expected a training state, which holds a step")
    fill(model, {name[6:]: value for name, value in tensors.items() if name.startswith("model.")}, path)
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, index, slot = name.split(".")
            state.setdefault(int(index), {})[slot] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    for name, value in (more or {}).items():
        if f"more.{name}" not in tensors:
            raise DamagedFileError(f"{path} is damaged: {name} is missing")
        value.copy_(tensors[f"more.{name}"])
    return int(tensors["step"])
