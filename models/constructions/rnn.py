"""Any finite machine in one saturated layer of the model `rnn`.

A unit is a way into a state: "the state was one of these, and the symbol is one that leads from each of them to
that one". It is a threshold, tanh of a large argument, so every unit is 1 or -1 to the last bit and an error is
forgotten at once; sums of such units are whole numbers in any format. One more unit, 0 before the word and 1 ever
after, stands for the start state.

Source: saturated networks and regular languages: Merrill et al., "A formal hierarchy of RNN architectures",
arXiv 2004.08500; the units are those of Minsky, Computation: Finite and Infinite Machines, 1967, chapter 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...automata.machine import Machine
from .construction import Construction, fitting_width, refuse_too_large, target
from .quotients import Parts, Quotient, parts
from .refusals import permutes

GAIN = 16.0
"""Of a threshold: tanh(16) is 1 in float32."""
SCALE = 8.0
"""Logits are this many times what scores say."""
FAINT = 2.0**-20
"""Of embeddings: they pass by the layer to the head, which must not see them. A power of 2: exact."""

THEOREM = "One saturated layer computes every finite machine (Minsky 1967; arXiv 2004.08500)."


class Unit(NamedTuple):
    """A way into a state of a quotient.

    Attributes
    ----------
    sources : tuple of int
        States that all its symbols lead from.
    symbols : tuple of int
    target : int
        Where they lead.
    """

    sources: tuple[int, ...]
    symbols: tuple[int, ...]
    target: int


def units_of(delta: NDArray[np.int32]) -> list[Unit]:
    """Return the units of a transition table: of every state and symbol exactly one is on.

    Examples
    --------
    A flip-flop's value is set from wherever it was, or was there and is kept:

    >>> from krohn.automata.flipflops import flip_flop
    >>> len(units_of(flip_flop(4).delta))
    8
    """
    found: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for source, row in enumerate(delta.tolist()):
        leads: dict[int, list[int]] = {}
        for symbol, following in enumerate(row):
            leads.setdefault(following, []).append(symbol)
        for following, symbols in leads.items():
            found.setdefault((following, tuple(symbols)), []).append(source)
    return [Unit(tuple(sources), symbols, following) for (following, symbols), sources in found.items()]


def _ways(delta: NDArray[np.int32]) -> int:
    """Return how many pairs of a state and the next there are: the units where symbols permute, else their most."""
    return int((np.diff(np.sort(delta, axis=1), axis=1) != 0).sum()) + len(delta)


@target("rnn")
def machine_in_rnn(machine: Machine, width: int | None = None) -> Construction:
    """Return weights of `rnn` that compute a machine.

    Parameters
    ----------
    machine : Machine
    width : int, optional
        D: one more than the units; those that are left over stay idle.

    Raises
    ------
    RequestError
        For a width that is too small.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> machine_in_rnn(counter(3)).width
    7
    """
    found = parts(machine, _ways)
    tables = [quotient.delta for quotient in found.quotients]
    if all(map(permutes, tables)):  # no unit has to be made to know how many there are
        fitting_width("rnn", 1 + sum(map(_ways, tables)), width, found.note)
    refuse_too_large("rnn", 1 + sum(len(np.unique(delta)) for delta in tables), found.note)
    units = [units_of(delta) for delta in tables]
    D = fitting_width("rnn", 1 + sum(map(len, units)), width, found.note)
    return Construction(
        model="rnn",
        settings={"width": D, "nonlinearity": "tanh", "layers": "r", "norm": False},
        weights=_weights(found, units, D),
        layers=1,
        theorem=THEOREM,
    )


def _weights(found: Parts, units: list[list[Unit]], D: int) -> dict[str, Tensor]:
    machine = found.machine
    embedding = np.zeros((machine.symbols, D))
    enter, recur, bias = np.zeros(D), np.zeros((D, D)), np.zeros(D)
    head, offset = np.zeros((machine.classes, D)), np.zeros(machine.classes)
    begin = 0
    for quotient, own, scores in zip(found.quotients, units, found.scores(), strict=True):
        here = slice(begin, begin + len(own))
        begin += len(own)
        for channel, unit in enumerate(own, here.start):
            embedding[list(unit.symbols), channel] = FAINT
        recur[here, here], recur[here, D - 1], bias[here] = _thresholds(quotient, own)
        said = scores[:, [unit.target for unit in own]]
        head[:, here] = SCALE / 2 * said  # units are 1 or -1: half the sum, and half their number
        offset += SCALE / 2 * said.sum(1)
    enter[: D - 1] = 2 * GAIN / FAINT
    bias[D - 1] = GAIN
    silent = ~np.isin(np.arange(machine.classes), machine.outputs)
    offset[silent] = -SCALE
    return {
        name: torch.tensor(array, dtype=torch.float32)
        for name, array in {
            "embedding.weight": embedding,
            "layers.0.cell.weight_ih_l0": np.diag(enter),
            "layers.0.cell.weight_hh_l0": recur,
            "layers.0.cell.bias_ih_l0": bias,
            "layers.0.cell.bias_hh_l0": np.zeros(D),
            "head.weight": head,
            "head.bias": offset,
        }.items()
    }


def _thresholds(
    quotient: Quotient, units: list[Unit]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return what units receive from units, from the unit that is 0 before the word, and their biases.

    A unit's argument is GAIN times 1 where it is to be on and -1 or -3 where not: 2 for its symbol, plus 0 where
    the state is one of its sources and -2 where not, minus 1.
    """
    into = np.array([unit.target for unit in units])
    from_units = np.stack([np.isin(into, unit.sources) for unit in units]).astype(np.float64)
    before = np.array([0 if quotient.start in unit.sources else -2 for unit in units])
    started: NDArray[np.float64] = from_units.sum(1) - 2.0 - before
    return GAIN * from_units.astype(np.float64), GAIN * started, GAIN * (before - 1.0)
