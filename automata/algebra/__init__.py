"""The algebra of a machine: its monoid, Green's relations, groups, classes, and the verdict on it."""

from __future__ import annotations

from .green import EggBox, GreenRelations
from .group_facts import GroupFacts, facts_of
from .group_naming import group_name
from .monoid import MonoidLimitError, TransitionMonoid
from .subgroups import MaximalSubgroup, maximal_subgroups
from .verdict import Verdict, verdict

__all__ = [
    "EggBox",
    "GreenRelations",
    "GroupFacts",
    "MaximalSubgroup",
    "MonoidLimitError",
    "TransitionMonoid",
    "Verdict",
    "facts_of",
    "group_name",
    "maximal_subgroups",
    "verdict",
]
