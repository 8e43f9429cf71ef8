"""Regular languages: expressions to machines, operations on languages, counting words, random machines.

Every operation takes acceptors, machines of two classes, and returns minimal ones. Whether two are equivalent,
and a shortest word on which they differ, say `krohn.automata.equivalent` and `krohn.automata.distinguish`.
"""

from __future__ import annotations

from .acceptors import accepts, parse_word, spell
from .boolean import complement, difference, intersection, symmetric_difference, union
from .counting import cardinality, count_words, is_empty, is_finite, shortest_word
from .random_machines import random_machine
from .rational import concatenation, left_quotient, reversal, right_quotient, star
from .regex import regex_machine

__all__ = [
    "accepts",
    "cardinality",
    "complement",
    "concatenation",
    "count_words",
    "difference",
    "intersection",
    "is_empty",
    "is_finite",
    "left_quotient",
    "parse_word",
    "random_machine",
    "regex_machine",
    "reversal",
    "right_quotient",
    "shortest_word",
    "spell",
    "star",
    "symmetric_difference",
    "union",
]
