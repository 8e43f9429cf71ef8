"""The scans: one folder an operation, each behind one public function, with a float64 reference beside it."""

from .delta import DeltaState, delta_scan, delta_step
from .diagonal import DiagonalState, diagonal_scan, diagonal_step
from .rounding import Format, parse_format
from .selective import SelectiveState, selective_scan, selective_step
from .shift import ShiftState, attention_shift_scan, attention_shift_step, shift_scan, shift_step
from .unitary import UnitaryState, projected_unitary_scan, shared_unitary_scan, unitary_scan, unitary_step

__all__ = [
    "DeltaState",
    "DiagonalState",
    "Format",
    "SelectiveState",
    "ShiftState",
    "UnitaryState",
    "attention_shift_scan",
    "attention_shift_step",
    "delta_scan",
    "delta_step",
    "diagonal_scan",
    "diagonal_step",
    "parse_format",
    "projected_unitary_scan",
    "selective_scan",
    "selective_step",
    "shared_unitary_scan",
    "shift_scan",
    "shift_step",
    "unitary_scan",
    "unitary_step",
]
