"""Starting a training from another run's weights, disturbed or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import RequestError
from ..files import sha256_of
from ..models.zoo import entry
from .config import RunConfig, Track
from .run import WEIGHTS, load_run

FREE = ("phase_lattice",)
"""Settings that change no weight: the only ones that may differ."""


@dataclass(frozen=True)
class Start:
    """What a training takes over from the run that it starts from.

    Attributes
    ----------
    folder : str
    model : str
    settings : dict
    sha256 : str
        Of the weights.
    track : str
    """

    folder: str
    model: str
    settings: dict[str, Any]
    sha256: str
    track: Track

    def settings_of(self, model: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return the settings of a training: those of the run where `given` says nothing.

        Raises
        ------
        RequestError
            Where it is another model.
        """
        if model != self.model:
            raise RequestError(
                f"init {self.folder} is of model {self.model!r}, not {model!r}: expected the same model"
            )
        return {**self.settings, **given}

    def of(self, config: RunConfig) -> RunConfig:
        """Return the config with what it takes over.

        Raises
        ------
        RequestError
            Where weights of these settings would be others; the first key that differs is named.
        """
        for key, value in self.settings.items():
            given = config.settings.get(key)
            if key not in FREE and given != value:
                raise RequestError(
                    f"init {self.folder} has {key} = {value!r}, not {given!r}: expected the same settings"
                )
        track = config.track if self.track == "learned" else self.track
        return config.model_copy(update={"init_sha256": self.sha256, "track": track})


def start_of(folder: str) -> Start:
    """Read the run that a training is to start from.

    Raises
    ------
    RequestError
        Where it is no run or has no weights.
    """
    config = load_run(folder).config
    weights = Path(folder) / WEIGHTS
    if not weights.exists():
        raise RequestError(f"init {folder} has no weights yet: expected a finished run")
    return Start(
        folder, config.model, entry(config.model).validate(config.settings), sha256_of(weights), config.track
    )


def kept_start(config: RunConfig) -> Start | None:
    """Return the start of a training that is to go on, as its run recorded it: that run may be gone by now."""
    if config.training is None or config.training.init is None or config.init_sha256 is None:
        return None
    return Start(config.training.init, config.model, config.settings, config.init_sha256, config.track)


def start_from(model: nn.Module, folder: str, noise: float, seed: int) -> None:
    """Fill a model with a run's weights, and disturb them.

    Parameters
    ----------
    model : nn.Module
    folder : str
        The run.
    noise : float
        Standard deviation of what is added, over the root mean square of each tensor.
    seed : int
        Of the noise.

    Raises
    ------
    RequestError
        Where a tensor has another shape, as where the run's task has other symbols or classes.
    """
    weights = load_run(folder).model().state_dict()
    for name, value in model.state_dict().items():
        if name not in weights or weights[name].shape != value.shape:
            given = tuple(weights[name].shape) if name in weights else "missing"
            raise RequestError(f"init {folder}: {name} is {given}, expected shape {tuple(value.shape)}")
    model.load_state_dict(weights)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters() if noise else ():
            size = noise * parameter.square().mean().sqrt()
            parameter.add_(size * torch.randn(parameter.shape, generator=generator))
