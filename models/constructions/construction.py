"""What a construction is, which models have one, and what is said where there is none.

A target is a function of a machine (or a linear system) and a width; it is found by the model's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ...automata.machine import Machine
from ...errors import RequestError
from ...names import unknown
from ..registry import MODELS
from .system import LinearSystem

LARGEST_WIDTH = 4096
"""Channels of a construction at most."""


@dataclass(frozen=True, eq=False)
class Construction:
    """Exact weights for a model of the zoo.

    Attributes
    ----------
    model : str
        Its name.
    settings : dict
        Its config: keys that differ from their defaults.
    weights : dict of Tensor
        Its whole ``state_dict``, float32.
    layers : int
        Layers that carry a state from one symbol to the next.
    lookups : tuple of int
        Entries of each lookup table between them; empty where there is none.
    theorem : str
        What says that it can be, with its source.
    """

    model: str
    settings: Mapping[str, Any]
    weights: Mapping[str, Tensor]
    layers: int
    theorem: str
    lookups: tuple[int, ...] = field(default=())

    @property
    def width(self) -> int:
        """D, channels."""
        return int(self.settings["width"])


MachineTarget = Callable[[Machine, int | None], Construction]
SystemTarget = Callable[[LinearSystem, int | None], Construction]

TARGETS: dict[str, MachineTarget] = {}
"""By the model's name: what makes a construction of a machine, of the width that is asked for or the least."""

SYSTEM_TARGETS: dict[str, SystemTarget] = {}
"""The same of a linear system."""


def target(model: str) -> Callable[[MachineTarget], MachineTarget]:
    """Register a function as what constructs machines in a model (decorator)."""

    def register(make: MachineTarget) -> MachineTarget:
        TARGETS[model] = make
        return make

    return register


def system_target(model: str) -> Callable[[SystemTarget], SystemTarget]:
    """Register a function as what constructs linear systems in a model (decorator)."""

    def register(make: SystemTarget) -> SystemTarget:
        SYSTEM_TARGETS[model] = make
        return make

    return register


def construct(subject: Machine | LinearSystem, model: str, width: int | None = None) -> Construction:
    """Return exact weights of a model.

    Parameters
    ----------
    subject : Machine or LinearSystem
    model : str
        The name of a target.
    width : int, optional
        D; the least that is needed where not given.

    Raises
    ------
    RequestError
        For a model that is no target, a subject that it cannot compute (with the theorem), or a width that is
        too small (with the one that it needs).
    """
    if isinstance(subject, Machine):
        _expect(model, "a finite machine", TARGETS, "linear systems", SYSTEM_TARGETS)
        return TARGETS[model](subject, width)
    _expect(model, "a linear system", SYSTEM_TARGETS, "finite machines", TARGETS)
    return SYSTEM_TARGETS[model](subject, width)


def _expect(
    model: str, subject: str, targets: Iterable[str], other: str, targets_of_other: Iterable[str]
) -> None:
    """Refuse a model that is no target of this kind of subject, and say whether it is one of the other kind."""
    known = sorted(targets)
    if model in known:
        return
    named = f"{', '.join(known[:-1])} or {known[-1]}"
    if model in targets_of_other:
        raise RequestError(
            f"model {model!r} holds {other} only, and this task is {subject}: expected {named}"
        )
    if model in MODELS:
        raise RequestError(f"model {model!r} has no construction: expected {named} for {subject}")
    raise unknown("target of constructions:", model, known)


def refuse_too_large(model: str, least: int, note: str = "") -> None:
    """Refuse a construction that needs more channels than there may be, where it is known before it is made.

    Raises
    ------
    RequestError
        With a width that is not yet enough.

    Examples
    --------
    >>> refuse_too_large("rnn", 5000)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: this construction in 'rnn' needs a width of at least 5000: expected at most 4096
    """
    if least > LARGEST_WIDTH:
        raise RequestError(
            f"this construction in {model!r} needs a width of at least {least}: expected at most {LARGEST_WIDTH}{note}"
        )


def fitting_width(model: str, needed: int, width: int | None, note: str = "") -> int:
    """Return the width of a construction: the one asked for, or else the least.

    Parameters
    ----------
    model : str
    needed : int
    width : int, optional
    note : str
        What is added to a refusal of what is too large.

    Raises
    ------
    RequestError
        Where it is too small, or what is needed is more than a construction may have.

    Examples
    --------
    >>> fitting_width("rnn", 24, None), fitting_width("rnn", 24, 32)
    (24, 32)
    >>> fitting_width("rnn", 24, 16)
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: width is 16: expected at least 24, which this construction in 'rnn' needs
    """
    if width is not None and width < needed:
        raise RequestError(
            f"width is {width}: expected at least {needed}, which this construction in {model!r} needs"
        )
    chosen = needed if width is None else width
    if chosen > LARGEST_WIDTH:
        of = (
            f"this construction in {model!r} needs a width of {chosen}"
            if width is None
            else f"width is {chosen}"
        )
        raise RequestError(f"{of}: expected at most {LARGEST_WIDTH}{note}")
    return chosen
