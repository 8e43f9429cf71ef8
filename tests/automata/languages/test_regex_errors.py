"""What is said about a wrong expression: one line that points at the character, at once, in bounded memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from krohn.automata.languages.regex import regex_machine
from krohn.errors import RequestError

SYNTAX = [
    ("a(b", 1, "'(' is never closed"),
    ("(a(b)", 0, "'(' is never closed"),
    ("a)b", 1, "')' closes nothing"),
    ("*a", 0, "'*' has nothing to repeat; \\* is the letter"),
    ("a|+", 2, "'+' has nothing to repeat; \\+ is the letter"),
    ("(?:a)", 1, "'?' has nothing to repeat: groups have no extensions here"),
    ("{2}", 0, "'{' has nothing to repeat; \\{ is the letter"),
    ("a**", 2, "'*' repeats a repeat: expected brackets, as in (a*)?"),
    ("a{2}?", 4, "'?' repeats a repeat: expected brackets, as in (a*)?"),
    ("ab{2", 2, "'{' is never closed"),
    ("a{}", 1, "'{}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{,}", 1, "'{,}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{x}", 1, "'{x}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{1,2,3}", 1, "'{1,2,3}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{-1}", 1, "'{-1}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{²}", 1, "'{²}' is no repeat: expected {m}, {m,}, {,n} or {m,n}"),
    ("a{3,2}", 1, "'{3,2}' runs backwards: expected m <= n"),
    ("ab]", 2, "']' closes nothing; \\] is the letter"),
    ("a}", 1, "'}' closes nothing; \\} is the letter"),
    ("^a", 0, "'^': whole words are matched; \\^ is the letter"),
    ("a$", 1, "'$': whole words are matched; \\$ is the letter"),
    ("a\\", 1, "'\\' escapes nothing; \\\\ is the letter"),
    ("a\\d", 1, "'\\d' has no meaning: expected \\n, \\t or a sign such as \\*"),
    ("a[bc", 1, "'[' is never closed"),
    ("a[b\\", 3, "'\\' escapes nothing; \\\\ is the letter"),
    ("a[]", 1, "the class is empty: expected letters, as in [ab]; ∅ is the empty language"),
    ("a[^]", 1, "the class is empty: expected letters, as in [ab]; ∅ is the empty language"),
    ("[ac-b]", 2, "range c-b runs backwards"),
    ("[a-\U00010000]", 1, "range a-\U00010000 has 65440 letters: the limit is 4096"),
    ("a{1,1000000}", 1, "the repeat makes 1000000 letters: the limit is 4096"),
    ("(a{100}){100}", 8, "the repeat makes 10000 letters: the limit is 4096"),
    ("a{1,99999999999999999999}", 1, "the repeat has a bound of 20 digits: the limit is 9"),
]


@pytest.mark.parametrize(("pattern", "position", "message"), SYNTAX)
def test_the_error_points_at_the_character(pattern: str, position: int, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        regex_machine(pattern)
    assert str(caught.value) == f"regex {pattern!r}: position {position}: {message}"
    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("pattern", "alphabet", "message"),
    [
        ("", None, "regex '' has no letters: expected an alphabet, such as 'ab'"),
        (".*", None, "regex '.*' has no letters: expected an alphabet, such as 'ab'"),
        ("a", "", "alphabet is empty: expected letters, such as 'ab'"),
        ("a", "aba", "alphabet 'aba' names 'a' twice: expected each letter once"),
        ("a", "".join(map(chr, range(5000))), "alphabet has 5000 letters: the limit is 4096"),
        ("abc", "ab", "regex 'abc': position 2: letter 'c' is not in the alphabet 'ab'"),
        ("a[b-d]", "ab", "regex 'a[b-d]': position 2: letter 'c' is not in the alphabet 'ab'"),
        ("[^c]", "ab", "regex '[^c]': position 2: letter 'c' is not in the alphabet 'ab'"),
        (
            "a" * 100 + "(",
            None,
            f"regex {'…' + 'a' * 59 + '('!r}: position 100: '(' is never closed",
        ),
        (
            "a" * 50 + "(" + "a" * 50,
            None,
            f"regex {'…' + 'a' * 30 + '(' + 'a' * 29 + '…'!r}: position 50: '(' is never closed",
        ),
        ("(" * 101 + ")" * 101, None, "more than 100 brackets inside one another: the limit"),
        ("ab" * 2049, None, "position 0: it has 4098 letters: the limit is 4096"),
        ("[\x00-\u0fff]|[\u1000-\u1fff]", None, "regex has 8192 different letters: the limit is 4096"),
        (
            "(a|b)*a(a|b){40}",
            None,
            "the machine of regex '(a|b)*a(a|b){40}' has more than 1048576 states before it is minimised: "
            "the limit",
        ),
        (
            "(a|b)*a(a|b){2000}|" + "a" * 60,
            None,
            f"the machine of regex {'(a|b)*a(a|b){2000}|' + 'a' * 41 + '…'!r} has more than ",
        ),
    ],
)
def test_alphabets_and_sizes(pattern: str, alphabet: str | None, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        regex_machine(pattern, alphabet)
    assert message in str(caught.value)
    assert str(caught.value).startswith(message) or "more than 100" in message or "4098" in message


BLOW_UPS = """
import resource
from krohn.automata.languages.regex import regex_machine
from krohn.errors import RequestError
regex_machine("(a|b)*a")  # compiled
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for pattern in ("(a|b)*a(a|b){40}", "(a|b|c)*a(a|b|c){1300}", "((a|b)*a(a|b){19}c){3}", "((a{60}){60}){60}"):
    try:
        regex_machine(pattern)
    except RequestError:
        continue
    raise SystemExit(pattern)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_blow_up_stops_within_bounded_memory() -> None:
    # Compiled code allocates out of Python's sight, so what counts is what the system gave the process.
    done = subprocess.run(
        [sys.executable, "-P", "-c", BLOW_UPS], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1 << 20  # kB: 1 GiB
