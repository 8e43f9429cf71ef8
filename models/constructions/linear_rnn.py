"""Linear systems that remember S vectors and go on by themselves, in the model `rnn` with ReLU.

A number is the difference of two units, its positive and its negative part. Two shift registers hold the history:
what was read, and what the system made of it. The units that it is made in are held below zero while vectors are
being read, by a bias that a chain of ones, S units long, takes off at step S + 1. Everything is copies and sums: no
unit saturates, and no sum of whole numbers below 2^24 is rounded.

Source: Karuvally, DelMastro and Siegelmann, arXiv 2310.02430: memories of variables as a shift of subspaces.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .construction import Construction, fitting_width, system_target
from .system import LinearSystem

THEOREM = (
    "In theory s d linear units hold every linear task of binding s vectors of d numbers (arXiv 2310.02430)."
)


@system_target("rnn")
def system_in_rnn(system: LinearSystem, width: int | None = None) -> Construction:
    """Return weights of `rnn` that compute a linear system of vectors of numbers from -1 to 1.

    Parameters
    ----------
    system : LinearSystem
    width : int, optional
        D: four units for each number that is held, and S.

    Raises
    ------
    RequestError
        For a width that is too small.

    Examples
    --------
    >>> system_in_rnn(LinearSystem(np.ones((2, 3, 3)))).width
    26
    """
    S, d = system.steps, system.dimension
    # How long each component is held: as far back as any other reads it.
    read: NDArray[np.bool_] = np.any(system.maps, axis=1)
    held = [max((k for k in range(1, S + 1) if read[k - 1, c]), default=1) for c in range(d)]
    number = np.cumsum([0, *held])  # of the newest of each component
    count = int(number[-1])
    D = fitting_width("rnn", 4 * count + S, width)
    registers = [(kind * count, sign) for kind, sign in enumerate((1, -1, 1, -1))]  # read twice, made twice
    chain = 4 * count

    embedding, enter, recur, bias = np.zeros((D, d)), np.zeros((D, D)), np.zeros((D, D)), np.zeros(D)
    head = np.zeros((d, D))
    bound = float(np.ceil(np.abs(system.maps).sum((0, 2)).max()))
    for begin, _ in registers:
        for c in range(d):
            for k in range(1, held[c]):
                recur[begin + number[c] + k, begin + number[c] + k - 1] = 1
    for c in range(d):
        embedding[number[c], c] = 1  # a channel that the head does not see
        for begin, sign in registers[:2]:
            enter[begin + number[c], number[c]] = sign
        for begin, sign in registers[2:]:
            made = begin + number[c]
            for k in range(1, S + 1):
                for o in np.flatnonzero(system.maps[k - 1, c]):
                    for other, part in registers:
                        recur[made, other + number[o] + k - 1] = sign * part * system.maps[k - 1, c, o]
            recur[made, chain + S - 1] = bound
            bias[made] = -bound
            head[c, made] = sign
    bias[chain] = 1
    recur[chain + np.arange(1, S), chain + np.arange(S - 1)] = 1
    arrays = {
        "embedding.weight": embedding,
        "embedding.bias": np.zeros(D),
        "layers.0.cell.weight_ih_l0": enter,
        "layers.0.cell.weight_hh_l0": recur,
        "layers.0.cell.bias_ih_l0": bias,
        "layers.0.cell.bias_hh_l0": np.zeros(D),
        "head.weight": head,
        "head.bias": np.zeros(d),
    }
    return Construction(
        model="rnn",
        settings={"width": D, "nonlinearity": "relu", "layers": "r", "norm": False},
        weights={name: torch.tensor(array, dtype=torch.float32) for name, array in arrays.items()},
        layers=1,
        theorem=THEOREM,
    )
