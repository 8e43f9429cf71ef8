"""A linear history: each new vector is a linear map of the last S."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError


@dataclass(frozen=True, eq=False)
class LinearSystem:
    """Remember S vectors of D numbers; then each new one is y_t = Σ_k maps[k - 1] y_{t-k}.

    Attributes
    ----------
    maps : float64 array, shape (S, D, D)
        What the vector k steps back is multiplied by.

    Raises
    ------
    RequestError
        Where maps are of another shape.

    Examples
    --------
    Fibonacci's numbers: the sum of the last two.

    >>> LinearSystem(np.ones((2, 1, 1))).steps
    2
    """

    maps: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = self.maps.shape
        if len(shape) != 3 or shape[1] != shape[2] or 0 in shape:
            raise RequestError(f"maps have shape {shape}: expected (S, D, D)")

    @property
    def steps(self) -> int:
        """S, vectors that are remembered."""
        return len(self.maps)

    @property
    def dimension(self) -> int:
        """D, numbers of a vector."""
        return int(self.maps.shape[1])
