"""Languages built to be of a known kind get it from the verdict (Schützenberger; Krohn and Rhodes)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krohn.automata.algebra.verdict import verdict
from krohn.automata.languages.boolean import (
    complement,
    difference,
    intersection,
    symmetric_difference,
    union,
)
from krohn.automata.languages.rational import concatenation, left_quotient, reversal, right_quotient
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine

LETTERS = "ab"
BINARY = [union, intersection, difference, symmetric_difference, concatenation, left_quotient, right_quotient]


def star_free() -> Any:
    """Draw languages made of letters by Boolean operations, concatenation, quotients and reversal."""
    atoms = st.sampled_from(["a", "b", "ε", "∅", "ab", "a|ba"]).map(lambda p: regex_machine(p, LETTERS))

    def larger(inner: Any) -> Any:
        return st.one_of(
            st.tuples(st.sampled_from(BINARY), inner, inner).map(lambda drawn: drawn[0](drawn[1], drawn[2])),
            inner.map(complement),
            inner.map(reversal),
        )

    return st.recursive(atoms, larger, max_leaves=6)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(star_free())
def test_star_free_languages_are_aperiodic(machine: Machine) -> None:
    found = verdict(machine)
    assert (found.kind, found.groups, found.derived_length) == ("aperiodic", (), 0)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6, 12, 30])
def test_lengths_modulo_k_have_the_cyclic_group(k: int) -> None:
    found = verdict(regex_machine(f"((a|b){{{k}}})*"))
    assert (found.states, found.monoid) == (k, k)
    assert (found.kind, found.groups) == (("abelian", (f"C{k}",)) if k > 1 else ("aperiodic", ()))


def lengths(k: int) -> Machine:
    return regex_machine(f"((a|b){{{k}}})*")


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(star_free(), st.integers(1, 7), st.integers(1, 7))
def test_a_union_has_groups_of_the_product_only(machine: Machine, k: int, m: int) -> None:
    # The syntactic monoid of a union divides the product of those of its parts: its groups are quotients of
    # subgroups of C_k x C_m.
    both = union(union(machine, lengths(k)), concatenation(regex_machine("a", LETTERS), lengths(m)))
    found = verdict(both)
    assert found.kind in ("aperiodic", "abelian")
    for group in found.subgroups:
        assert (k * m) % group.order == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("ab", max_size=5), max_size=5), st.integers(2, 9), st.integers(2, 9))
def test_unions_of_lengths_and_finite_languages(words: list[str], k: int, m: int) -> None:
    # Multiples of k or of m have the period lcm(k, m), or the smaller where it divides the other; finitely
    # many words more change nothing of it.
    finite = regex_machine("|".join(f"({word})" for word in words) or "∅", LETTERS)
    period = min(k, m) if max(k, m) % min(k, m) == 0 else math.lcm(k, m)
    assert verdict(finite).kind == "aperiodic"
    assert verdict(union(finite, union(lengths(k), lengths(m)))).groups == (f"C{period}",)
