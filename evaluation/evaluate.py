"""Accuracy at L: counts of right labels on words of each length, in each precision, with constant memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import RequestError
from ..files import sha256_of, write_json
from ..generators.kinds import Readout
from ..generators.source import Words
from ..generators.task import Task
from ..generators.tasks import task as find_task
from ..generators.tensors import inputs_of, labels_of
from ..models.layers import State, run
from ..models.zoo import carries_state
from ..names import positive
from ..training.loss import correct_of
from ..training.run import WEIGHTS, Run
from .precision import PrecisionItem, parse_item
from .results import EVALUATION, WINDOW, Evaluation, Score, horizons_of

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

    Where the first L symbols of a test word are the test word of length L (as where symbols are drawn one by
    one), a model with a state is run once, over the longest.

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
        For a length or count below 1, a length that words of the task cannot have, an unknown precision, or
        one that the model cannot be run in.

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
    sample = inputs_of(task, task.sample(1, (lengths[0], lengths[0])), _type_of(model))
    whole = not carries_state(model, sample[:, :1])
    for item in items:
        if whole and item.rounding is not None:
            raise RequestError(
                f"precision {item.text!r}: this model carries no state to round: "
                "expected forward(tokens, state=None) -> (logits, state), or one of fp32, fp64"
            )
    once = not whole and task.source.nested
    runs = [sorted(set(lengths))] if once else [[length] for length in dict.fromkeys(lengths)]
    for length in lengths:
        task.lengths(length, length)
    tests = [_Test(task, run[-1], run, seed) for run in runs]
    done = 0
    in_all = len(items) * words * sum(test.width for test in tests)

    def tick(tokens: int) -> None:
        nonlocal done
        done += tokens
        if watch is not None:
            watch(done, in_all)

    scores = []
    for item in items:
        runner = item.prepare(model).to(device)
        counts: dict[int, list[Tensor]] = {length: [] for length in lengths}
        for test in tests:
            for first in range(0, words, batch):
                drawn, counted = test.words(first, min(batch, words - first))
                right = _run(runner, task, drawn, counted, item, None if whole else PIECE, device, tick)
                for length, counts_here in right.items():
                    counts[length].append(counts_here)
        scores += [_score(item.text, length, torch.cat(counts[length], 1)) for length in lengths]
    return scores


def _type_of(model: nn.Module) -> torch.dtype:
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)


class _Counted(NamedTuple):
    """The labels that count at one length: those of positions `begin` on, of each word of a batch."""

    begin: int
    labels: Tensor


@dataclass(frozen=True)
class _Test:
    """Words of one length, and the lengths that are counted on them: their beginnings, if not themselves."""

    task: Task
    length: int
    counted: list[int]
    seed: int

    @property
    def width(self) -> int:
        """Positions that a model runs over."""
        return self.length + int(self.task.source.answers(np.array([self.length]))[0])

    def words(self, first: int, count: int) -> tuple[Words, dict[int, _Counted]]:
        words = self.task.sample(count, (self.length, self.length), self.seed, "test", first)
        counted = {}
        for length in self.counted:
            labels = words.labels
            if length < self.length:
                delays = None if words.delays is None else words.delays[:, :length]
                labels = self.task.label(words.symbols[:, :length], np.full(count, length), delays)
            begin = length if self.task.readout is Readout.SEQUENCE else max(0, length - WINDOW)
            counted[length] = _Counted(begin, labels_of(self.task, labels[:, begin:]))
        return replace(words, labels=np.empty((count, 0))), counted  # labels of long words are large


def _piece(words: Words, begin: int, end: int) -> Words:
    delays = None if words.delays is None else words.delays[:, begin:end]
    lengths = np.clip(words.lengths - begin, 0, end - begin)
    return Words(words.symbols[:, begin:end], lengths, words.labels, delays)


def _run(
    model: nn.Module,
    task: Task,
    words: Words,
    counted: dict[int, _Counted],
    item: PrecisionItem,
    piece: int | None,
    device: str,
    tick: Callable[[int], None],
) -> dict[int, Tensor]:
    """Return, for each length, how many labels of each word are right and how many there are, (2, B)."""
    right = {length: torch.zeros(2, len(words), dtype=torch.int64) for length in counted}
    width = words.symbols.shape[1]
    state: State | None = None
    for begin in range(0, width, piece or width):
        end = min(width, begin + (piece or width))
        tokens = inputs_of(task, _piece(words, begin, end), _type_of(model)).to(device)
        with torch.no_grad():
            if piece is None:
                logits = model(tokens)
            else:
                logits, state = run(model, tokens, state, item.rounding)
        for length, (window, labels) in counted.items():
            low, high = max(begin, window), min(end, window + labels.shape[1])
            if low < high:
                right[length] += _right(
                    task, logits[:, low - begin : high - begin], labels[:, low - window : high - window]
                )
        tick(len(words) * (end - begin))
    return right


def _right(task: Task, logits: Tensor, labels: Tensor) -> Tensor:
    answered, known = correct_of(task.targets, logits.cpu(), labels)
    return torch.stack([(answered & logits.isfinite().all(-1).cpu()).sum(1), known.sum(1)])


def _score(precision: str, length: int, counts: Tensor) -> Score:
    right, labels = counts
    return Score(
        precision=precision,
        length=length,
        correct=int(right.sum()),
        total=int(labels.sum()),
        words_correct=int((right == labels).sum()),
        words=counts.shape[1],
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
