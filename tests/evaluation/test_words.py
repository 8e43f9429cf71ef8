"""Words by the block: the same as the task draws at once, in memory or through a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from krohn.evaluation import words as module
from krohn.evaluation.words import Block, TestWords
from krohn.generators.clock_positions import clock_matters
from krohn.generators.tasks import task

TASKS = ["parity", "word:S3", "timed:relative:5", "next-symbols:nested:4", "binary-addition"]


def joined(blocks: list[Block]) -> tuple[np.ndarray, np.ndarray]:
    assert [block.begin for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    return (
        np.concatenate([block.words.symbols for block in blocks], 1),
        np.concatenate([block.labels for block in blocks], 1),
    )


@pytest.mark.parametrize("held", [1, 1 << 20])
@pytest.mark.parametrize("name", TASKS)
def test_blocks_are_the_words_of_the_task(name: str, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 7 * 20)
    found = task(name)
    length = int(found.source.lengths(50, 100)[0])
    test = TestWords(found, length, [length], seed=2, held=held)
    blocks = list(test.blocks(3, 7))
    expected = found.sample(7, (length, length), 2, "test", 3)
    symbols, labels = joined(blocks)
    assert len(blocks) > 1
    assert np.array_equal(symbols, expected.symbols)
    assert np.array_equal(labels, expected.labels)
    if expected.delays is not None:
        delays = [block.words.delays for block in blocks]
        assert np.array_equal(
            np.concatenate([part for part in delays if part is not None], 1), expected.delays
        )
    if name.startswith("timed"):
        matters = [block.matters for block in blocks if block.matters is not None]
        assert np.array_equal(np.concatenate(matters, 1), clock_matters(found, expected))


def test_a_final_label_stands_at_every_length_counted() -> None:
    found = task("parity-final")
    test = TestWords(found, 30, [3, 10, 30], seed=0)
    symbols, labels = joined(list(test.blocks(0, 5)))
    for length in (3, 10, 30):
        assert np.array_equal(labels[:, length - 1], symbols[:, :length].sum(1) % 2)
    assert (labels[:, [0, 5, 28]] == -100).all()


def test_blocks_are_cut_at_multiples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 100)
    test = TestWords(task("parity"), 100, [100], seed=0)
    begins = [block.begin for block in test.blocks(0, 3, multiple=16)]
    assert begins == list(range(0, 100, 32))
    assert replace(test, held=5) == test  # where words are held is no part of what they are
