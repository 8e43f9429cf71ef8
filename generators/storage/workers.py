"""Shards made by a pool of spawned processes that stop when they are told to, or when nobody waits for them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any

from ...errors import KrohnError
from ...user_code import load_user_code
from ..conventions.registry import convention_task
from ..shards import Shard, write_shard
from ..task import Task

SPAWN = get_context("spawn")
SECONDS_A_LOOK = 0.1


class StoppedError(Exception):
    """Raised in a shard that is no longer wanted."""


class Line:
    """What workers and the process that waits for them tell each other: words written; stop."""

    def __init__(self) -> None:
        self.written = SPAWN.Value("q", 0)
        self.stop = SPAWN.Event()

    def report(self, words: int) -> None:
        """Add words written; raise where they are no longer wanted."""
        if self.stop.is_set():
            raise StoppedError
        with self.written.get_lock():
            self.written.value += words


@contextmanager
def made(
    shards: Sequence[Shard], task: Task, workers: int, imports: list[str], progress: Callable[[int], None]
) -> Iterator[Iterator[Shard]]:
    """Write shards; yield them in their order, each when it is whole.

    Parameters
    ----------
    shards : sequence of Shard
    task : Task
    workers : int
        Processes; with 1, a thread of this one.
    imports : list of str
        Files of the user's that a process loads to know the task.
    progress : callable
        Told, several times a second, how many words have been written.
    """
    line = Line()
    pool, job = _pool(min(workers, len(shards)), line, task, imports)
    try:
        with pool:
            futures = [pool.submit(job, shard) for shard in shards]
            try:
                yield _in_order(futures, shards, line, progress)
            finally:
                line.stop.set()
                for future in futures:
                    future.cancel()
    except BrokenProcessPool:
        raise KrohnError(
            "a worker process died, as where memory is short: expected fewer --workers"
        ) from None


def _pool(
    workers: int, line: Line, task: Task, imports: list[str]
) -> tuple[Executor, Callable[[Shard], None]]:
    if workers <= 1:
        return ThreadPoolExecutor(1), lambda shard: write_shard(shard, task, line.report)
    start = (line.written, line.stop, imports)
    return ProcessPoolExecutor(workers, SPAWN, _begin, start), _write


def _in_order(
    futures: list[Future[None]], shards: Sequence[Shard], line: Line, progress: Callable[[int], None]
) -> Iterator[Shard]:
    for future, shard in zip(futures, shards, strict=True):
        while not future.done():
            progress(line.written.value)
            # Not future.result(timeout): an error of the shard's that is a TimeoutError would look like one.
            threading.Event().wait(SECONDS_A_LOOK)
            if any(other.done() and other.exception() for other in futures):
                break  # there is no use in waiting for the others
        for other in futures:
            if other.done() and not other.cancelled():
                other.result()
        future.result()
        progress(line.written.value)
        yield shard


_LINE = Line.__new__(Line)
"""This process's line to the one that waits for it, in a worker."""


def _begin(written: Any, stop: Any, imports: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent says stop
    _LINE.written, _LINE.stop = written, stop
    threading.Thread(target=die_with_parent, daemon=True).start()
    for spec in imports:
        load_user_code(spec)


def die_with_parent() -> None:
    """End this worker when the process that waits for it has ended."""
    # A worker of a parent that was killed would wait for work forever, or go on writing.
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _write(shard: Shard) -> None:
    write_shard(shard, convention_task(shard.convention, shard.task), _LINE.report)
