"""krohn train"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ..errors import DamagedFileError, RequestError
from .options import Device, Imports, Json, load_imports, parse_device, parse_range, parse_settings
from .output import print_json, progress, say


def command(
    task: str,
    /,
    *,
    model: str,
    run: Path,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    config: Path | None = None,
    resume: Annotated[bool, Parameter(negative=())] = False,
    steps: int | None = None,
    batch: int | None = None,
    lengths: str | None = None,
    optimiser: Literal["adamw", "adam", "sgd"] | None = None,
    lr: float | None = None,
    weight_decay: float | None = None,
    warmup: float | None = None,
    clip: float | None = None,
    label_smoothing: float | None = None,
    curriculum: str | None = None,
    hints: Literal["none", "series"] | None = None,
    init: str | None = None,
    noise: float | None = None,
    pull: str | None = None,
    snap_after: int | None = None,
    autocast: Literal["none", "bf16", "fp16"] | None = None,
    accumulate: int | None = None,
    seed: int | None = None,
    checkpoints: str | None = None,
    save_every: int | None = None,
    log_every: int | None = None,
    validate_every: int | None = None,
    validation_words: int | None = None,
    threads: int | None = None,
    device: Device = "cpu",
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Train a model on a task's stream of words.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    model
        Such as aussm, mamba, lstm, or one that --import registers.
    run
        The folder to make; with --resume the run to go on with.
    set_
        KEY=VALUE of the model's config, such as width=32; repeatable.
    config
        A YAML file of the keys below, and of the model's under `set`; flags go before it.
    resume
        Go on from the last saved state; the weights end bit-identical to those of an unbroken training.
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
    hints
        series adds read-outs between the layers for the quotients of the task's group along its derived series
        [none].
    init
        A run of the same model whose weights the training starts from; its settings hold where --set says nothing.
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
    flags = {
        "steps": steps,
        "batch": batch,
        "lengths": parse_range(lengths) if lengths is not None else None,
        "optimiser": optimiser,
        "lr": lr,
        "weight_decay": weight_decay,
        "warmup": warmup,
        "clip": clip,
        "label_smoothing": label_smoothing,
        "curriculum": _curriculum(curriculum) if curriculum is not None else None,
        "hints": hints,
        "init": init,
        "noise": noise,
        "pull": _pull(pull) if pull is not None else None,
        "snap_after": snap_after,
        "autocast": autocast,
        "accumulate": accumulate,
        "seed": seed,
        "keep_every": _keep_every(checkpoints) if checkpoints is not None else None,
        "save_every": save_every,
        "log_every": log_every,
        "validate_every": validate_every,
        "validation_words": validation_words,
        "threads": threads,
    }
    from ..generators.tasks import task as find_task
    from ..training.config import training_config
    from ..training.loop import train
    from ..training.run import load_run, new_config
    from ..training.start import kept_start, start_of

    from_file, settings = _read_config(config)
    training = training_config(
        {**from_file, **{key: value for key, value in flags.items() if value is not None}}
    )
    codes = load_imports(imports)
    if resume:  # asks for the user's files before their names are looked up
        start = kept_start(load_run(run).config)
    else:
        start = None if training.init is None else start_of(training.init)
    settings |= parse_settings(set_)
    if start is not None:
        settings = start.settings_of(model, settings)
    request = new_config(find_task(task), model, settings, training, codes)
    if start is not None:
        request = start.of(request)
    with progress(f"{model} on {task}", "steps") as update:

        def watch(step: int, loss: float) -> None:
            update(step, training.steps, f"loss {loss:.4f}")

        result = train(request, run, resume, parse_device(device), watch)
    if json:
        print_json(result)
        return
    validation = result["validation"]
    say(f"{run}: validation {validation['correct']:,} of {validation['total']:,} labels right")


def _curriculum(text: str) -> tuple[int, float]:
    match = re.fullmatch(r"(\d+):(\d*\.?\d+)", text)
    if match is None:
        raise RequestError(f"curriculum {text!r}: expected START:FRACTION, such as 2:0.6")
    return int(match[1]), float(match[2])


def _pull(text: str) -> tuple[int, float]:
    match = re.fullmatch(r"(\d+):(\d*\.?\d+)", text)
    if match is None:
        raise RequestError(f"pull {text!r}: expected Q:LAMBDA, such as 6:0.3")
    return int(match[1]), float(match[2])


def _keep_every(text: str) -> int:
    match = re.fullmatch(r"every:([1-9]\d*)", text)
    if match is None:
        raise RequestError(f"checkpoints {text!r}: expected every:N, such as every:500")
    return int(match[1])


def _read_config(path: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
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
    for key, read in (("lengths", parse_range), ("curriculum", _curriculum), ("pull", _pull)):
        if isinstance(document.get(key), str):
            document[key] = read(document[key])
    return document, settings
