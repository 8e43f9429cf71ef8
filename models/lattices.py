"""Lattices of phases as an option of a model: one for all, or one for each phase of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import torch
from torch import Tensor

from ..errors import RequestError

Lattices = int | tuple[tuple[int, ...], ...]
"""One q for all phases, or for each unitary layer one for each of its N D phases."""


def lattices_of(given: Lattices, layers: str) -> Iterator[int | Sequence[int]]:
    """Return what each layer ``a`` of a layer string takes as its lattice, in order.

    Raises
    ------
    RequestError
        Where there is not one row a layer.

    Examples
    --------
    >>> next(lattices_of(6, "a|f|a")), next(lattices_of(((2, 2), (3, 6)), "a|f|a"))
    (6, (2, 2))
    """
    count = layers.split("|").count("a")
    if isinstance(given, int):
        return repeat(given)
    if len(given) != count:
        raise RequestError(
            f"phase_lattice has {len(given)} rows: expected one number, or one row for each of the {count} "
            f"letters a in layers {layers!r}"
        )
    return iter(given)


def layer_lattice(given: int | Sequence[int], N: int, D: int) -> int | Tensor:
    """Return a layer's lattice: a number, 0 for none, or a tensor (N, D), int32.

    Raises
    ------
    RequestError
        For a q out of range, or not one q a phase.

    Examples
    --------
    >>> layer_lattice(6, 1, 2), layer_lattice((2, 3), 1, 2).tolist()
    (6, [[2, 3]])
    """
    if isinstance(given, int):
        if not 0 <= given < 2**31:
            raise RequestError(
                f"phase_lattice is {given}: expected a whole number from 0 to 2147483647, or one a mode"
            )
        return given
    if len(given) != N * D:
        raise RequestError(
            f"phase_lattice holds {len(given)} numbers for a layer: expected {N * D}, modes x width"
        )
    wrong = next((q for q in given if not 1 <= q < 2**31), None)
    if wrong is not None:
        raise RequestError(f"phase_lattice holds {wrong}: expected whole numbers from 1 to 2147483647")
    return torch.tensor(given, dtype=torch.int32).view(N, D)
