"""What a task is made of: semiautomata, machines, groups and the ways to combine them."""

from __future__ import annotations

from .cascade import cascade, wreath
from .cayley import subgroup
from .counters import counter, parity
from .equivalence import distinguish, equivalent
from .flipflops import flip_flop
from .group_automata import generators_of, group_automaton, swaps_of
from .group_names import group
from .group_structure import (
    centre,
    conjugacy_classes,
    derived_length,
    derived_series,
    element_orders,
    is_simple,
    is_solvable,
    normal_closure,
)
from .groups import Group
from .isomorphism import isomorphic, isomorphism
from .labels import Names
from .machine import Machine
from .minimise import minimise
from .products import direct_product, machine_product
from .runs import IGNORED, label_batch, run_batch
from .semiautomaton import Semiautomaton, reachable

__all__ = [
    "Group",
    "IGNORED",
    "Machine",
    "Names",
    "Semiautomaton",
    "cascade",
    "centre",
    "conjugacy_classes",
    "counter",
    "derived_length",
    "derived_series",
    "direct_product",
    "distinguish",
    "element_orders",
    "equivalent",
    "flip_flop",
    "generators_of",
    "group",
    "group_automaton",
    "is_simple",
    "is_solvable",
    "isomorphic",
    "isomorphism",
    "label_batch",
    "machine_product",
    "minimise",
    "normal_closure",
    "parity",
    "reachable",
    "run_batch",
    "subgroup",
    "swaps_of",
    "wreath",
]
