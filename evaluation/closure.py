"""Closure: all pairs of a model's state and its task's that any word reaches, and whether each answers rightly.

A model whose recurrent state takes finitely many values, as one whose phases lie on a lattice, is a finite machine
itself. Where all that it can reach is enumerated, no word of any length has a label that was not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..automata.machine import Machine
from ..errors import RequestError
from ..generators.kinds import Classes, Readout, Symbols
from ..generators.task import Task
from ..models.layers import State
from ..models.zoo import carries_state
from ..names import positive

PART = 4096
"""Tokens fed at a time."""


@dataclass(frozen=True)
class Closure:
    """What was enumerated.

    Attributes
    ----------
    states : int
        Pairs of the model's state and the machine's that were reached.
    complete : bool
        Whether they are all: then `wrong` says of every word of every length whether it is answered rightly.
    wrong : int
        Steps from one pair into another at which the answer is wrong.
    margin : float or None
        The least distance of the right logit from the best wrong one, over all steps looked at; None where there is
        no wrong one, as with one class.
    """

    states: int
    complete: bool
    wrong: int
    margin: float | None

    @property
    def proven(self) -> bool:
        """Whether every word of every length is answered rightly, in this arithmetic."""
        return self.complete and not self.wrong


def has_closure(task: Task) -> bool:
    """Say whether what a model reaches on a task can be enumerated: its labels are a finite machine's, read alone.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> [has_closure(task(name)) for name in ("word:S3", "majority", "next-symbols:tomita:6", "reverse")]
    [True, False, False, False]
    """
    alone = isinstance(task.inputs, Symbols) and task.readout is not Readout.SEQUENCE
    return task.machine is not None and alone and isinstance(task.targets, Classes)


def closure(model: nn.Module, task: Task, limit: int = 20_000) -> Closure:
    """Enumerate what a model reaches on the words of a task, breadth first, until nothing is new or too much is.

    Parameters
    ----------
    model : nn.Module
        That carries a state.
    task : Task
        That `has_closure`.
    limit : int
        Pairs at which enumeration stops.

    Raises
    ------
    RequestError
        Where the task has none, or the model carries no state.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> from krohn.models.zoo import build_model
    >>> rotor = {"drive": False, "convolution": False, "width": 2, "modes": 1, "phase_lattice": 3}
    >>> closure(build_model("aussm", 2, 2, rotor, seed=0), task("parity")).complete
    True
    """
    machine = task.machine
    if machine is None or not has_closure(task):
        raise RequestError(
            f"{task.name} has no finite machine that labels its words: expected such as word:S3"
        )
    if not carries_state(model):
        raise RequestError(
            "this model carries no state: expected forward(tokens, state=None) -> (logits, state)"
        )
    positive("limit", limit)
    training = model.training
    try:
        with torch.no_grad():
            return _enumerate(model.eval(), machine, limit)
    finally:
        model.train(training)


def _enumerate(model: nn.Module, machine: Machine, limit: int) -> Closure:
    delta, outputs, V = machine.semiautomaton.delta, np.asarray(machine.outputs), machine.symbols
    seen: set[bytes] = set()
    wrong, margin = 0, float("inf")

    def found(complete: bool) -> Closure:
        return Closure(len(seen), complete, wrong, margin if math.isfinite(margin) else None)

    before: State | None = None
    places: NDArray[np.int64] = np.array([machine.start])
    while len(places):
        parts: list[tuple[State, NDArray[np.int64]]] = []
        size = max(1, PART // V)
        for begin in range(0, len(places), size):
            chosen = slice(begin, begin + size)
            here = places[chosen]
            tokens = torch.arange(V).repeat(len(here))
            state = (
                None if before is None else {k: v[chosen].repeat_interleave(V, 0) for k, v in before.items()}
            )
            logits, after = model(tokens[:, None], state)
            there = delta[np.repeat(here, V), tokens.numpy()].astype(np.int64)
            gap = _margins(logits[:, -1].double(), torch.from_numpy(outputs[there].astype(np.int64)))
            wrong, margin = wrong + int((gap <= 0).sum()), min(margin, float(gap.min()))
            new = _new(after, there, seen)
            parts.append(({name: value[new] for name, value in after.items()}, there[new]))
            if len(seen) > limit:
                return found(complete=False)
        before = {name: torch.cat([state[name] for state, _ in parts]) for name in parts[0][0]}
        places = np.concatenate([there for _, there in parts])
    return found(complete=True)


def _margins(logits: Tensor, labels: Tensor) -> Tensor:
    own = logits.gather(1, labels[:, None])
    return (own - logits.scatter(1, labels[:, None], -torch.inf).amax(1, keepdim=True))[:, 0]


def _new(state: State, places: NDArray[np.int64], seen: set[bytes]) -> list[int]:
    """Return the rows whose state, bit by bit, and whose place were not seen; they are from now on."""
    parts = [value.detach().cpu().numpy().reshape(len(places), -1) for value in state.values()]
    found = []
    for row, place in enumerate(places):
        digest = blake2b(
            b"".join([part[row].tobytes() for part in parts]), digest_size=16, key=b"%d" % place
        ).digest()
        if digest not in seen:
            seen.add(digest)
            found.append(row)
    return found
