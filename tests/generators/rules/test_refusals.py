"""What is refused, and the text of it."""

from __future__ import annotations

import numpy as np
import pytest

from krohn.errors import RequestError
from krohn.generators.tasks import task


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mod-brackets:1", "task 'mod-brackets:1': M is 1: expected 2 to 128"),
        ("solve-equation:129", "task 'solve-equation:129': M is 129: expected 2 to 128"),
        ("mod-ltr:1", "mod-ltr: M is 1: expected 2 to 512"),
        ("mod-precedence:65", "mod-precedence: M is 65: expected 2 to 64"),
        ("mod-ltr:5:+/", "mod-ltr: operators are '+/': expected some of +-*, each once"),
        ("reverse:1", "task 'reverse:1': N is 1: expected 2 to 65535"),
        ("duplicate:65536", "task 'duplicate:65536': N is 65536: expected 2 to 65535"),
        ("bucket-sort:1", "task 'bucket-sort:1': N is 1: expected 2 to 65535"),
        ("set:1", "task 'set:1': N is 1: expected 2 to 65535"),
        ("majority:257", "task 'majority:257': N is 257: expected 2 to 256"),
        ("majority-count:256", "task 'majority-count:256': N is 256: expected 2 to 255"),
        ("marked-copy:1", "task 'marked-copy:1': N is 1: expected 2 to 65535"),
        ("missing-duplicate:1", "task 'missing-duplicate:1': N is 1: expected 2 to 65535"),
        ("stack-manipulation:128", "task 'stack-manipulation:128': N is 128: expected 2 to 127"),
        ("dyck:0:3", "task 'dyck:0:3': K is 0: expected 1 to 127"),
        ("dyck:2:1001", "task 'dyck:2:1001': M is 1001: expected 1 to 1000"),
        ("dyck:2", "task 'dyck:2' has 1 parameters: expected dyck:K:M"),
        ("shuffle-dyck:9", "task 'shuffle-dyck:9': K is 9: expected 1 to 8"),
        ("mqar:1", "task 'mqar:1': N is 1: expected 2 to 4096"),
        (
            "flipflop-lm:0.805",
            "task 'flipflop-lm:0.805': P is '0.805': expected 0 to 1 in hundredths, dense or sparse",
        ),
        (
            "flipflop-lm:1.01",
            "task 'flipflop-lm:1.01': P is '1.01': expected 0 to 1 in hundredths, dense or sparse",
        ),
        ("reverse:x", "task 'reverse:x': N is 'x': expected a whole number, as in reverse"),
    ],
)
def test_parameters_out_of_range(name: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        task(name)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "lengths", "message"),
    [
        (
            "solve-equation:5",
            (1, 2),
            "task 'solve-equation:5' has no words of lengths 1-2: expected such as 3",
        ),
        ("mod-ltr:5", (4, 4), "task 'mod-ltr:5' has no words of length 4: expected such as 3 or 5"),
        ("binary-addition", (2, 2), "task 'binary-addition' has no words of length 2: expected such as 3"),
        (
            "marked-reversal",
            (6, 6),
            "task 'marked-reversal' has no words of length 6: expected such as 5 or 7",
        ),
        ("marked-copy", (1, 1), "task 'marked-copy' has no words of length 1: expected such as 3"),
        (
            "missing-duplicate",
            (7, 7),
            "task 'missing-duplicate' has no words of length 7: expected such as 6 or 8",
        ),
        (
            "stack-manipulation",
            (1, 1),
            "task 'stack-manipulation' has no words of length 1: expected such as 2",
        ),
        ("dyck:2:3", (5, 5), "task 'dyck:2:3' has no words of length 5: expected such as 4 or 6"),
        (
            "shuffle-dyck:2",
            (9, 9),
            "task 'shuffle-dyck:2' has no words of length 9: expected such as 8 or 10",
        ),
        ("mqar", (2, 2), "task 'mqar' has no words of length 2: expected such as 3"),
        ("flipflop-lm", (2, 3), "task 'flipflop-lm' has no words of lengths 2-3: expected such as 4"),
    ],
)
def test_lengths_that_words_cannot_have(name: str, lengths: tuple[int, int], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        task(name).sample(1, lengths)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("reverse", [0, 2, 1], "word 0 is 0 2 1: expected symbols below 2"),
        ("binary-addition", [0, 2, 1, 2], "word 0 is 0 2 1 2: expected bits, one separator (2), bits"),
        ("binary-multiplication", [2, 1, 1], "word 0 is 2 1 1: expected bits, one separator (2), bits"),
        ("majority", [0, 1], "word 0 is 0 1: expected a single most frequent symbol"),
        ("missing-duplicate", [0, 1], "word 0 is 0 1: expected ww with one blank"),
        ("missing-duplicate", [0, 2, 1, 1], "word 0 is 0 2 1 1: expected ww with one blank"),
        (
            "stack-manipulation",
            [0, 2, 1],
            "word 0 is 0 2 1: expected the stack's symbols (below 2), then actions",
        ),
        ("dyck:2:1", [0, 0, 2, 2], "word 0 is 0 0 2 2: expected a balanced word at most 1 deep"),
        ("shuffle-dyck:2", [0, 3], "word 0 is 0 3: expected brackets of which each type is balanced"),
        (
            "flipflop-lm",
            [0, 3, 1, 4],
            "word 0 is 0 3 1 4: expected instructions (0 w, 1 r, 2 i) and bits (3, 4) in turn, each read showing "
            "the bit written last",
        ),
        ("reverse", [0] * 20 + [2], "word 0 is " + "0 " * 16 + "…: expected symbols below 2"),
        ("mod-brackets:5", [3], "this task labels the words that it draws only"),
        ("solve-equation:5", [10, 11, 3], "this task labels the words that it draws only"),
    ],
)
def test_words_that_a_rule_is_not_defined_on(name: str, word: list[int], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        task(name).label(np.array([word]), np.array([len(word)]))
    assert str(caught.value) == message


def test_names_leave_defaults_out() -> None:
    for given, name in [
        ("reverse:2", "reverse"),
        ("set:126", "set"),
        ("mqar:32", "mqar"),
        ("flipflop-lm:0.80", "flipflop-lm"),
        ("flipflop-lm:0.1", "flipflop-lm:dense"),
        ("flipflop-lm:0.98", "flipflop-lm:sparse"),
        ("flipflop-lm:0.5", "flipflop-lm:0.5"),
        ("flipflop-lm:1", "flipflop-lm:1"),
        ("mod-ltr:5:+-*", "mod-ltr:5"),
    ]:
        assert task(given).name == name
        assert task(name).name == name
