"""The task of a machine in a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..automata.interchange import read_machine
from ..automata.machine import Machine
from ..automata.minimise import minimise
from ..errors import RequestError
from .families import Rest, register_task
from .task import Readout, Task, machine_task

PACKAGE = Path(__file__).resolve().parents[1]


def machine_file(path: str) -> Path:
    """Return where a file of machines lies: from the working folder, or else among those that Krohn ships.

    Examples
    --------
    >>> machine_file("examples/turnstile.dot").name
    'turnstile.dot'
    """
    given, shipped = Path(path).expanduser(), PACKAGE / path
    return shipped if not given.exists() and shipped.is_file() else given


def content_version(machine: Machine) -> int:
    """Return a version that changes where a label can change: 31 bits of a hash of the minimal machine.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> content_version(counter(2)) == content_version(counter(2).trim()) != content_version(counter(3))
    True
    """
    least = minimise(machine)
    shape = f"{least.states} {least.symbols} {least.classes} ".encode()
    digest = hashlib.sha256(
        shape + least.delta.astype("<i4").tobytes() + least.outputs.astype("<i4").tobytes()
    )
    return int.from_bytes(digest.digest()[:4]) >> 1


@register_task("file", example="file:examples/turnstile.dot")
def file(PATH: Rest) -> Task:
    """The symbols of the machine in a file (docs/formats.md); after every one, its output."""
    machine = read_machine(machine_file(PATH))
    if not isinstance(machine, Machine):
        raise RequestError(
            f"task 'file:{PATH}': a timed automaton: expected a finite machine; 'timed:file:{PATH}' is for timed ones"
        )
    return machine_task(f"file:{PATH}", machine, Readout.PREFIX, version=content_version(machine))
