"""The random bits: Philox4x32-10 against its authors' known answers, and draws against a literal drawer."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from krohn.generators.philox import draw_lengths, draw_symbols, philox, stream_key

# Counter, key and output from the file kat_vectors of Random123 1.14, rows "philox4x32 10".
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]

WORD = st.integers(0, 2**32 - 1)


def numbers(text: str) -> list[int]:
    return [int(part, 16) for part in text.split()]


def literal_philox(counter: list[int], key: list[int]) -> list[int]:
    """The figure of the paper, in whole numbers."""
    x, k = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(second >> 32) ^ x[1] ^ k[0], second % 2**32, (first >> 32) ^ x[3] ^ k[1], first % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return x


def literal_symbol(key: list[int], word: int, position: int, size: int) -> int:
    """Eight symbols a block, from the low and the high half of each output; a biased draw is made again."""
    block, lane = divmod(position, 8)
    for attempt in range(65536):
        output = literal_philox([block, word % 2**32, word >> 32, attempt], key)[lane // 2]
        bits = output >> 16 if lane % 2 else output % 2**16
        # Of 2^16 values, 2^16 mod size are too many: those whose product leaves a small remainder.
        if bits * size % 2**16 >= 2**16 % size:
            return bits * size >> 16
    raise AssertionError("no attempt was fair")


def literal_length(key: list[int], word: int, low: int, high: int) -> int:
    span = high - low + 1
    for attempt in range(65536):
        bits = literal_philox([0, word % 2**32, word >> 32, 65536 + attempt], key)[0]
        if bits * span % 2**32 >= 2**32 % span:
            return low + (bits * span >> 32)
    raise AssertionError("no attempt was fair")


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS)
def test_known_answers_of_random123(counter: str, key: str, output: str) -> None:
    assert [int(x) for x in philox(*numbers(counter), *numbers(key))] == numbers(output)
    assert literal_philox(numbers(counter), numbers(key)) == numbers(output)


@settings(deadline=None, max_examples=200)
@given(counter=st.lists(WORD, min_size=4, max_size=4), key=st.lists(WORD, min_size=2, max_size=2))
def test_any_counter_and_key(counter: list[int], key: list[int]) -> None:
    assert [int(x) for x in philox(*counter, *key)] == literal_philox(counter, key)


@settings(deadline=None, max_examples=60)
@given(
    key=st.lists(WORD, min_size=2, max_size=2),
    first=st.integers(0, 2**63 - 8),
    lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    size=st.integers(1, 65536),
)
@example(key=[1, 2], first=2**32 - 1, lengths=[9, 9, 9], size=3)  # the word's number grows into its high half
@example(key=[0, 0], first=0, lengths=[8, 16, 1], size=256)
@example(key=[0, 0], first=0, lengths=[17], size=257)
@example(key=[5, 5], first=7, lengths=[20, 20], size=65536)
@example(key=[5, 5], first=7, lengths=[20, 20, 20], size=43691)  # a third of the draws is made again
def test_symbols_equal_the_literal_drawer(key: list[int], first: int, lengths: list[int], size: int) -> None:
    width = max(lengths) + 2
    drawn = draw_symbols(np.array(key, np.uint32), first, np.array(lengths), width, size)
    assert drawn.dtype == (np.uint8 if size <= 256 else np.uint16)
    assert drawn.tolist() == [
        [literal_symbol(key, first + i, j, size) if j < length else 0 for j in range(width)]
        for i, length in enumerate(lengths)
    ]


@settings(deadline=None, max_examples=60)
@given(
    key=st.lists(WORD, min_size=2, max_size=2),
    first=st.integers(0, 2**63 - 8),
    low=st.integers(1, 10**6),
    more=st.integers(0, 2**32 - 1),
)
@example(key=[3, 4], first=2**32 - 2, low=1, more=3 * 2**30 - 1)  # a quarter of the draws is made again
@example(key=[3, 4], first=0, low=5, more=0)
@example(key=[3, 4], first=0, low=5, more=2**32 - 1)
def test_lengths_equal_the_literal_drawer(key: list[int], first: int, low: int, more: int) -> None:
    drawn = draw_lengths(np.array(key, np.uint32), first, 5, low, low + more)
    assert drawn.tolist() == [literal_length(key, first + i, low, low + more) for i in range(5)]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**70), size=st.integers(2, 300), data=st.data())
def test_a_word_depends_on_nothing_but_its_number(seed: int, size: int, data: st.DataObject) -> None:
    key = stream_key(seed, "any@1", "train")
    lengths = np.array(data.draw(st.lists(st.integers(1, 40), min_size=2, max_size=12)))
    together = draw_symbols(key, 100, lengths, int(lengths.max()), size)
    row = data.draw(st.integers(0, len(lengths) - 1))
    longer = int(lengths[row]) + data.draw(st.integers(0, 30))
    alone = draw_symbols(key, 100 + row, np.array([longer]), longer, size)
    # A longer word begins with the shorter one, whatever stands around it.
    assert np.array_equal(together[row, : lengths[row]], alone[0, : lengths[row]])


# With 16 bits and no second draw, 25,536 of 40,000 symbols would come twice as often as the others.
@pytest.mark.parametrize(("size", "words"), [(2, 20_000), (3, 20_000), (120, 20_000), (40_000, 40_000)])
def test_symbols_are_unbiased(size: int, words: int) -> None:
    drawn = draw_symbols(stream_key(11, "chi@1", "train"), 0, np.full(words, 100), 100, size)
    assert chisquare(np.bincount(drawn.ravel(), minlength=size)).pvalue > 1e-3
    assert len(np.bincount(drawn.ravel(), minlength=size)) == size


def test_neighbours_are_independent() -> None:
    drawn = draw_symbols(stream_key(12, "chi@1", "train"), 0, np.full(20_000, 101), 101, 5).astype(int)
    for ahead in (1, 2, 8):
        beside = 5 * drawn[:, :-ahead] + drawn[:, ahead:]
        assert chisquare(np.bincount(beside.ravel(), minlength=25)).pvalue > 1e-3
    below = 5 * drawn[:-1] + drawn[1:]
    assert chisquare(np.bincount(below.ravel(), minlength=25)).pvalue > 1e-3


def test_lengths_are_unbiased() -> None:
    key = stream_key(13, "chi@1", "train")
    drawn = draw_lengths(key, 0, 400_000, 3, 42)
    assert (drawn.min(), drawn.max()) == (3, 42)
    assert chisquare(np.bincount(drawn - 3)).pvalue > 1e-3
    # With 32 bits and no second draw, every third of 3 * 2^30 lengths would come twice as often.
    wide = draw_lengths(key, 0, 400_000, 1, 3 * 2**30)
    assert chisquare(np.bincount((wide - 1) % 3)).pvalue > 1e-3


def spawn(text: str) -> int:
    """The first eight bytes of sha256, the least significant first."""
    digest = hashlib.sha256(text.encode()).digest()
    return sum(byte << 8 * i for i, byte in enumerate(digest[:8]))


@settings(deadline=None, max_examples=50)
@given(root=st.integers(0, 2**130), name=st.text(max_size=20), split=st.text(max_size=20))
def test_keys_are_spawned_from_the_root_seed(root: int, name: str, split: str) -> None:
    expected = np.random.SeedSequence(root, spawn_key=(spawn(name), spawn(split))).generate_state(2)
    key = stream_key(root, name, split)
    assert key.dtype == np.uint32
    assert key.tolist() == expected.tolist()
