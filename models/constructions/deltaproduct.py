"""Machines in `deltaproduct`: permutations and resets in one layer, any other machine in a layer for each level.

A machine whose every symbol permutes its states or sets one is a single layer, its quotients beside each other: a
group that acts on n points takes n - 1 reflections. Of any other machine the cascade is taken, level by level: a
layer that lags by one token, so that it holds the coordinate before the symbol, then a gated MLP that looks up what
is carried down. The last lookup gives the class after the symbol. Nothing has to be solvable.

Source: Siems et al., arXiv 2502.10297: n - 1 reflections make every permutation of n things. Krohn and Rhodes, 1965:
every machine is a cascade of permutations and resets.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...automata.decomposition import decompose
from ...automata.decomposition.compile import NEVER
from ...automata.decomposition.plan import HOLD
from ...automata.machine import Machine
from ...errors import RequestError
from .construction import Construction, fitting_width, target
from .delta_layer import Mover, Shape, Weights, delta_weights, heads_of, moves, shape_of
from .levels import Program, Programs, programs
from .quotients import Parts, parts
from .tables import table_weights

SCALE = 8.0
"""Logits are this many times what scores say."""

ONE_LAYER = "One layer of n - 1 reflections a token makes every permutation of n things (arXiv 2502.10297)."
STACK = "A cascade of permutations and resets (Krohn and Rhodes 1965), each a layer of reflections (arXiv 2502.10297)."


@target("deltaproduct")
def machine_in_deltaproduct(machine: Machine, width: int | None = None) -> Construction:
    """Return weights of `deltaproduct` that compute a machine.

    Parameters
    ----------
    machine : Machine
    width : int, optional
        D; a multiple of the channels of a head.

    Raises
    ------
    RequestError
        For a width that is too small, or no such multiple; where the cascade is too large.

    Examples
    --------
    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> made = machine_in_deltaproduct(group_automaton(group("A5")))
    >>> made.layers, made.settings["reflections"]
    (1, 4)
    """
    found = parts(machine, lambda delta: len(delta) * (len(delta) - 1))
    if all(moves(quotient.delta.T) for quotient in found.quotients):
        return _one_layer(found, width)
    return _stack(found.machine, programs(found.machine, decompose(found.machine)), width)


def _one_layer(found: Parts, width: int | None) -> Construction:
    kinds, kind = np.unique(
        np.concatenate([quotient.delta for quotient in found.quotients]).T, axis=0, return_inverse=True
    )
    places = [len(quotient.delta) for quotient in found.quotients]
    ends = np.cumsum(places)
    heads, share = heads_of([places], len(kinds) + int(ends[-1]))
    fitting_width("deltaproduct", heads * share, width, found.note)  # before reflections are counted
    movers = [
        Mover(after, quotient.start)
        for after, quotient in zip(np.split(kinds, ends[:-1], axis=1), found.quotients, strict=True)
    ]
    shape = _fitted(shape_of([movers], len(kinds) + int(ends[-1])), width)
    embedding = _one_hot(kind.ravel(), shape.width)
    head = np.zeros((found.machine.classes, shape.width))
    offset = np.zeros(found.machine.classes)
    begin = len(kinds)
    for mover, scores in zip(movers, found.scores(), strict=True):
        head[:, begin : begin + mover.places] = SCALE * scores
        offset += SCALE * scores[:, mover.start]  # its channel is 0 where the state is there and -1 elsewhere
        begin += mover.places
    offset[~np.isin(np.arange(found.machine.classes), found.machine.outputs)] = -SCALE
    layers = [("d", delta_weights(movers, shape, 0, len(kinds), lag=0))]
    return _construction(shape, embedding, layers, head, offset, (), ONE_LAYER)


def _stack(machine: Machine, found: Programs, width: int | None) -> Construction:
    sizes = [(program.carried, program.level.size) for program in found.levels]
    channels = np.cumsum([0, *np.ravel(sizes), len(found.labels)]).tolist()
    entries = tuple(int((program.below != NEVER).sum()) for program in found.levels)
    movers = [Mover(_after(program), program.start) for program in found.levels]
    shape = _fitted(shape_of([[mover] for mover in movers], max(channels[-1], *entries)), width)
    layers = []
    for i, (mover, program) in enumerate(zip(movers, found.levels, strict=True)):
        carried, places, below = channels[2 * i : 2 * i + 3]
        layers.append(("d", delta_weights([mover], shape, carried, places, lag=1)))
        layers.append(("f", table_weights(shape.width, program.below, program.start, carried, places, below)))
    head = np.zeros((machine.classes, shape.width))
    head[found.labels, channels[-2] + np.arange(len(found.labels))] = SCALE
    offset = np.zeros(machine.classes)
    return _construction(shape, _one_hot(found.first, shape.width), layers, head, offset, entries, STACK)


def _after(program: Program) -> NDArray[np.int32]:
    """Return the coordinate after the symbol, by carried value and coordinate before: permutations and resets."""
    found = np.tile(np.arange(program.level.size, dtype=np.int32), (program.carried, 1))
    for row, (kind, turn), reset in zip(
        found, program.turn.tolist(), program.reset[:, 1].tolist(), strict=True
    ):
        series = program.level.groups[kind]
        if reset != HOLD:
            row[:] = reset
        elif turn and series is not None:
            permutation = series.group.permutations[turn]
            row[: len(permutation)] = permutation
    return found


def _fitted(shape: Shape, width: int | None) -> Shape:
    """Return the shape with as many heads as the width has room for."""
    chosen = fitting_width("deltaproduct", shape.width, width)
    if over := chosen % shape.share:
        raise RequestError(
            f"width is {chosen}: expected a multiple of {shape.share}, the channels of a head, such as {chosen - over}"
        )
    return Shape(chosen // shape.share, shape.share, shape.turns, shape.resets)


def _one_hot(numbers: NDArray[np.integer], width: int) -> NDArray[np.float64]:
    found = np.zeros((len(numbers), width))
    found[np.arange(len(numbers)), numbers] = 1
    return found


def _construction(
    shape: Shape,
    embedding: NDArray[np.float64],
    layers: list[tuple[str, Weights]],
    head: NDArray[np.float64],
    offset: NDArray[np.float64],
    lookups: tuple[int, ...],
    theorem: str,
) -> Construction:
    arrays: dict[str, NDArray[np.float64]] = {"embedding.weight": embedding}
    for index, (_, weights) in enumerate(layers):
        arrays |= {f"layers.{index}.{name}": array for name, array in weights.items()}
    arrays |= {"head.weight": head, "head.bias": offset}
    settings: Mapping[str, object] = {
        "width": shape.width,
        "heads": shape.heads,
        "reflections": shape.slots,
        "signed": True,
        "layers": "|".join(letter for letter, _ in layers),
        "norm": False,
    }
    tensors: dict[str, Tensor] = {
        name: torch.tensor(array, dtype=torch.float32) for name, array in arrays.items()
    }
    return Construction(
        "deltaproduct", settings, tensors, sum(letter == "d" for letter, _ in layers), theorem, lookups
    )
