"""krohn demo"""

from __future__ import annotations

import queue
import signal
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..names import positive
from .board import print_board
from .output import say

if TYPE_CHECKING:
    from queue import Queue

MODELS: dict[str, dict[str, Any]] = {
    "aussm": {"drive": False, "convolution": False},
    "mamba": {},
    "lstm": {},
}
TRAINING: dict[str, dict[str, Any]] = {
    "parity": {"lengths": (1, 40), "lr": 2e-2, "label_smoothing": 0.1, "curriculum": (2, 0.6)},
    "word:C5": {"lengths": (1, 40), "lr": 1e-2, "label_smoothing": 0.1},
}
STEPS = {"parity": 3000, "word:C5": 2000}
LENGTHS = (40, 256, 1024, 4096)
PRECISIONS = ("fp64", "fp32", "bf16", "fp16")
DATASET = ("train:10000:1-40", "test:1000:41-256")


@dataclass(frozen=True)
class Job:
    """One run of the demo: trained, evaluated, drawn."""

    task: str
    model: str
    steps: int
    seed: int
    folder: Path


def command(
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))] = Path("demo"),
    steps: int | None = None,
    seed: int = 0,
    workers: int = 2,
) -> None:
    """Do the main job, small: a dataset of parity; aussm (a rotor), mamba and lstm trained on parity and word:C5
    at lengths 1-40, evaluated to length 4,096 in four precisions, ranked on a board with a page.

    A folder that an earlier demo left unfinished is gone on with.

    Parameters
    ----------
    output
        The folder for all of it.
    steps
        Training steps of each model [3000 on parity, 2000 on word:C5].
    seed
        Root seed of every training.
    workers
        Processes, of one thread each.
    """
    if steps is not None:
        positive("steps", steps)
    positive("workers", workers)
    _dataset(output / "data" / "parity")
    jobs = [
        Job(task, model, steps or STEPS[task], seed, output / "runs" / f"{task.replace(':', '-')}-{model}")
        for task in TRAINING
        for model in MODELS
    ]
    _run_all(jobs, workers)
    board = output / "board"
    _submit_all([job.folder for job in jobs], board, workers)
    print_board(board)
    from ..leaderboards.site.build import build

    say(f"the page is {build(board).resolve()}")


def _dataset(folder: Path) -> None:
    from ..generators.datasets import generate
    from ..generators.shards import parse_split
    from ..generators.tasks import task

    if folder.exists():
        say(f"{folder} is there already")
        return
    splits = " ".join(f"--split {text}" for text in DATASET)
    made = generate(
        task("parity"),
        folder,
        [parse_split(text) for text in DATASET],
        command=f"krohn generate parity -o parity {splits} --seed 0",
    )
    words = sum(split["words"] for split in made["splits"].values())
    say(f"{folder} holds {words:,} labelled words of parity")


def _run_all(jobs: list[Job], workers: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with (
        get_context("spawn").Manager() as manager,
        Progress(*columns, console=Console(stderr=True)) as bar,
        _pool(workers) as pool,
    ):
        news: Queue[tuple[Path, str, float]] = manager.Queue()
        rows = {
            job.folder: bar.add_task(f"{job.model} on {job.task}", total=1.0, start=False) for job in jobs
        }
        running: list[Future[None]] = [pool.submit(run_job, job, news) for job in jobs]
        while not all(future.done() for future in running) or not news.empty():
            try:
                folder, doing, share = news.get(timeout=0.5)
            except queue.Empty:
                continue
            job = next(job for job in jobs if job.folder == folder)
            bar.start_task(rows[folder])
            bar.update(rows[folder], completed=share, description=f"{job.model} on {job.task}: {doing}")
        for future in running:
            future.result()


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_die_on_interrupt)


def _die_on_interrupt() -> None:
    # Every file is whole or absent, so a worker can simply end; the parent says that it was stopped.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_job(job: Job, news: Queue[tuple[Path, str, float]]) -> None:
    """Train, evaluate and draw one run, in a process of its own; go on where an earlier demo stopped."""
    import torch

    from ..evaluation.evaluate import evaluate_run
    from ..evaluation.figures import FIGURE, draw_run
    from ..generators.tasks import task as find_task
    from ..training.config import training_config
    from ..training.loop import train
    from ..training.run import RESULT, load_run, new_config

    torch.set_num_threads(1)
    task = find_task(job.task)
    training = training_config({**TRAINING[job.task], "steps": job.steps, "seed": job.seed})
    if not (job.folder / RESULT).exists():

        def trained(step: int, loss: float) -> None:
            if step % 20 == 0:
                news.put((job.folder, f"training, loss {loss:.3f}", 0.7 * step / job.steps))

        config = new_config(task, job.model, MODELS[job.model], training, [])
        train(config, job.folder, resume=job.folder.exists(), watch=trained)
    if not (job.folder / FIGURE).exists():  # the last file that an evaluation writes

        def evaluated(done: int, total: int) -> None:
            news.put((job.folder, "evaluating", 0.7 + 0.3 * done / total))

        run = load_run(job.folder)
        draw_run(run, evaluate_run(run, LENGTHS, PRECISIONS, watch=evaluated))
    news.put((job.folder, "done", 1.0))


def _submit_all(runs: list[Path], board: Path, workers: int) -> None:
    """Submit what is not on the board yet, and let the board measure it: claimed rows have no rank."""
    from ..leaderboards.entries import rows
    from ..leaderboards.packing import pack
    from ..leaderboards.submission import submit

    there = {entry.claim.id for entry in rows(board)} if board.exists() else set()
    for packed in pack(runs):
        if packed.claim.id not in there:
            submit(packed, board)
    say("the board measures every claim again, then on words of its own")
    waiting = [entry.claim.id for entry in rows(board) if entry.verification is None]
    with _pool(workers) as pool:
        for line in pool.map(measure_claim, repeat(board), waiting):
            say(line)


def measure_claim(board: Path, claim_id: str) -> str:
    """Let the board measure one claim, in a process of its own; return a line on what it found."""
    from ..leaderboards.verification import verify

    lines: list[str] = []
    verify(
        board,
        [claim_id],
        watch=lambda claim, found: lines.append(f"{claim.name} on {claim.tasks[0]}: {found.tier}"),
    )
    return lines[0]
