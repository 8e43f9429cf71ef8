"""The scans: one folder an operation, each behind one public function, with a float64 reference beside it."""

from .rounding import Format, parse_format
from .selective import SelectiveState, selective_scan
from .unitary import UnitaryState, projected_unitary_scan, unitary_scan, unitary_step

__all__ = [
    "Format",
    "SelectiveState",
    "UnitaryState",
    "parse_format",
    "projected_unitary_scan",
    "selective_scan",
    "unitary_scan",
    "unitary_step",
]
