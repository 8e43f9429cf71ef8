"""The public diagonal scan: checks, choice of the backend, and the step for one token."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from .. import checks
from ..operations import backend_of, exempt
from ..rounding import Format
from ..rounding.recurrence import rounding_text
from ..tree import tree_scan
from .operation import diagonal_op
from .reference import diagonal_scan_reference


class DiagonalState(NamedTuple):
    """What is carried from one piece of a word to the next.

    Attributes
    ----------
    h : Tensor, shape (B, M, 2)
    steps : int
        Tokens so far; only stochastic rounding draws by it.
    """

    h: Tensor
    steps: int = 0


def diagonal_scan(
    drive: Tensor,
    eigenvalues: Tensor,
    state: DiagonalState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, DiagonalState]:
    """Scan a piece of a batch of words.

    Parameters
    ----------
    drive : Tensor, shape (B, L, M, 2), float32 or float64
        u, real and imaginary part.
    eigenvalues : Tensor, shape (M, 2) or (B, L, M, 2)
        λ, of modulus at most 1: the same for every step, or one a step.
    state : DiagonalState, optional
        What the piece before returned; zeros at the start of a word.
    rounding : Format, optional
        Round h, real and imaginary part, after every step; gradients pass through the rounding unchanged. In a
        tree (`Format.tree`), which has no gradients, every composed step.
    backend : str, optional
        ``reference``, ``cpu`` or ``triton``; by default the device decides.

    Returns
    -------
    states : Tensor, shape (B, L, M, 2)
        h after every step.
    state : DiagonalState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    >>> import torch
    >>> half, one = torch.tensor([[0.5, 0.0]]), torch.ones(1, 3, 1, 2)
    >>> states, state = diagonal_scan(one, half)
    >>> states[0, :, 0, 0].tolist(), state.steps
    ([1.0, 1.5, 1.75], 3)
    """
    checks.leading("drive", drive, "(B, L, M, 2)")
    B, L, M, _ = drive.shape
    if state is None:
        state = DiagonalState(drive.new_zeros(B, M, 2))
    varies = eigenvalues.dim() == 4
    shape = ((B, L, M, 2), "(B, L, M, 2)") if varies else ((M, 2), "(M, 2)")
    checks.shapes(
        {
            "drive": (drive, (B, L, M, 2), "(B, L, M, 2)"),
            "eigenvalues": (eigenvalues, *shape),
            "state.h": (state.h, (B, M, 2), "(B, M, 2)"),
        }
    )
    checks.alike({"drive": drive, "eigenvalues": eigenvalues, "state.h": state.h})
    drive, eigenvalues, h = exempt(drive, eigenvalues, state.h)
    if rounding is not None and rounding.tree:
        factors, fuel, start = (p.transpose(-1, -2) for p in (eigenvalues.expand(drive.shape), drive, h))
        states = tree_scan(factors, fuel, start, rounding, state.steps, backend).transpose(-1, -2)
        return states, DiagonalState(states[:, -1], state.steps + L)
    text = rounding_text(rounding, drive.dtype)
    chosen = backend_of(drive.device.type, drive.dtype, backend)
    if chosen == "reference":
        kept = rounding if text else None
        states, _ = diagonal_scan_reference(drive, eigenvalues, h, kept, state.steps)
    else:
        factors = eigenvalues if varies else eigenvalues.expand(1, 1, M, 2)
        states = diagonal_op(drive, factors, h, text, state.steps, chosen)
    return states, DiagonalState(states[:, -1], state.steps + L)


def diagonal_step(
    drive: Tensor,
    eigenvalues: Tensor,
    state: DiagonalState | None = None,
    rounding: Format | None = None,
    backend: str | None = None,
) -> tuple[Tensor, DiagonalState]:
    """Take one token: as `diagonal_scan`, with drive of shape (B, M, 2), eigenvalues (M, 2) or (B, M, 2).

    Returns
    -------
    h : Tensor, shape (B, M, 2)
        The same bits as in a scan over the whole word.
    state : DiagonalState

    Examples
    --------
    >>> import torch
    >>> h, state = diagonal_step(torch.ones(1, 1, 2), torch.tensor([[0.5, 0.0]]))
    >>> h.tolist(), state.steps
    ([[[1.0, 1.0]]], 1)
    """
    turn = eigenvalues.unsqueeze(1) if eigenvalues.dim() == 3 else eigenvalues
    states, state = diagonal_scan(drive.unsqueeze(1), turn, state, rounding, backend)
    return states.squeeze(1), state
