"""Which machines other tools hold as acceptors, with states that accept or reject."""

from __future__ import annotations

from ..languages.acceptors import CLASSES
from ..machine import Machine


def is_acceptor(machine: Machine) -> bool:
    """Return whether a machine has two classes, without names or called reject and accept.

    Read back, they are called reject and accept.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> is_acceptor(counter(2)), is_acceptor(counter(3))
    (True, False)
    """
    return machine.classes == 2 and machine.names.classes in ((), CLASSES)
