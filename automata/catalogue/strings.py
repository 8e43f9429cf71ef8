"""Languages given by a regular expression: Tomita's seven, and a word over and over."""

from __future__ import annotations

from ...errors import RequestError
from ..languages.boolean import complement
from ..languages.regex import regex_machine
from ..machine import Machine
from .rules import within

TOMITA = {
    1: "1*",
    2: "(10)*",
    3: "((0|1)*0)?1(11)*0(00)*(1(0|1)*)?",
    4: "(0|1)*000(0|1)*",
    5: "(00|11|(01|10)(00|11)*(01|10))*",
    6: "(0(01)*(1|00)|1(10)*(0|11))*",
    7: "0*1*0*1*",
}
"""Tomita's languages by number; those that forbid something are the complements of these."""
FORBIDDEN = (3, 4)
LONGEST_WORD = 1000


def tomita(number: int) -> Machine:
    """Return the acceptor of one of Tomita's seven languages over 0, 1.

    1: no 0. 2: (10)*. 3: no run of ones of odd length is followed by a run of zeros of odd length. 4: no 000.
    5: an even number of zeros and of ones. 6: as many zeros as ones modulo 3. 7: 0*1*0*1*.

    Tomita, Dynamic construction of finite automata from examples using hill-climbing, 1982. Some sources
    have 1*0*1*0* for the last.

    Parameters
    ----------
    number : int
        1 to 7.

    Raises
    ------
    RequestError
        Where there is no such language.

    Examples
    --------
    >>> [tomita(k).states for k in range(1, 8)]
    [2, 3, 5, 4, 4, 3, 5]
    """
    machine = regex_machine(TOMITA[within("tomita", "K", number, 1, 7)], "01")
    return complement(machine) if number in FORBIDDEN else machine


def repeat(word: str) -> Machine:
    """Return the acceptor of a word over and over, (word)*.

    The alphabet is `ab` for a word of a and b, `01` for one of 0 and 1, otherwise its letters, sorted: so
    `aa` gives (aa)* over a, b, one of the languages of Bhattamishra et al. (On the ability and limitations of
    transformers to recognize formal languages, 2020; (aaaa)* and (abab)* are others), and `01` gives
    "Repeat 01" of Butoi et al. (Training neural networks as recognizers of formal languages, 2024).

    Parameters
    ----------
    word : str
        1 to 1,000 letters.

    Raises
    ------
    RequestError
        Where it is empty or too long.

    Examples
    --------
    >>> repeat("aa").labels([[0, 0, 0, 0, 1, 0]]).tolist()
    [[0, 1, 0, 1, 0, 0]]
    """
    if not 1 <= len(word) <= LONGEST_WORD:
        raise RequestError(f"repeat: the word has {len(word)} letters: expected 1 to {LONGEST_WORD}")
    letters = set(word)
    alphabet = next((common for common in ("ab", "01") if letters <= set(common)), "".join(sorted(letters)))
    return regex_machine("(" + "".join(f"[{_escaped(x)}]" for x in word) + ")*", alphabet)


def _escaped(letter: str) -> str:
    return f"\\{letter}" if letter in r"\]^-" else letter
