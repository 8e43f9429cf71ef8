"""Accuracy at L: counts of right labels on words of each length, in each precision, with constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import RequestError
from ..files import sha256_of, write_json
from ..generators.task import Task
from ..generators.tasks import task as find_task
from ..models.layers import State, run
from ..models.zoo import carries_state
from ..names import positive
from ..training.loss import correct_of
from ..training.run import WEIGHTS, Run
from .precision import PrecisionItem, parse_item
from .results import EVALUATION, Evaluation, Score, horizons_of

WINDOW = 256
"""Positions counted at the end of a word with a label at every position."""
PIECE = 8
"""Tokens fed at a time to a model that carries a state: few, so that what is made of them stays in the cache."""

Watch = Callable[[int, int], None]


def evaluate(
    model: nn.Module,
    task: Task | str,
    lengths: Sequence[int],
    precision: Sequence[str] = ("fp32",),
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: str = "cpu",
    watch: Watch | None = None,
) -> list[Score]:
    """Count right labels at each length, in each precision.

    The first L symbols of a test word are the test word of length L (words are drawn position by position),
    so that a model with a state is run once, over the longest.

    Parameters
    ----------
    model : nn.Module
        ``forward(tokens) -> logits`` or ``forward(tokens, state) -> (logits, state)``; run in evaluation
        mode, and left in the mode it came in.
    task : Task or str
    lengths : sequence of int
    precision : sequence of str
        Items such as ``fp32`` or ``state=bf16``; those that round need a model with a state.
    words : int
        At each length.
    seed : int
        Root seed of the test words.
    batch : int
        Words at a time; the counts do not depend on it.
    device : str
    watch : callable, optional
        Called with tokens done and tokens in all.

    Returns
    -------
    list of Score
        Precisions in the order given, lengths in the order given within each.

    Raises
    ------
    RequestError
        For a length or count below 1, an unknown precision, or one that the model cannot be run in.

    Examples
    --------
    >>> from krohn.models.zoo import build_model
    >>> model = build_model("lstm", 2, 2, {}, seed=0)
    >>> scores = evaluate(model, "parity", [4, 300], ["fp32", "bf16"], words=8)
    >>> [(score.precision, score.length, score.total) for score in scores][-1]
    ('bf16', 300, 2048)
    """
    task = find_task(task) if isinstance(task, str) else task
    for name, value in (*(("length", length) for length in lengths), ("words", words), ("batch", batch)):
        positive(name, value)
    if not lengths or not precision:
        raise RequestError("nothing to evaluate: expected at least one length and one precision")
    items = [parse_item(text) for text in precision]
    modes = {module: module.training for module in model.modules()}
    try:
        return _scores(model.eval(), task, lengths, items, words, seed, batch, device, watch)
    finally:
        for module, training in modes.items():
            module.training = training


def _scores(
    model: nn.Module,
    task: Task,
    lengths: Sequence[int],
    items: list[PrecisionItem],
    words: int,
    seed: int,
    batch: int,
    device: str,
    watch: Watch | None,
) -> list[Score]:
    whole = not carries_state(model)
    for item in items:
        if whole and item.rounding is not None:
            raise RequestError(
                f"precision {item.text!r}: this model carries no state to round: "
                "expected forward(tokens, state=None) -> (logits, state), or one of fp32, fp64"
            )
    longest = max(lengths)
    in_all = len(items) * words * (sum(lengths) if whole else longest)
    done = 0

    def tick(tokens: int) -> None:
        nonlocal done
        done += tokens
        if watch is not None:
            watch(done, in_all)

    scores = []
    for item in items:
        runner = item.prepare(model).to(device)
        counts: dict[int, list[Tensor]] = {length: [] for length in lengths}
        for first in range(0, words, batch):
            count = min(batch, words - first)
            symbols = task.sample(count, (longest, longest), seed, "test", first).symbols
            right = (_whole if whole else _in_pieces)(
                runner, task, symbols, item, sorted(counts), device, tick
            )
            for length in counts:
                counts[length].append(right[length])
        scores += [_score(item.text, length, torch.cat(counts[length]), task, words) for length in lengths]
    return scores


Tick = Callable[[int], None]
Right = dict[int, Tensor]


def _labels(task: Task, symbols: np.ndarray, length: int) -> Tensor:
    labels = task.label(symbols[:, :length], np.full(len(symbols), length))
    return torch.from_numpy(labels[:, max(0, length - WINDOW) :].astype(np.int64))


def _right(task: Task, logits: Tensor, labels: Tensor) -> Tensor:
    answered, _ = correct_of(task.targets, logits.cpu(), labels)
    return (answered & logits.isfinite().all(-1).cpu()).sum(1)


def _whole(
    model: nn.Module,
    task: Task,
    symbols: np.ndarray,
    item: PrecisionItem,
    lengths: list[int],
    device: str,
    tick: Tick,
) -> Right:
    right = {}
    for length in lengths:
        tokens = torch.from_numpy(symbols[:, :length].astype(np.int64)).to(device)
        with torch.no_grad():
            logits = model(tokens)[:, -WINDOW:]
        right[length] = _right(task, logits, _labels(task, symbols, length))
        tick(tokens.numel())
    return right


def _in_pieces(
    model: nn.Module,
    task: Task,
    symbols: np.ndarray,
    item: PrecisionItem,
    lengths: list[int],
    device: str,
    tick: Tick,
) -> Right:
    right = {length: torch.zeros(len(symbols), dtype=torch.int64) for length in lengths}
    labels = {length: _labels(task, symbols, length) for length in lengths}
    state: State | None = None
    for begin in range(0, symbols.shape[1], PIECE):
        tokens = torch.from_numpy(symbols[:, begin : begin + PIECE].astype(np.int64)).to(device)
        with torch.no_grad():
            logits, state = run(model, tokens, state, item.rounding)
        end = begin + tokens.shape[1]
        for length in lengths:
            window = max(0, length - WINDOW)
            low, high = max(begin, window), min(end, length)
            if low < high:
                known = labels[length][:, low - window : high - window]
                right[length] += _right(task, logits[:, low - begin : high - begin], known)
        tick(tokens.numel())
    return right


def _score(precision: str, length: int, right: Tensor, task: Task, words: int) -> Score:
    labels = 1 if task.readout.value == "final" else min(length, WINDOW)
    return Score(
        precision=precision,
        length=length,
        correct=int(right.sum()),
        total=labels * words,
        words_correct=int((right == labels).sum()),
        words=words,
        squares=int((right * right).sum()),
    )


def evaluate_run(
    found: Run,
    lengths: Sequence[int],
    precision: Sequence[str],
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: str = "cpu",
    watch: Watch | None = None,
) -> Evaluation:
    """Evaluate a run and write ``evaluation.json`` into it.

    Parameters
    ----------
    found : Run
    others
        As `evaluate` takes them.

    Raises
    ------
    RequestError, DamagedFileError
        As `Run.model` and `evaluate` do; the file of an earlier evaluation then stays.
    """
    from .. import __version__

    scores = evaluate(found.model(), found.task, lengths, precision, words, seed, batch, device, watch)
    document = Evaluation(
        krohn=__version__,
        run=str(found.folder),
        task=found.config.task,
        task_version=found.config.task_version,
        convention=found.config.convention,
        model=found.config.model,
        seed=found.config.training.seed,
        test_seed=seed,
        weights_sha256=sha256_of(found.folder / WEIGHTS),
        device=device,
        results=scores,
        horizons=horizons_of(scores),
    )
    write_json(found.folder / EVALUATION, document.model_dump(mode="json"))
    return document
