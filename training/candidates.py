"""Lattices on which learned phases may lie: from the task's algebra, and from the phases themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..automata.algebra.exponent import exponent
from ..automata.machine import Machine
from ..generators.stream import Stream
from .phases import Phases
from .run import Run
from .validation import logits_of

FINEST = 120
"""Largest q that is looked for in the phases."""
TOLERANCES = (0.05, 0.02, 0.01, 0.005, 0.002)
"""Turns by which a phase may be off its own lattice, where each mode has one."""
WORDS = 128


def from_algebra(machine: Machine | None) -> list[int]:
    """Return the divisors of the exponent of a machine's groups above 1, and its multiples by 2, 4 and 10.

    A rotor that carries a factor Z_m of the groups turns by multiples of 1/m.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> from_algebra(task("word:S3").machine), from_algebra(task("count:5").machine)
    ([2, 3, 6, 12, 24, 60], [5, 10, 20, 50])
    """
    e = 1 if machine is None else exponent(machine)
    if e == 1:
        return []
    return [q for q in range(2, e + 1) if e % q == 0] + [2 * e, 4 * e, 10 * e]


def from_phases(phases: Sequence[Tensor], count: int = 3) -> list[int]:
    """Return those q to FINEST on whose lattice phases lie best: where the mean of cos(2π q θ) is largest.

    Parameters
    ----------
    phases : sequence of Tensor, shape (tokens, N, D), turns
        Of each layer.
    count : int

    Examples
    --------
    >>> from_phases([torch.tensor([1, 2, 5]).view(3, 1, 1) / 7], count=2)
    [7, 14]
    """
    near = {
        q: sum(torch.cos(2 * math.pi * q * theta.double()).mean().item() for theta in phases)
        for q in range(2, FINEST + 1)
    }
    return sorted(sorted(near, key=lambda q: (-round(near[q], 6), q))[:count])


def one_a_mode(theta: Tensor, tolerance: float) -> Tensor:
    """Return for each mode the least q such that each of its phases is within a tolerance of a multiple of 1/q.

    For a single phase that is the denominator of the simplest fraction near it, which its continued fraction gives;
    a mode has one phase for each symbol, and so the least common one is looked for.

    Parameters
    ----------
    theta : Tensor, shape (tokens, N, D), turns
    tolerance : float
        Turns, above 0.

    Returns
    -------
    Tensor, shape (N, D), int32

    Examples
    --------
    >>> theta = torch.tensor([[0.3331, 0.5], [0.251, 0.0]]).view(2, 1, 2)
    >>> one_a_mode(theta, 0.002), one_a_mode(theta[:1], 0.002)
    (tensor([[12,  2]], dtype=torch.int32), tensor([[3, 2]], dtype=torch.int32))
    """
    theta = theta.double()
    found = torch.zeros(theta.shape[1:], dtype=torch.int32)
    q = 0
    while not bool(found.all()):  # at the latest at 1 / (2 tolerance), whose multiples are that near anything
        q += 1
        off = (theta * q - torch.round(theta * q)).abs().amax(0) / q
        found[(found == 0) & (off <= tolerance)] = q
    return found


def phases_of(run: Run, model: nn.Module) -> list[Tensor]:
    """Return the phases of each unitary layer in validation words, (tokens, N, D), in turns.

    Raises
    ------
    RequestError
        Where the model has none.
    """
    config = run.training
    read = Phases(model, f"{run.folder}: model {run.config.model!r}")
    batch = Stream(run.task, WORDS, config.lengths, config.seed, "validation").at(0)
    with torch.no_grad():
        logits_of(model, batch.inputs)
        found = read.of_words(batch.lengths)
    read.remove()
    return found
