"""The flags of a training, which train and tune share; each is a key of the run's config."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from cyclopts import Parameter

from ..errors import DamagedFileError, RequestError
from .options import parse_range


@Parameter(name="*")
@dataclass(frozen=True)
class TrainingFlags:
    """What is not given is None; defaults are those of the config.

    Parameters
    ----------
    steps
        Optimiser steps [2000].
    batch
        Words in a batch [128].
    lengths
        LO-HI of the training words [1-40].
    optimiser
        [adamw].
    lr
        Peak learning rate [0.01].
    weight_decay
        On the weights of linear maps [0].
    warmup
        Share of the steps with a rising learning rate, before its cosine to zero [0.1].
    clip
        Largest norm of the gradient [1].
    label_smoothing
        Share of the target spread over all classes [0].
    curriculum
        START:FRACTION, such as 2:0.6: the longest word grows from START over that share of the steps.
        START:mastery=ACCURACY, such as 2:mastery=0.97: it grows by one when accuracy on words of the present
        longest length reaches that.
    hints
        series adds read-outs between the layers for the quotients of the task's group along its derived series
        [none].
    init
        A run of the same model, whose weights and settings the training starts from; --set may change phase_lattice
        alone.
    noise
        Disturb them: standard deviation over the root mean square of each tensor [0].
    pull
        Q:LAMBDA, such as 6:0.3: a penalty that pulls phases to multiples of 1/Q turn, growing to LAMBDA over 60 % of
        the steps.
    snap_after
        Round phases to the model's phase_lattice from this step on, and train the rest.
    autocast
        Compute linear maps in 16 bits; phases and scans stay in float32 [none].
    accumulate
        Parts into which a batch is cut, their gradients added up: less memory, the same step [1].
    seed
        Of the weights and of the words [0].
    checkpoints
        every:N keeps the weights of every Nth step.
    save_every
        Steps between two states to resume from [100].
    log_every
        Steps between two lines of metrics [10].
    validate_every
        Steps between two validations; 0: at the end only [0].
    validation_words
        [1024].
    threads
        CPU threads; a part of the config, for sums depend on it in their last bits [1].
    """

    steps: int | None = None
    batch: int | None = None
    lengths: str | None = None
    optimiser: Literal["adamw", "adam", "sgd"] | None = None
    lr: float | None = None
    weight_decay: float | None = None
    warmup: float | None = None
    clip: float | None = None
    label_smoothing: float | None = None
    curriculum: str | None = None
    hints: Literal["none", "series"] | None = None
    init: str | None = None
    noise: float | None = None
    pull: str | None = None
    snap_after: int | None = None
    autocast: Literal["none", "bf16", "fp16"] | None = None
    accumulate: int | None = None
    seed: int | None = None
    checkpoints: str | None = None
    save_every: int | None = None
    log_every: int | None = None
    validate_every: int | None = None
    validation_words: int | None = None
    threads: int | None = None

    def keys(self) -> dict[str, Any]:
        """Return the keys of the config that were given."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        keys = {name: value for name, value in given.items() if value is not None}
        for name, read in READERS.items():
            if name in keys:
                keys[name] = read(keys[name])
        if "checkpoints" in keys:
            keys["keep_every"] = keys.pop("checkpoints")
        return keys


NO_FLAGS = TrainingFlags()


def curriculum_of(text: str) -> tuple[int, float] | tuple[int, str, float]:
    """Return what ``START:FRACTION`` or ``START:mastery=ACCURACY`` says.

    Examples
    --------
    >>> curriculum_of("2:0.6"), curriculum_of("2:mastery=0.97")
    ((2, 0.6), (2, 'mastery', 0.97))
    """
    match = re.fullmatch(r"([0-9]{1,9}):(mastery=)?([0-9]*\.?[0-9]+)", text)
    if match is None:
        raise RequestError(
            f"curriculum {text!r}: expected START:FRACTION, such as 2:0.6, or START:mastery=ACCURACY, "
            "such as 2:mastery=0.97"
        )
    begin, share = int(match[1]), float(match[3])
    return (begin, "mastery", share) if match[2] else (begin, share)


def _pull(text: str) -> tuple[int, float]:
    match = re.fullmatch(r"([+-]?[0-9]{1,18}):([+-]?[0-9]*\.?[0-9]+)", text)  # bounds are the config's
    if match is None:
        raise RequestError(f"pull {text!r}: expected Q:LAMBDA, such as 6:0.3")
    return int(match[1]), float(match[2])


def _keep_every(text: str) -> int:
    match = re.fullmatch(r"every:([1-9]\d*)", text)
    if match is None:
        raise RequestError(f"checkpoints {text!r}: expected every:N, such as every:500")
    return int(match[1])


READERS = {"lengths": parse_range, "curriculum": curriculum_of, "checkpoints": _keep_every, "pull": _pull}


def read_config(path: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a YAML file's training keys, and the model's settings in it."""
    if path is None:
        return {}, {}
    import yaml

    try:
        document = yaml.safe_load(path.read_text())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise RequestError(f"no file {path}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DamagedFileError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise RequestError(f"{path}: expected keys and values, such as steps: 2000")
    settings = document.pop("set", {})
    if not isinstance(settings, dict):
        raise RequestError(f"{path}: set is {settings!r}: expected keys and values, such as width: 32")
    for key in ("lengths", "curriculum", "pull"):
        if isinstance(document.get(key), str):
            document[key] = READERS[key](document[key])
    return document, settings
