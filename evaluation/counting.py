"""Run a model over test words and count its right answers, with constant memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import RequestError
from ..generators.task import Task
from ..generators.tensors import inputs_of, labels_of
from ..models.layers import State
from ..models.zoo import carries_state
from ..training.loss import correct_of
from .counts import Counter, Counts
from .paused import Paused
from .plan import Batch, Memory, Plan
from .request import Request
from .running import Runner
from .words import Block

Watch = Callable[[int, int], None]
PAUSE = 20.0
"""Seconds after which it is written down where a batch stands: what a kill can cost."""


def count(
    model: nn.Module, task: Task, asked: Request, watch: Watch | None = None, memory: Memory | None = None
) -> list[Counts]:
    """Return the counts of every item.

    Parameters
    ----------
    memory : Memory, optional
        Keeps counts as they are made, and gives back what an earlier, killed call made of the same request.
    """
    with _evaluating(model):
        return _count(model, task, asked, watch, memory or Memory())


def check(model: nn.Module, task: Task, asked: Request) -> None:
    """Refuse what `count` would refuse, and count nothing.

    Raises
    ------
    RequestError
        For a length that the task has no words of, an item that the model cannot be run in, or a model without one
        finite logit.

    Examples
    --------
    >>> from krohn.evaluation.request import request
    >>> from krohn.generators.tasks import task
    >>> from krohn.models.zoo import build_model
    >>> check(build_model("lstm", 2, 2, {}, seed=0), task("parity"), request([40]))
    """
    with _evaluating(model):
        _runners(model, task, asked)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _runners(model: nn.Module, task: Task, asked: Request) -> list[Runner]:
    first = asked.lengths[0]
    drawn = task.sample(1, (first, first), asked.seed, "test")
    for length in asked.lengths:
        task.lengths(length, length)
    sample = inputs_of(task, drawn, _type_of(model))
    whole = not carries_state(model.to(asked.device), sample[:, :1])
    runners = [Runner(model, item, asked.device, whole, asked.piece) for item in asked.items]
    _refuse_what_is_not_finite(runners[0], sample[:, :64])
    return runners


def _count(model: nn.Module, task: Task, asked: Request, watch: Watch | None, memory: Memory) -> list[Counts]:
    runners = _runners(model, task, asked)  # refusals come before work
    once = not runners[0].whole and task.source.nested
    plans = [Plan(asked, task, item, once) for item in asked.items]
    done = 0

    def tick(tokens: int) -> None:
        nonlocal done
        done += tokens
        if watch is not None:
            watch(done, max(done, sum(plan.most for plan in plans)))

    found = []
    for runner, plan in zip(runners, plans, strict=True):
        for batch in plan.batches():
            counts = memory.recall(runner.item.text, batch)
            if counts is None:
                counts = _run(runner, batch, tick, memory)
                memory.keep(runner.item.text, batch, counts)
            else:
                tick(batch.tokens)
            plan.take(batch, counts)
        found.append(plan.counts)
    return found


def _type_of(model: nn.Module) -> torch.dtype:
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)


def _refuse_what_is_not_finite(runner: Runner, tokens: Tensor) -> None:
    tokens = tokens.double() if runner.item.double and tokens.is_floating_point() else tokens
    logits, _ = runner.feed(tokens.to(runner.device), None, 0)
    if not bool(logits.isfinite().any()):
        raise RequestError(
            f"precision {runner.item.text!r}: this model gives no finite logit on a test word: "
            "expected numbers; were its weights trained?"
        )


class _Answers(NamedTuple):
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]


def _run(runner: Runner, batch: Batch, tick: Callable[[int], None], memory: Memory) -> Counts:
    test, task = batch.test, batch.test.task
    counter = Counter(test, batch.count, batch.follow)
    piece = runner.begin(batch.first, batch.count)
    dtype = _type_of(runner.model)
    state: State | None = None
    if piece is None:
        block = _joined(list(test.blocks(batch.first, batch.count)))
        logits, _ = runner.feed(inputs_of(task, block.words, dtype).to(runner.device), None, 0)
        counter.see(0, *_answers(task, logits, block.labels), block)
        tick(batch.tokens)
        return counter.counts()
    done = 0
    if paused := memory.resume(runner.item.text, batch):
        done, state = paused.begin, {key: value.to(runner.device) for key, value in paused.state.items()}
        counter.take(paused.sums)
        tick(batch.count * done)
    since = time.monotonic()
    for block in test.blocks(batch.first, batch.count, piece):
        inputs = inputs_of(task, block.words, dtype)
        for begin, end in _pieces(block, piece, done):
            here = slice(begin - block.begin, end - block.begin)
            logits, state = runner.feed(inputs[:, here].to(runner.device), state, begin)
            if end > counter.begins:
                counter.see(begin, *_answers(task, logits, block.labels[:, here]), block)
            tick(batch.count * (end - begin))
            if state is not None and time.monotonic() - since >= PAUSE:
                memory.pause(runner.item.text, batch, Paused(end, state, counter.sums()))
                since = time.monotonic()
    return counter.counts()


def _pieces(block: Block, piece: int, done: int) -> list[tuple[int, int]]:
    """Return begins and ends within a block, after what is done; a piece never crosses a multiple of its size."""
    first = max(block.begin, done)
    if first >= block.end:
        return []
    return list(pairwise([first, *range((first // piece + 1) * piece, block.end, piece), block.end]))


def _joined(blocks: list[Block]) -> Block:
    first, last = blocks[0], blocks[-1]
    symbols = np.concatenate([block.words.symbols for block in blocks], 1)
    lengths = sum(block.words.lengths for block in blocks)
    delays = None
    if first.words.delays is not None:
        delays = np.concatenate([block.words.delays for block in blocks if block.words.delays is not None], 1)
    words = replace(first.words, symbols=symbols, lengths=np.asarray(lengths), delays=delays)
    labels = np.concatenate([block.labels for block in blocks], 1)
    matters = None
    if first.matters is not None:
        matters = np.concatenate([block.matters for block in blocks if block.matters is not None], 1)
    return Block(0, last.end, words, labels, matters)


def _answers(task: Task, logits: Tensor, labels: NDArray[Any]) -> _Answers:
    logits = logits.cpu()
    answered, known = correct_of(task.targets, logits, labels_of(task, labels))
    right = answered & known & logits.isfinite().all(-1)
    return _Answers(right.numpy(), known.numpy())
