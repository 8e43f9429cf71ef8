"""Streams: batches that are the same wherever, whenever and in whatever order they are made."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

import krohn
from krohn.errors import RequestError
from krohn.generators.stream import Batch, stream


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def first_batches(count: int, **options: Any) -> list[Batch]:
    request: dict[str, Any] = {"task": "word:S3", "batch": 4, "lengths": (2, 9), "seed": 5} | options
    return list(itertools.islice(stream(**request), count))


def test_a_seed_gives_the_same_batches_again() -> None:
    once, again = first_batches(5), first_batches(5)
    assert all(same(a, b) for a, b in zip(once, again, strict=True))
    assert not any(same(a, b) for a, b in itertools.combinations(once, 2))


@pytest.mark.parametrize("other", [{"seed": 6}, {"split": "test"}, {"task": "word:C6"}])
def test_another_seed_split_or_task_gives_other_words(other: dict[str, Any]) -> None:
    assert not any(same(a, b) for a, b in zip(first_batches(5), first_batches(5, **other), strict=True))


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**64), batch=st.integers(1, 9), index=st.integers(0, 12), start=st.integers(0, 12)
)
def test_any_batch_can_be_made_alone(seed: int, batch: int, index: int, start: int) -> None:
    whole = stream("parity", batch, (1, 6), seed)
    in_order = list(itertools.islice(whole, index + 1))
    assert same(whole.at(index), in_order[index])
    # A stream that stopped goes on where it was.
    later = next(iter(stream("parity", batch, (1, 6), seed, start=start)))
    assert same(later, whole.at(start))
    # Batches are consecutive words: the cut into batches changes nothing but the padding.
    single = stream("parity", 1, (1, 6), seed)
    for row in range(batch):
        word = single.at(index * batch + row)
        length = int(word.lengths)
        assert int(in_order[index].lengths[row]) == length
        assert torch.equal(in_order[index].inputs[row, :length], word.inputs[0])
        assert torch.equal(in_order[index].labels[row, :length], word.labels[0])


def test_tensors_lengths_and_padding() -> None:
    seen = set()
    for batch in first_batches(50):
        assert [part.dtype for part in batch] == [torch.int64] * 3
        longest = int(batch.lengths.max())
        assert batch.inputs.shape == batch.labels.shape == (4, longest)
        outside = torch.arange(longest) >= batch.lengths[:, None]
        assert (batch.inputs[outside] == 0).all()
        assert torch.equal(batch.labels == -100, outside)
        assert int(batch.inputs.min()) >= 0
        assert int(batch.inputs.max()) < 6
        seen |= set(batch.lengths.tolist())
    # Of 200 uniform draws, a given one of 8 lengths is missed once in 10^11 times.
    assert seen == set(range(2, 10))


def test_a_curriculum_shortens_words_and_stays_in_range() -> None:
    whole = stream("parity", 64, (3, 9), seed=1)
    assert set(whole.at(0, longest=5).lengths.tolist()) == {3, 4, 5}
    assert set(whole.at(0, longest=1).lengths.tolist()) == {3}
    assert same(whole.at(0, longest=100), whole.at(0))


def test_workers_of_a_data_loader_share_the_stream() -> None:
    whole = stream("word:S3", batch=4, lengths=(2, 9), seed=5, start=3)
    loader = DataLoader(whole, batch_size=None, num_workers=2, multiprocessing_context="spawn")
    loaded = list(itertools.islice(loader, 5))
    assert all(same(a, whole.at(3 + i)) for i, a in enumerate(loaded))


def test_streams_travel_between_processes() -> None:
    whole = stream("flipflop:3", batch=2, lengths=(5, 5), seed=8)
    assert same(pickle.loads(pickle.dumps(whole)).at(4), whole.at(4))


def test_the_package_exports_it_and_takes_a_task() -> None:
    by_name = krohn.stream("count:3", batch=2, lengths=(4, 4), seed=2)
    assert same(krohn.stream(krohn.task("count:3"), batch=2, lengths=(4, 4), seed=2).at(0), by_name.at(0))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (lambda: stream("parity", 0, (1, 4)), "batch is 0: expected a whole number of at least 1"),
        (
            lambda: stream("parity", 1, (9, 3)),
            "lengths are 9-3: expected LO-HI with 1 <= LO <= HI, such as 1-40",
        ),
        (
            lambda: stream("parity", 1, (0, 4)),
            "lengths are 0-4: expected LO-HI with 1 <= LO <= HI, such as 1-40",
        ),
        (
            lambda: stream("parity", 1, (1, 4), seed=-2).at(0),
            "seed is -2: expected a whole number of at least 0",
        ),
        (
            lambda: stream("parity", 1, (1, 4), start=-1).at(-1),
            "first is -1: expected a whole number of at least 0",
        ),
        (
            lambda: stream("word:S5:all:x", 1, (1, 4)),
            "task 'word:S5:all:x' has 3 parameters: expected word:G[:SYMBOLS]",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message
