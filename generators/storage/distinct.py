"""No word twice: which words of each split's stream to skip, and how many words there are."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..shards import TOKENS_A_BATCH, Split
from ..source import Words
from ..task import Task
from .columns import schema_of, table_of
from .content import NONE, cells, hash_rows

PATIENCE = 64
"""A search that finds no new word among so many times the words it has is given up."""


def words_that_exist(task: Task, low: int, high: int, enough: int) -> int | None:
    """Return how many words of these lengths a task can draw, or any number from `enough` on; None if it cannot say.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> words_that_exist(task("parity"), 1, 10, enough=10**9)
    2046
    """
    found = 0
    for length in np.unique(task.source.lengths(low, high)):
        count = task.source.count(int(length))
        if count is None:
            return None
        found += count
        if found >= enough:
            break
    return found


def skipped_of(task: Task, splits: Sequence[Split], seed: int) -> list[NDArray[np.int64]]:
    """Return, for each split, the numbers of words that came before, in it or in a split before it.

    Raises
    ------
    RequestError
        Where a split asks for more words than there are.
    """
    taken = np.zeros(1 << 10, np.uint64)
    found = []
    for number, split in enumerate(splits):
        _check(task, splits[: number + 1])
        numbers, taken = _new_words(task, split, seed, taken)
        found.append(np.setdiff1d(np.arange(numbers[-1] + 1), numbers, assume_unique=True))
    return found


def _check(task: Task, splits: Sequence[Split]) -> None:
    split = splits[-1]
    # A split before this one whose lengths lie within takes all its words from the same ones.
    before = [s for s in splits[:-1] if split.low <= s.low and s.high <= split.high]
    taken = sum(s.count for s in before)
    exist = words_that_exist(task, split.low, split.high, split.count + taken)
    if exist is not None and split.count + taken > exist:
        others = f", {taken:,} of them in other splits" if taken else ""
        raise RequestError(_too_many(task, split, f"{exist:,} exist{others}"))


def _too_many(task: Task, split: Split, what: str) -> str:
    lengths = f"length {split.low}" if split.low == split.high else f"lengths {split.low}-{split.high}"
    return f"split {split.name!r} asks for {split.count:,} distinct words of {lengths} of task {task.name!r}: {what}"


def _new_words(
    task: Task, split: Split, seed: int, taken: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the numbers of the first words of a stream that are new, and the table with them."""
    step = max(1, min(TOKENS_A_BATCH // split.high, 4 * split.count))
    numbers: list[NDArray[np.int64]] = []
    have, first, last_new = 0, 0, 0
    while have < split.count:
        words = task.sample(step, (split.low, split.high), seed, split.name, first)
        hashes = _hashes(task, words)
        taken = _with_room(taken, len(hashes))
        new = first + np.flatnonzero(mark_new(hashes, taken, split.count - have))
        numbers.append(new)
        have += len(new)
        first += step
        last_new = first if len(new) else last_new
        if first - last_new > PATIENCE * max(have, step):
            raise RequestError(
                _too_many(task, split, f"no more than {have:,} new ones came in {first:,} draws")
            )
    return np.concatenate(numbers), taken


def _hashes(task: Task, words: Words) -> NDArray[np.uint64]:
    table = table_of(words, schema_of(task))
    ends, symbols = cells(table.column("input_ids"))
    delays = cells(table.column("delays"))[1] if words.delays is not None else NONE
    found: NDArray[np.uint64] = hash_rows(ends, symbols, delays, np.arange(len(words)))
    return found


def _with_room(taken: NDArray[np.uint64], more: int) -> NDArray[np.uint64]:
    """Return a table at most half full after `more` entries."""
    used = int(np.count_nonzero(taken))
    if 2 * (used + more) <= len(taken):
        return taken
    larger = np.zeros(1 << int(2 * (used + more)).bit_length(), np.uint64)
    mark_new(taken[taken != 0], larger, len(larger))
    return larger


@numba.njit(cache=True, nogil=True)
def mark_new(hashes, taken, most):  # type: ignore[no-untyped-def]
    """Enter hashes into an open-addressed table until `most` were not there; return which those are."""
    new = np.zeros(len(hashes), np.bool_)
    mask = np.uint64(len(taken) - 1)
    for i in range(len(hashes)):
        entry = max(hashes[i], np.uint64(1))  # 0 means: free
        at = entry & mask
        while taken[at] != 0 and taken[at] != entry:
            at = (at + np.uint64(1)) & mask
        if taken[at] == 0:
            if most == 0:
                break
            new[i] = True
            most -= 1
        taken[at] = entry
    return new
