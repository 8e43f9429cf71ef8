"""Linear systems that remember S vectors and go on by themselves, in the model `wave`.

A lattice whose boundary is the system's own map holds the history, and everything after the S vectors follows. But
its boundary acts while they are being read, too. So a first lattice, without feedback, makes what the boundary is
going to add, and takes it off the input; after S steps, which it counts by a wave of ones, nothing is to be taken
off, and a gated MLP shuts it out. What enters the last lattice is then u_t - Σ F_k u_{t-k} up to S, and 0 after.

Source: Karuvally, Sejnowski and Siegelmann, arXiv 2402.10163, theorem 3.1.
"""

from __future__ import annotations

import numpy as np
import torch

from .construction import Construction, fitting_width, system_target
from .system import LinearSystem

OPEN = 64.0
"""silu(64) is 64, and silu(0) is 0: an open gate and a shut one."""

THEOREM = "A wave with a linear boundary computes every linear system of its last s vectors (arXiv 2402.10163, 3.1)."


@system_target("wave")
def system_in_wave(system: LinearSystem, width: int | None = None) -> Construction:
    """Return weights of `wave` that compute a linear system.

    Parameters
    ----------
    system : LinearSystem
    width : int, optional
        D: twice the system's dimension and two.

    Raises
    ------
    RequestError
        For a width that is too small.

    Examples
    --------
    >>> made = system_in_wave(LinearSystem(np.ones((2, 3, 3))))
    >>> made.width, made.settings["columns"], made.settings["layers"]
    (8, 2, 'w|f|w')
    """
    S, d = system.steps, system.dimension
    D = fitting_width("wave", 2 * d + 2, width)
    history, taken = np.arange(d), np.arange(d, 2 * d)  # rows of the first lattice
    one, late = D - 2, D - 1  # channels and rows: 1 always; 1 from step S + 1 on
    channels = np.arange(d)  # of the stream: the vector

    embedding, bias = np.zeros((D, d)), np.zeros(D)
    embedding[channels, channels] = 1
    bias[one] = 1

    first = np.zeros((S, D, D))  # the oldest column first
    first[:, taken[:, None], history] = -system.maps[::-1]
    first[0, late, one] = 1
    write, read = np.zeros((D, D)), np.zeros((D, D))
    write[history, channels] = write[one, one] = 1
    read[channels, taken] = read[late, late] = 1

    gate = np.zeros((2, 2 * D, D))  # what is to be shut out, for each channel of the vector
    gate[0, channels, late] = OPEN
    gate[1, channels, channels] = 1
    shut = np.zeros((D, 2 * D))
    shut[channels, channels] = -1 / OPEN

    last = np.zeros((S, D, D))
    last[:, :d, :d] = system.maps[::-1]
    straight = np.zeros((D, D))
    straight[channels, channels] = 1
    arrays = {
        "embedding.weight": embedding,
        "embedding.bias": bias,
        "layers.0.enter.weight": write,
        "layers.0.weights": first,
        "layers.0.leave.weight": read,
        "layers.1.enter.weight": gate.reshape(-1, D),
        "layers.1.leave.weight": shut,
        "layers.2.enter.weight": straight,
        "layers.2.weights": last,
        "layers.2.leave.weight": straight,
        "head.weight": np.eye(d, D),
        "head.bias": np.zeros(d),
    }
    return Construction(
        model="wave",
        settings={"width": D, "columns": S, "boundary": "linear", "layers": "w|f|w", "norm": False},
        weights={name: torch.tensor(array, dtype=torch.float32) for name, array in arrays.items()},
        layers=2,
        theorem=THEOREM,
    )
