"""Machines to and from other tools: files of eight formats, and objects of three libraries."""

from __future__ import annotations

from .aalpy_models import from_aalpy, to_aalpy
from .automata_lib import from_automata_lib, to_automata_lib
from .formats import FORMATS, read_machine, write_machine
from .networkx_graphs import from_networkx, to_networkx

__all__ = [
    "FORMATS",
    "from_aalpy",
    "from_automata_lib",
    "from_networkx",
    "read_machine",
    "to_aalpy",
    "to_automata_lib",
    "to_networkx",
    "write_machine",
]
