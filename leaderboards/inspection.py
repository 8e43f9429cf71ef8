"""Does what a run says fit together? Looked at in a limited process: a config from anywhere can ask for anything."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from ..errors import RequestError
from ..evaluation.precision import parse_item
from ..generators.storage.columns import schema_of, table_of
from ..generators.storage.content import content_of
from ..generators.task import Task
from ..generators.tasks import task as find_task
from ..models.registry import MODELS
from ..models.zoo import build_model, entry
from ..training.config import RunConfig

WORDS, TOKENS, LONGEST = 64, 4096, 65_536
"""Words that are hashed: of training; their tokens at a test length; the longest of them."""
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.complex64: "C64",
}


def inspect(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Look at runs.

    Parameters
    ----------
    request : dict
        ``runs``, a list of ``{where, config, tensors: {name: [dtype, shape]}, cells: [[precision, rounding, overflow,
        order]], lengths, test_seed}``.

    Returns
    -------
    list of dict
        ``{parameters, train_words_sha256, test_words_sha256}`` of each, or ``{own}``, why no board measures it, where
        its task or model is a user's.

    Raises
    ------
    RequestError
        Where something does not fit, the first that does not.
    """
    return [_inspect(run) for run in request["runs"]]


def _inspect(run: dict[str, Any]) -> dict[str, Any]:
    config = RunConfig.model_validate(run["config"])
    try:
        for cell in run["cells"]:
            options_of(*cell)
        return _seen(run, config)
    except RequestError as error:
        raise RequestError(f"{run['where']}: {error}") from None


def _seen(run: dict[str, Any], config: RunConfig) -> dict[str, Any]:
    own = _own(config)
    if own is not None:
        return {"own": own}
    try:
        task, parameters = _fitting(run, config)
    except RequestError as error:
        if config.imports:  # such as for a layer of the user's own
            return {"own": f"it was made with files of a user's own, which a board never runs ({error})"}
        raise
    return {"parameters": parameters, **hashes_of(task, config, run["lengths"], run["test_seed"])}


def _own(config: RunConfig) -> str | None:
    """Say what of a run no board makes: a task of a file, a model or a task that its user registered."""
    if of_a_file(config.task):
        return f"task {config.task!r} is that of a file, which a board never reads"
    if not config.imports:
        return None
    if config.model not in MODELS:
        return f"model {config.model!r} is a user's own, which a board never runs"
    try:
        find_task(config.task)
    except RequestError:
        return f"task {config.task!r} is a user's own, which a board never runs"
    return None


def of_a_file(task: str) -> bool:
    """Say whether a task is that of a file, which no claim makes anyone read.

    Examples
    --------
    >>> of_a_file("timed:file:door.xml"), of_a_file("parity")
    (True, False)
    """
    return "file" in task.split(":")


def _fitting(run: dict[str, Any], config: RunConfig) -> tuple[Task, int]:
    task = find_task(config.task)
    if (task.name, task.version) != (config.task, config.task_version):
        raise RequestError(
            f"it was trained on {config.task} version {config.task_version}: "
            f"expected {task.name} version {task.version}, the one that this Krohn makes"
        )
    if (config.inputs, config.outputs) != (task.model_inputs, task.model_outputs):
        raise RequestError(
            f"its model has {config.inputs} inputs and {config.outputs} outputs: "
            f"task {task.name} has {task.model_inputs} and {task.model_outputs}"
        )
    if entry(config.model).validate(config.settings) != config.settings:
        raise RequestError(f"its config leaves out settings of {config.model}: expected all of them")
    for length in run["lengths"]:
        task.lengths(length, length)
    return task, _compared(run["tensors"], config)


def _compared(tensors: dict[str, list[Any]], config: RunConfig) -> int:
    """Compare a file's tensors with those of the model, which is built without memory for them."""
    with torch.device("meta"):
        model = build_model(config.model, config.inputs, config.outputs, config.settings, 0, config.vectors)
    own = {name: (DTYPES[value.dtype], list(value.shape)) for name, value in model.state_dict().items()}
    for name in sorted(own.keys() | tensors.keys()):
        if name not in tensors:
            raise RequestError(f"its weights do not fit its config: the model's {name} is missing")
        if name not in own:
            raise RequestError(f"its weights do not fit its config: the model has no {name}")
        if list(own[name]) != tensors[name]:
            (dtype, shape), (given, found) = own[name], tensors[name]
            raise RequestError(
                f"its weights do not fit its config: {name} is {given} of shape {tuple(found)}, "
                f"expected {dtype} of {tuple(shape)}"
            )
    return sum(parameter.numel() for parameter in model.parameters())


def options_of(precision: str, rounding: str, overflow: str, order: str) -> str | None:
    """Return what to ask for as ``overflow`` so that a row says again what it says: often None, the default.

    Raises
    ------
    RequestError
        Where no request makes such a row.

    Examples
    --------
    >>> options_of("e4m3", "nearest", "saturate", "sequential") is None
    True
    >>> options_of("fp32", "nearest", "saturate", "sequential")
    'saturate'
    """
    wanted = {"precision": precision, "rounding": rounding, "overflow": overflow, "order": order}
    for asked in (None, "infinity", "saturate"):
        if parse_item(precision, rounding, asked, order).echo == wanted:
            return asked
    raise RequestError(
        f"precision {precision!r} cannot be rounded {rounding} with overflow {overflow}, {order}"
    )


def hashes_of(task: Task, config: RunConfig, lengths: list[int], test_seed: int) -> dict[str, Any]:
    """Return content hashes of the first training words and of the first test words of every length to 65,536."""
    trained = config.training
    train = None if trained is None else _hash(task, WORDS, trained.lengths, trained.seed, "train")
    tests = [
        _hash(task, max(1, min(WORDS, TOKENS // length)), (length, length), test_seed, "test")
        for length in sorted(set(lengths))
        if length <= LONGEST
    ]
    test = hashlib.sha256("".join(tests).encode()).hexdigest()
    return {"train_words_sha256": train, "test_words_sha256": test}


def _hash(task: Task, count: int, lengths: tuple[int, int], seed: int, split: str) -> str:
    words = task.sample(count, lengths, seed, split)
    return content_of(table_of(words, schema_of(task)).to_batches()).sha256
