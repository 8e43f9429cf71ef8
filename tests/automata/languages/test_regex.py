"""Regular expressions: against Python's `re` on every short word, what each construct means, large ones."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import krohn
from krohn.automata.languages.acceptors import accepts
from krohn.automata.languages.regex import regex_machine
from krohn.automata.machine import Machine
from krohn.automata.minimise import minimise

ATOMS = ["a", "b", "-", ".", "[ab]", "[a-b]", "[^b]", "[^a-]", "[b\\-a]", "[-a]", "\\-", "()"]


def patterns() -> Any:
    def larger(inner: Any) -> Any:
        counts = st.tuples(st.integers(0, 3), st.integers(0, 2)).map(
            lambda pair: (f"{{{pair[0]},{pair[0] + pair[1]}}}", f"{{{pair[0]},}}", f"{{{pair[0]}}}")
        )
        signs = st.one_of(st.sampled_from("*+?"), counts.flatmap(st.sampled_from))
        return st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
            st.tuples(inner, signs).map(lambda pair: f"({pair[0]}){pair[1]}"),
        )

    return st.recursive(st.sampled_from(ATOMS), larger, max_leaves=7)


def words(alphabet: str, longest: int) -> list[str]:
    return ["".join(w) for n in range(longest + 1) for w in itertools.product(alphabet, repeat=n)]


def accepted(machine: Machine, alphabet: str, longest: int) -> set[str]:
    """Read every word letter by letter, in plain Python."""
    delta, outputs = machine.delta.tolist(), machine.outputs.tolist()
    states = {"": machine.start}
    for word in words(alphabet, longest):
        if word:
            states[word] = delta[states[word[:-1]]][alphabet.index(word[-1])]
    return {word for word, state in states.items() if outputs[state]}


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(patterns())
def test_words_to_length_6_match_as_python_says(pattern: str) -> None:
    machine = regex_machine(pattern, "ab-")
    theirs = re.compile(pattern)
    assert accepted(machine, "ab-", 6) == {word for word in words("ab-", 6) if theirs.fullmatch(word)}
    assert minimise(machine) == machine
    assert machine.names.symbols == ("a", "b", "-")
    assert machine.names.classes == ("reject", "accept")


@pytest.mark.parametrize(
    ("pattern", "alphabet", "language"),
    [
        ("", "ab", [""]),
        ("()", "ab", [""]),
        ("ε", "ab", [""]),
        ("aε", "ab", ["a"]),
        ("∅", "ab", []),
        ("a∅|b", "ab", ["b"]),
        ("∅*", "ab", [""]),
        ("∅{0}", "ab", [""]),
        ("∅{2,}", "ab", []),
        ("[^ab]", "ab", []),
        ("a|", "ab", ["", "a"]),
        ("|", "ab", [""]),
        ("a{0}", "ab", [""]),
        ("a{,2}", "ab", ["", "a", "aa"]),
        ("a{2}", "ab", ["aa"]),
        ("(a|b){2}", "ab", ["aa", "ab", "ba", "bb"]),
        ("(a?){2,3}", "ab", ["", "a", "aa", "aaa"]),
        (".{1,1}", "ab", ["a", "b"]),
        ("[.*]", ".*", [".", "*"]),
        ("[\\]a]", "]a", ["]", "a"]),
        ("[a^]", "a^", ["a", "^"]),
        ("[-a]|[a-]", "-a", ["-", "a"]),
        ("[\\^-`]", "^_`", ["^", "_", "`"]),
        ("\\(\\)\\[\\]\\{\\}", None, ["()[]{}"]),
        ("\\|\\*\\+\\?\\.\\\\\\^\\$", None, ["|*+?.\\^$"]),
        ("\\ε\\∅", None, ["ε∅"]),
        ("\\n\\t\\-", None, ["\n\t-"]),
        ("a:b,c -\\}", None, ["a:b,c -}"]),
        ("éß", None, ["éß"]),
        ("(aa){0}b", None, ["b"]),
    ],
)
def test_what_each_construct_means(pattern: str, alphabet: str | None, language: list[str]) -> None:
    machine = regex_machine(pattern, alphabet)
    letters = "".join(machine.names.symbols)
    if len(letters) < 5:
        assert accepted(machine, letters, 3) == set(language)
    for word in language:
        assert accepts(machine, word)


def test_the_alphabet_is_what_stands_in_the_pattern_or_what_is_given() -> None:
    assert regex_machine("b[^a-c]|z{0}").names.symbols == ("a", "b", "c", "z")
    assert accepts(regex_machine("b[^a-c]|z{0}"), "bz")
    assert regex_machine("a*", "ba").names.symbols == ("b", "a")
    assert regex_machine("a*", "ba").delta.tolist() == [[1, 0], [1, 1]]
    # The numbers of states do not depend on how the expression is written.
    assert regex_machine("(a|b)*").delta.tolist() == [[0, 0]]
    assert regex_machine("(a*b*)*") == regex_machine("(b|a+)*|a{2}") == regex_machine("[ab]*")


def test_krohn_machine() -> None:
    assert krohn.machine(regex="(ab)*") == regex_machine("(ab)*")
    assert krohn.machine(regex="(aa)*", alphabet="ab").states == 3
    turnstile = krohn.machine(file=Path(__file__).resolve().parents[3] / "examples" / "turnstile.dot")
    assert isinstance(turnstile, Machine)
    assert turnstile.states == 3
    with pytest.raises(krohn.RequestError) as caught:
        krohn.machine()  # type: ignore[call-overload]
    assert (
        str(caught.value) == "machine of what: expected one description, regex='(ab)*' or file='machine.dot'"
    )


def test_large_expressions_that_are_no_problem() -> None:
    assert regex_machine("a{4000}").states == 4002
    assert regex_machine("(a?){4000}").states == 4002
    assert regex_machine("a?" * 4000).states == 4002
    assert regex_machine("(a|b)*a(a|b){12}").states == 2**13
    assert regex_machine("(" * 99 + "a" + ")" * 99).states == 3
    assert regex_machine("(){999999999}a").states == 3
    assert regex_machine("|".join(f"a{{{n}}}" for n in range(1, 60))).states == 61
    wide = regex_machine("[\\t-\u1000]*a")
    assert (wide.states, wide.symbols) == (2, 0x1000 - 9 + 1)
