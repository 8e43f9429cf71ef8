"""A run: the folder that holds a model's config, weights and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import nn

from ..errors import DamagedFileError, RequestError
from ..files import read_json
from ..generators.families import FAMILIES
from ..generators.task import Symbols, Task
from ..generators.tasks import task as find_task
from ..models.zoo import build_model, entry
from ..names import beside
from ..user_code import UserCode
from .checkpoint import fill, read_tensors
from .config import RunConfig, Track, TrainingConfig
from .folders import CONFIG as CONFIG

STATE = "state.safetensors"
WEIGHTS = "weights.safetensors"
METRICS = "metrics.jsonl"
RESULT = "result.json"


@dataclass(frozen=True)
class Run:
    """A run folder, read.

    Attributes
    ----------
    folder : Path
    config : RunConfig
    """

    folder: Path
    config: RunConfig

    @cached_property
    def task(self) -> Task:
        """The task it was trained on.

        Raises
        ------
        RequestError
            Where the task has another version by now.
        """
        task = find_task(self.config.task)
        if task.version != self.config.task_version:
            raise RequestError(
                f"{self.folder} was trained on {task.name} version {self.config.task_version}: "
                f"expected version {task.version}, the one that this Krohn makes"
            )
        return task

    @property
    def training(self) -> TrainingConfig:
        """What it was trained with.

        Raises
        ------
        RequestError
            Where its weights were constructed.
        """
        if self.config.training is None:
            raise RequestError(f"{self.folder} was constructed, not trained: expected a run of krohn train")
        return self.config.training

    def new_model(self) -> nn.Module:
        """Return the model as it was before the first step."""
        config = self.config
        return build_model(
            config.model, config.inputs, config.outputs, config.settings, config.seed, config.vectors
        )

    def model(self) -> nn.Module:
        """Return the trained model, in evaluation mode.

        Raises
        ------
        RequestError
            Where the run has no weights yet.
        DamagedFileError
            Where they are damaged or do not fit the config.
        """
        weights = self.folder / WEIGHTS
        if not weights.exists():
            raise RequestError(
                f"{self.folder} has no weights yet: expected a finished training (--resume goes on)"
            )
        model = self.new_model()
        fill(model, read_tensors(weights), weights)
        return model.eval()


def new_config(
    task: Task,
    model: str,
    settings: dict[str, Any],
    training: TrainingConfig | None,
    imports: list[UserCode],
    track: Track = "learned",
) -> RunConfig:
    """Return the config of a run to come.

    Raises
    ------
    RequestError
        For an unknown model or key.
    """
    from .. import __version__

    return RunConfig(
        krohn=__version__,
        task=task.name,
        task_version=task.version,
        model=model,
        settings=entry(model).validate(settings),
        inputs=task.model_inputs,
        outputs=task.model_outputs,
        vectors=not isinstance(task.inputs, Symbols),
        training=training,
        track="snapped" if training is not None and training.snap_after is not None else track,
        imports=[{"path": code.path, "sha256": code.sha256} for code in imports],
    )


def load_run(folder: Path | str) -> Run:
    """Read a run folder; nothing in it is ever executed.

    Raises
    ------
    RequestError
        Where there is no run, or its task or model needs a user's file that was not imported.
    DamagedFileError
        Where its config is damaged.
    """
    folder = Path(folder)
    if not (folder / CONFIG).is_file():
        near = beside(folder, lambda path: (path / CONFIG).is_file())
        raise RequestError(f"{folder} is no run: expected a folder with {CONFIG}{near}")
    try:
        config = RunConfig.model_validate(read_json(folder / CONFIG))
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{part}: " for part in first["loc"])
        raise DamagedFileError(f"{folder / CONFIG} is damaged: {where}{first['msg'].lower()}") from None
    _ask_for_imports(folder, config)
    return Run(folder, config)


def _ask_for_imports(folder: Path, config: RunConfig) -> None:
    known = config.task.split(":")[0] in FAMILIES
    try:
        entry(config.model)
    except RequestError:
        known = False
    if config.imports and not known:
        files = " ".join(f"--import {code['path']}" for code in config.imports)
        raise RequestError(f"{folder} needs a file of yours, which Krohn never runs by itself: add {files}")
