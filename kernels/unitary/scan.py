"""The public unitary scan: the separable form with exact phases, or the direct form when the state is rounded.

Separable form: with G_t = Σ_{s<=t} θ_s and E_t = exp(2πi G_t), z_t = z_{t-1} + conj(E_t) x_t and
h_t = E_t z_t. The phase carries all the turning, exactly; z only ever adds.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .. import checks
from ..operations import backend_of, exempt
from ..rounding import Format
from ..rounding.recurrence import rounding_text
from ..tree import tree_scan
from .operation import rounded_op, unitary_op
from .phases import quantised
from .reference import from_state, scan_by_reference, unitary_scan_reference
from .state import UnitaryState, lattice_of, start_of


def unitary_scan(
    theta: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    state: UnitaryState | None = None,
    rounding: Format | None = None,
    phase_lattice: int | Tensor | None = None,
    backend: str | None = None,
) -> tuple[Tensor, UnitaryState]:
    """Scan a piece of a batch of words.

    Parameters
    ----------
    theta : Tensor, shape (B, L, N, D), turns, float32 or float64
        Increments of the phases; rounded to multiples of 2^-32 turn, or to the lattice. Gradients are those of
        the real map.
    readout : Tensor, shape (N, D, 2)
        K, real and imaginary part.
    start : Tensor, shape (N, D, 2)
        h_0, used where `state` is None.
    drive : Tensor, shape (B, L, D), optional
        x, added to every mode of its channel; None for a rotor.
    state : UnitaryState, optional
        What the piece before returned. Gradients flow through its z, as through h.
    rounding : Format, optional
        Round h after every step of the direct form h <- round(exp(2πi θ) h + x); gradients pass through the
        rounding unchanged. The separable form would show nothing: a rotor's z never changes. In a tree
        (`Format.tree`), which has no gradients, every composed step.
    phase_lattice : int or Tensor of integers, shape (N, D) or (N, 1), optional
        q, one or one a mode, from 1 to 2^31 - 1: increments are whole multiples of 1/q turn, and the phase is
        counted modulo q, so that counting modulo q is exact at any length.
    backend : str, optional
        ``reference``, ``cpu`` or ``triton``; by default the device decides.

    Returns
    -------
    y : Tensor, shape (B, L, D)
    state : UnitaryState

    Raises
    ------
    RequestError
        Where shapes, dtypes or devices do not fit; the message names the argument.

    Examples
    --------
    A fifth of a turn a step counts modulo 5, in pieces as in one go:

    >>> theta = torch.full((1, 10, 1, 1), 1 / 5)
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> whole, _ = unitary_scan(theta, one, one)
    >>> first, state = unitary_scan(theta[:, :3], one, one)
    >>> rest, _ = unitary_scan(theta[:, 3:], one, one, state=state)
    >>> torch.equal(whole, torch.cat([first, rest], 1)), round(whole[0, 9, 0].item(), 6)
    (True, 1.0)
    >>> _, state = unitary_scan(theta, one, one, phase_lattice=5)
    >>> state.phase.item()
    0
    """
    checks.leading("theta", theta, "(B, L, N, D)")
    theta, readout, start = exempt(theta, readout, start)
    (drive,) = exempt(drive)
    B, L, N, D = theta.shape
    expected = {"readout": (readout, (N, D, 2), "(N, D, 2)"), "start": (start, (N, D, 2), "(N, D, 2)")}
    floats = {"theta": theta, "readout": readout, "start": start}
    if drive is not None:
        expected["drive"] = (drive, (B, L, D), "(B, L, D)")
        floats["drive"] = drive
    checks.shapes(expected)
    checks.alike(floats)
    lattice = lattice_of(phase_lattice, N, D, theta.device)
    state = start_of(state, start, B, theta)
    if rounding is not None and rounding.tree:
        return _in_tree(theta, readout, drive, state, lattice, rounding, backend)
    text = rounding_text(rounding, theta.dtype)
    if rounding is not None:
        return _direct(theta, readout, drive, state, lattice, rounding, text, backend)
    chosen = backend_of(theta.device.type, theta.dtype, backend)
    arguments = (theta, readout, drive, state.phase, state.z, lattice)
    y, phase, z = scan_by_reference(*arguments) if chosen == "reference" else unitary_op(*arguments, chosen)
    return y, UnitaryState(phase, z, state.steps + L)


def unitary_step(
    theta: Tensor,
    readout: Tensor,
    start: Tensor,
    drive: Tensor | None = None,
    state: UnitaryState | None = None,
    rounding: Format | None = None,
    phase_lattice: int | Tensor | None = None,
    backend: str | None = None,
) -> tuple[Tensor, UnitaryState]:
    """Take one token: as `unitary_scan`, with theta of shape (B, N, D) and drive (B, D).

    Returns
    -------
    y : Tensor, shape (B, D)
    state : UnitaryState
        Its phase has the same bits as in a scan over the whole word.

    Examples
    --------
    >>> one = torch.tensor([[[1.0, 0.0]]])
    >>> y, state = unitary_step(torch.full((1, 1, 1), 0.25), one, one)
    >>> state.phase.item() == 2**30
    True
    """
    fuel = None if drive is None else drive.unsqueeze(1)
    y, state = unitary_scan(theta.unsqueeze(1), readout, start, fuel, state, rounding, phase_lattice, backend)
    return y.squeeze(1), state


def _start(theta: Tensor, state: UnitaryState, lattice: Tensor | None, rounding: Format) -> Tensor:
    h = from_state(state.phase, state.z, lattice).to(theta.dtype) if bool(state.phase.any()) else state.z
    return rounding(h.movedim(-1, 1), state.steps).movedim(1, -1)


def _in_tree(
    theta: Tensor, readout: Tensor, drive: Tensor | None, state: UnitaryState, lattice: Tensor | None,
    rounding: Format, backend: str | None,
) -> tuple[Tensor, UnitaryState]:  # fmt: skip
    B, L, N, D = theta.shape
    angle = 2 * math.pi * quantised(theta, lattice).double()
    factors = torch.stack([torch.cos(angle), torch.sin(angle)], 2).to(theta.dtype).flatten(3)
    fuel = torch.zeros_like(factors)
    if drive is not None:
        fuel[:, :, 0] = drive.repeat(1, 1, N)
    start = _start(theta, state, lattice, rounding).movedim(-1, 1).flatten(2)
    h = tree_scan(factors, fuel, start, rounding, state.steps, backend).view(B, L, 2, N, D)
    y = theta.new_zeros(B, L, D)
    for n in range(N):  # one mode after another: an order that no shape changes
        y = y + readout[n, :, 0] * h[:, :, 0, n] - readout[n, :, 1] * h[:, :, 1, n]
    return y, UnitaryState(torch.zeros_like(state.phase), h[:, -1].movedim(1, -1), state.steps + L)


def _direct(
    theta: Tensor, readout: Tensor, drive: Tensor | None, state: UnitaryState, lattice: Tensor | None,
    rounding: Format, text: str, backend: str | None,
) -> tuple[Tensor, UnitaryState]:  # fmt: skip
    h = _start(theta, state, lattice, rounding)
    tensors = [theta, readout, state.z, *([] if drive is None else [drive])]
    learns = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    chosen = backend_of(theta.device.type, theta.dtype, backend)
    if chosen == "reference" or learns:
        grid = quantised(theta, lattice)
        y, h = unitary_scan_reference(grid, readout, h, drive, rounding, state.steps)
        y, h = y.to(theta.dtype), h.to(theta.dtype)
    else:
        y, h = rounded_op(theta, readout, drive, h, lattice, text, state.steps, chosen)
    return y, UnitaryState(torch.zeros_like(state.phase), h, state.steps + theta.shape[1])
