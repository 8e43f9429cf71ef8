"""The named machines of the field, a few lines each with the source of its rule; all are minimal."""

from __future__ import annotations

from .arithmetic import adder, mod_ltr, mod_precedence
from .brackets import dyck, nested
from .memory import even_pairs, first, flip_flop_language, last
from .moves import abab, cycle, dihedral, gridworld, permutation_reset, quaternion
from .strings import repeat, tomita

__all__ = [
    "abab",
    "adder",
    "cycle",
    "dihedral",
    "dyck",
    "even_pairs",
    "first",
    "flip_flop_language",
    "gridworld",
    "last",
    "mod_ltr",
    "mod_precedence",
    "nested",
    "permutation_reset",
    "quaternion",
    "repeat",
    "tomita",
]
