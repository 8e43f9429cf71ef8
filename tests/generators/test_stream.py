"""Streams: batches that are the same wherever, whenever and in whatever order they are made."""

from __future__ import annotations

import itertools
import json
import pickle
import unittest.mock
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

import krohn
from krohn.errors import RequestError
from krohn.generators import stream as module
from krohn.generators.stream import Stream, stream
from krohn.generators.tensors import Batch

# The loaders here are endless and dropped early: torch then stops their workers, and one that dies on the way is told
# by the iterator's finaliser, long after its batches were compared.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*_MultiProcessingDataLoaderIter.__del__:pytest.PytestUnraisableExceptionWarning"
)


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


def shared(rank: int, world: int, workers: int, count: int) -> list[Batch]:
    """Return the first batches that a rank gets from a loader with some workers."""
    whole = stream("word:S3", batch=3, lengths=(2, 9), seed=5, start=2, rank=rank, world=world)
    loader = DataLoader(
        whole, None, num_workers=workers, multiprocessing_context="spawn" if workers else None
    )
    return list(itertools.islice(loader, count))


@pytest.mark.parametrize("workers", [0, 2])
def test_ranks_and_workers_share_one_stream(workers: int) -> None:
    whole = stream("word:S3", batch=3, lengths=(2, 9), seed=5, start=2)
    for rank in (0, 3) if workers else range(4):
        for k, batch in enumerate(shared(rank, 4, workers, 7)):
            assert same(batch, whole.at(2 + rank + 4 * k))


def turns(rank: int, workers: int, count: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the worker and the index of each batch that a rank's workers make, without the processes."""
    made = []
    for worker in range(max(1, workers)):
        whole = stream("parity", batch=1, lengths=(2, 2), rank=rank, world=4)
        monkeypatch.setattr(whole, "at", lambda index: index)
        information = SimpleNamespace(id=worker, num_workers=workers) if workers else None
        monkeypatch.setattr(module, "get_worker_info", lambda information=information: information)
        made += [(worker, int(index)) for index in itertools.islice(whole, count)]  # type: ignore[call-overload]
    return made


def test_ranks_0_to_3_with_0_to_3_workers_are_a_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    for counts in itertools.product(range(4), repeat=4):
        # 12 batches a rank are 12 / w for each of w workers.
        indices = []
        for rank, workers in enumerate(counts):
            found = turns(rank, workers, 12 // max(1, workers), monkeypatch)
            indices += [index for _, index in found]
            # A loader asks the workers in turn: what comes out is in order.
            in_turn = sorted(range(len(found)), key=lambda i: (i % (12 // max(1, workers)), found[i][0]))
            assert [found[i][1] for i in in_turn] == list(range(rank, 48, 4))
        assert sorted(indices) == list(range(48))


@settings(deadline=None, max_examples=40)
@given(used=st.integers(0, 5), before=st.integers(1, 4), after=st.integers(1, 4), more=st.integers(1, 5))
def test_a_restored_stream_goes_on_on_any_number_of_ranks(
    used: int, before: int, after: int, more: int
) -> None:
    def ranks(world: int) -> list[Stream]:
        return [
            stream("word:S3", 2, (1, 4), seed=3, start=1, rank=rank, world=world) for rank in range(world)
        ]

    whole = stream("word:S3", 2, (1, 4), seed=3)
    for rank in ranks(before):
        batches = list(itertools.islice(rank, used))
        assert len(batches) == used
        state = json.loads(json.dumps(rank.state_dict()))
        assert state == rank.state_dict(batches=used)
    assert state["start"] == 1 + before * used
    for number, again in enumerate(ranks(after)):
        again.load_state_dict(state)
        for k, batch in enumerate(itertools.islice(again, more)):
            assert same(batch, whole.at(1 + before * used + number + after * k))
        assert again.state_dict(batches=more) == again.state_dict()
    # A second pass begins where the first one did.
    assert same(next(iter(again)), next(iter(again)))


def test_a_loader_with_workers_counts_what_it_handed_on() -> None:
    whole = stream("word:S3", batch=3, lengths=(2, 9), seed=5)
    loader = DataLoader(whole, batch_size=None, num_workers=2, multiprocessing_context="spawn")
    used = list(itertools.islice(loader, 3))
    again = stream("word:S3", batch=3, lengths=(2, 9), seed=5)
    again.load_state_dict(whole.state_dict(batches=len(used)))
    assert same(next(iter(again)), whole.at(3))


def test_ranks_are_those_of_torch_distributed(tmp_path: Path) -> None:
    torch.distributed.init_process_group("gloo", f"file://{tmp_path}/meet", rank=0, world_size=1)
    try:
        found = stream("parity", 1, (1, 4))
        assert (found.rank, found.world) == (0, 1)
        with (
            unittest.mock.patch("torch.distributed.get_rank", return_value=2),
            unittest.mock.patch("torch.distributed.get_world_size", return_value=3),
        ):
            found = stream("parity", 1, (1, 4))
            assert (found.rank, found.world) == (2, 3)
            # What is said outweighs what is around.
            assert stream("parity", 1, (1, 4), rank=0, world=1).world == 1
    finally:
        torch.distributed.destroy_process_group()


WORLD = "world is 0: expected a whole number of at least 1"


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
            lambda: stream("parity", 1, (1, 4), seed=-2),
            "seed is -2: expected a whole number of at least 0",
        ),
        (
            lambda: stream("parity", 1, (1, 4)).at(-1),
            "first is -1: expected a whole number of at least 0",
        ),
        (
            lambda: stream("parity", 1, (1, 4), start=-1),
            "start is -1: expected a whole number of at least 0",
        ),
        (lambda: stream("parity", 1, (1, 4), rank=4, world=4), "rank is 4: expected 0 to 3, below world"),
        (lambda: stream("parity", 1, (1, 4), rank=-1, world=1), "rank is -1: expected 0 to 0, below world"),
        (lambda: stream("parity", 1, (1, 4), rank=0, world=0), WORLD),
        (
            lambda: stream("parity", 1, (1, 4), rank=1),
            "rank is 1 and world is None: expected both or neither",
        ),
        (
            lambda: stream("parity", 1, (1, 4)).load_state_dict(stream("parity", 1, (1, 5)).state_dict()),
            "the state is of a stream with lengths [1, 5]: expected [1, 4]",
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
