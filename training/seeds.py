"""Several seeds of one training side by side, each in a process and exactly the run that it would be alone.

Not one stacked training: `torch.func.vmap` cannot enter the compiled scans, and the sums of a stacked training are
not those of one alone, while a seed of ours can be trained again, by itself, to the same bits.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import KrohnError, TrainingError
from ..files import read_json, refuse_taken
from ..generators.storage.workers import SPAWN, die_with_parent
from ..user_code import load_user_code
from .config import RunConfig
from .folders import folder_of
from .loop import same_config, train
from .run import RESULT, load_run

SECONDS_A_LOOK = 0.2


class StoppedError(Exception):
    """Raised in a training that is no longer wanted; its last state stays."""


def side_by_side(count: int, threads: int) -> int:
    """Return how many of `count` trainings run at once: as many as there are CPUs for."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, cpus // threads))


def train_seeds(
    configs: Sequence[RunConfig],
    folder: Path,
    resume: bool = False,
    device: str = "cpu",
    progress: Callable[[int], None] | None = None,
    trackers: Sequence[str] = (),
    at_once: int | None = None,
) -> list[dict[str, Any]]:
    """Train runs that differ in their seed, each into ``seed-I`` of `folder`; return their results.

    Parameters
    ----------
    configs : sequence of RunConfig
    folder : Path
    resume : bool
        Keep the finished ones, go on with those that were begun, begin the others.
    device : str
    progress : callable, optional
        Told, several times a second, the steps that are done in all.
    trackers : sequence of str
    at_once : int, optional
        Processes; as many as there are CPUs where it is not given.

    Raises
    ------
    RequestError
        Where the folder exists (without `resume`), or a run in it was trained with another config.
    TrainingError
        Where some did not get to their end; the others do first.
    """
    if not resume:
        refuse_taken(folder)
    tell = progress or (lambda steps: None)
    results: dict[int, dict[str, Any]] = {}
    for config in configs:
        run = folder_of(folder, config.seed)
        if resume and run.exists():
            same_config(load_run(run).config, config, run)
            if (run / RESULT).is_file():
                results[config.seed] = read_json(run / RESULT)
    left = [config for config in configs if config.seed not in results]
    steps = [config.training.steps if config.training else 0 for config in configs]
    threads = max(config.training.threads if config.training else 1 for config in configs)
    processes = at_once or side_by_side(len(left), threads)
    finished = sum(steps) - sum(config.training.steps for config in left if config.training)
    failures: dict[int, KrohnError] = {}
    jobs = [(config, folder_of(folder, config.seed), device, tuple(trackers)) for config in left]
    alone = _one_by_one if processes == 1 or len(left) == 1 else _in_processes
    for seed, outcome in alone(jobs, processes, lambda done: tell(finished + done)):
        if isinstance(outcome, KrohnError):
            failures[seed] = outcome
        else:
            results[seed] = outcome
    if failures:
        seed, first = next(iter(failures.items()))
        raise TrainingError(f"{len(failures)} of {len(configs)} seeds failed; seed {seed}: {first}")
    return [results[config.seed] for config in configs]


Job = tuple[RunConfig, Path, str, tuple[str, ...]]
Outcome = tuple[int, "dict[str, Any] | KrohnError"]


def _go(job: Job, report: Callable[[int], None]) -> Outcome:
    config, run, device, trackers = job
    before = 0

    def watch(step: int, loss: float) -> None:
        nonlocal before
        report(step - before)
        before = step

    try:
        return config.seed, train(config, run, run.exists(), device, watch, trackers)
    except KrohnError as error:
        return config.seed, error


def _one_by_one(jobs: Sequence[Job], processes: int, tell: Callable[[int], None]) -> Iterator[Outcome]:
    done = 0

    def report(steps: int) -> None:
        nonlocal done
        done += steps
        tell(done)

    for job in jobs:
        yield _go(job, report)


class _Line:
    """What workers and the process that waits for them tell each other: steps done; stop."""

    def __init__(self, done: Any, stop: Any) -> None:
        self.done, self.stop = done, stop

    def report(self, steps: int) -> None:
        if self.stop.is_set():
            raise StoppedError
        with self.done.get_lock():
            self.done.value += steps


_LINES: list[_Line] = []
"""In a worker, its line to the one that waits for it."""


def _begin(done: Any, stop: Any, imports: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent says stop
    _LINES.append(_Line(done, stop))
    threading.Thread(target=die_with_parent, daemon=True).start()
    for path in imports:
        load_user_code(path)


def _work(job: str) -> Outcome:
    config, run, device, trackers = json.loads(job)
    return _go((RunConfig.model_validate(config), Path(run), device, tuple(trackers)), _LINES[0].report)


def _in_processes(jobs: Sequence[Job], processes: int, tell: Callable[[int], None]) -> Iterator[Outcome]:
    done, stop = SPAWN.Value("q", 0), SPAWN.Event()
    imports = [code["path"] for code in jobs[0][0].imports]
    texts = [
        json.dumps([config.model_dump(mode="json"), str(run), device, trackers])
        for config, run, device, trackers in jobs
    ]
    with ProcessPoolExecutor(processes, SPAWN, _begin, (done, stop, imports)) as pool, _told(stop):
        left: set[Future[Outcome]] = {pool.submit(_work, text) for text in texts}
        try:
            while left:
                ready, left = wait(left, SECONDS_A_LOOK, FIRST_COMPLETED)
                tell(done.value)
                for future in ready:
                    yield future.result()
        except BrokenProcessPool:
            raise TrainingError(
                "a process of the seeds died, as where memory is short; what it had saved stays: --resume goes on"
            ) from None
        finally:
            for future in left:
                future.cancel()


@contextmanager
def _told(stop: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        stop.set()
        raise
