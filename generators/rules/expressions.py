"""Modular arithmetic without brackets: uniform expressions, digit (operator digit)*, and their values.

From left to right (Butoi et al., "Training neural networks as recognizers of formal languages", ICLR 2025) and with
precedence (Delétang et al., "Neural networks and the Chomsky hierarchy", ICLR 2023) it is two different machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np

from ...automata import catalogue
from ...automata.catalogue.arithmetic import OPERATORS
from ...automata.machine import Machine
from ..families import register_task
from ..kinds import Classes, Readout, Symbols
from ..philox import draw_symbols
from ..source import Key, Source, Words
from ..task import Task
from .parameters import check_symbols


@numba.njit(cache=True, nogil=True)
def split_draws(draws, lengths, modulus, operators, symbols):  # type: ignore[no-untyped-def]
    """Turn draws below ``modulus * operators`` into digits and operators in turn."""
    digits = np.arange(modulus * operators) % modulus
    signs = modulus + np.arange(modulus * operators) // modulus
    for i in range(len(lengths)):
        for t in range(0, lengths[i], 2):
            symbols[i, t] = digits[draws[i, t]]
        for t in range(1, lengths[i], 2):
            symbols[i, t] = signs[draws[i, t]]


@numba.njit(cache=True, nogil=True)
def blank_where(labels, lengths, none):  # type: ignore[no-untyped-def]
    """Write -100 for the class `none`."""
    for i in range(len(lengths)):
        label = labels[i]
        for t in range(lengths[i]):
            label[t] = label[t] if label[t] != none else np.int32(-100)


@dataclass(frozen=True, eq=False)
class PlainExpressions(Source):
    """Expressions of uniform digits and operators, labelled after each digit with the value so far."""

    hints: ClassVar[Mapping[str, str]] = {
        "constant": "a product with 0 is 0",
        "first": "a product with 0 is 0; short words are seen whole",
        "last": "a product with 0 is 0; short words are seen whole",
        "bag": "a product with 0 is 0; short words are seen whole",
    }
    modulus: int
    machine: Machine

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: odd."""
        return range(low | 1, high + 1, 2)

    def count(self, length: int) -> int:
        """See `Source`."""
        return int(self.modulus ** (length // 2 + 1) * (self.machine.symbols - self.modulus) ** (length // 2))

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        operators = self.machine.symbols - self.modulus
        draws = draw_symbols(key, first, words.lengths, int(words.lengths.max()), self.modulus * operators)
        split_draws(draws, words.lengths, self.modulus, operators, words.symbols)
        self._label(words)

    def label(self, words: Words) -> None:
        """See `Source`: any word; where none of it is an expression that ends, there is no label."""
        check_symbols(words, self.machine.symbols)
        self._label(words)

    def _label(self, words: Words) -> None:
        words.labels[:] = self.machine.labels(words.symbols, words.lengths)
        blank_where(words.labels, words.lengths, self.modulus)


def _task(family: str, modulus: int, machine: Machine) -> Task:
    signs = "".join(machine.names.symbols[modulus:])
    name = f"{family}:{modulus}" + ("" if signs == OPERATORS else f":{signs}")
    source = PlainExpressions(modulus, machine)
    return Task(name, 1, Symbols(machine.symbols), Classes(modulus), Readout.PREFIX, source, machine)


@register_task("mod-ltr", example="mod-ltr:5")
def mod_ltr(M: int, OPERATORS: str = OPERATORS) -> Task:
    """Expressions modulo M (2 to 512) without brackets; after each digit, the value so far, left to right.

    Symbols: digits 0 to M - 1, then the operators. Digits and operators are uniform.
    """
    return _task("mod-ltr", M, catalogue.mod_ltr(M, OPERATORS))


@register_task("mod-precedence", example="mod-precedence:5")
def mod_precedence(M: int, OPERATORS: str = OPERATORS) -> Task:
    """Expressions modulo M (2 to 64) without brackets; after each digit, the value so far, ``*`` before + and -.

    Symbols: digits 0 to M - 1, then the operators. Digits and operators are uniform.
    """
    return _task("mod-precedence", M, catalogue.mod_precedence(M, OPERATORS))
