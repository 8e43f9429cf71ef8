"""metrics.jsonl, a line of figures every few steps, and the trackers that are shown the same figures."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from ..errors import DamagedFileError, RequestError
from ..files import appending, write_bytes
from ..names import lookup
from .run import METRICS, Run

Show = Callable[[dict[str, Any]], None]


def forget_after(metrics: Path, step: int) -> float:
    """Drop the records after a step, and a last line that a kill cut short; return the seconds spent until it."""
    kept = []
    if not metrics.is_file():
        raise DamagedFileError(f"{metrics.parent} is damaged: {metrics.name} is missing")
    for line in metrics.read_text().splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            break
        if record["step"] > step:
            break
        kept.append(record)
    write_bytes(metrics, "".join(json.dumps(record) + "\n" for record in kept).encode())
    return float(kept[-1]["seconds"]) if kept else 0.0


class Metrics:
    """Where records go: always to the run's own file, and to each tracker that was asked for."""

    def __init__(self, file: TextIO | None, shows: Sequence[Show]) -> None:
        self.file, self.shows = file, shows

    def write(self, record: dict[str, Any]) -> None:
        """Write one record."""
        if self.file is None:
            return
        self.file.write(json.dumps(record) + "\n")
        for show in self.shows:
            show(record)

    def to_disk(self) -> None:
        """Return when all that was written is on the disk."""
        if self.file is not None:
            self.file.flush()
            os.fsync(self.file.fileno())


@contextmanager
def metrics_of(run: Run, step: int, trackers: Sequence[str], first: bool) -> Iterator[Metrics]:
    """Open a run's metrics after a step; those of other processes than the first write nothing."""
    if not first:
        yield Metrics(None, ())
        return
    with ExitStack() as stack:
        shows = [stack.enter_context(TRACKERS[name](run, step)) for name in trackers]
        yield Metrics(stack.enter_context(appending(run.folder / METRICS)), shows)


def trackers_of(text: str) -> tuple[str, ...]:
    """Return the names of trackers, written by comma.

    Raises
    ------
    RequestError
        For an unknown one, or one that is not installed.

    Examples
    --------
    >>> trackers_of("")
    ()
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        lookup("tracker", name, TRACKERS)
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise RequestError(
                f"tracker {name!r} cannot be used ({error}): expected it to be installed, pip install 'krohn[track]'"
            ) from None
    return names


def _flat(record: dict[str, Any]) -> dict[str, float]:
    numbers = {
        key: value for key, value in record.items() if isinstance(value, int | float) and key != "step"
    }
    right = record.get("validation")
    if right:
        numbers["validation accuracy"] = right["correct"] / right["total"]
    return numbers


@contextmanager
def _tensorboard(run: Run, step: int) -> Iterator[Show]:
    """Event files in the run's folder ``tensorboard``; steps that are made again replace those made before."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(run.folder / "tensorboard"), purge_step=step + 1) as writer:

        def show(record: dict[str, Any]) -> None:
            for name, value in _flat(record).items():
                writer.add_scalar(name, value, record["step"])

        yield show


@contextmanager
def _trackio(run: Run, step: int) -> Iterator[Show]:
    """Trackio's own database on this machine, where ``trackio show`` finds it; nothing is sent anywhere."""
    trackio = importlib.import_module("trackio")
    config = run.config.model_dump(mode="json")
    with redirect_stdout(sys.stderr):  # what it says is no result
        trackio.init(project="krohn", name=str(run.folder), resume="allow", config=config)
    try:
        yield lambda record: trackio.log(_flat(record), step=record["step"])
    finally:
        with redirect_stdout(sys.stderr):
            trackio.finish()


TRACKERS = {"tensorboard": _tensorboard, "trackio": _trackio}
