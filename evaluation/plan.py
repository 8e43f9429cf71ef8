"""Which words to run: the same at every length, or more where the answer is not settled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scipy import stats

from ..files import read_json, write_json
from ..generators.task import Task
from .counts import Counts
from .intervals import interval, least_words
from .paused import Paused, read_paused, write_paused
from .precision import PrecisionItem
from .request import Request
from .results import THRESHOLD
from .words import TestWords

FEW = 64
"""Words of a length that an adaptive evaluation begins with."""
LOOKS = 8
"""Times that an adaptive evaluation may look at a length: its intervals hold together at 95 % (Bonferroni)."""
STOCHASTIC = 64
"""Words of a batch where rounding is stochastic: it draws by the row, so batches have to be the same."""
TOKENS = 1 << 26
"""Tokens of a batch at most."""
CHUNKS = 1 << 15
"""Tokens of a batch's chunks at most, where a chunk has to be fed whole."""


@dataclass(frozen=True)
class Batch:
    """Words to run.

    Attributes
    ----------
    test : TestWords
    first, count : int
    follow : bool
        Whether they are of the longest length asked for.
    """

    test: TestWords
    first: int
    count: int
    follow: bool

    @property
    def tokens(self) -> int:
        """Tokens that a model runs over."""
        return self.count * self.test.width

    @property
    def key(self) -> str:
        """What tells it from other batches of the same item."""
        return f"{self.test.length}:{self.first}:{self.count}"


class Memory:
    """Counts kept as they are made; this one forgets them.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> batch = Batch(TestWords(task("parity"), 4, [4], seed=0), 0, 2, follow=True)
    >>> Memory().recall("fp32", batch) is None
    True
    """

    def recall(self, item: str, batch: Batch) -> Counts | None:
        """Return what a batch gave before."""
        return None

    def keep(self, item: str, batch: Batch, counts: Counts) -> None:
        """Keep what a batch gave."""

    def resume(self, item: str, batch: Batch) -> Paused | None:
        """Return where a batch stood when it was paused last."""
        return None

    def pause(self, item: str, batch: Batch, paused: Paused) -> None:
        """Keep where a batch stands."""


class FileMemory(Memory):
    """Counts kept in a file, and beside it where a batch stands; those of another request or weights are forgotten.

    Parameters
    ----------
    path : Path
    identity : dict
        Of JSON: all that the counts depend on.
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.path, self.identity = path, identity
        self.paused = path.with_suffix(".safetensors")
        self._kept: dict[str, dict[str, Any]] = {}
        if path.is_file():
            found = read_json(path)
            if found.get("identity") == identity:
                self._kept = found["counts"]

    def recall(self, item: str, batch: Batch) -> Counts | None:
        found = self._kept.get(item, {}).get(batch.key)
        return None if found is None else Counts.from_json(found)

    def keep(self, item: str, batch: Batch, counts: Counts) -> None:
        self._kept.setdefault(item, {})[batch.key] = counts.to_json()
        write_json(self.path, {"identity": self.identity, "counts": self._kept})

    def resume(self, item: str, batch: Batch) -> Paused | None:
        return read_paused(self.paused, self._name(item, batch))

    def pause(self, item: str, batch: Batch, paused: Paused) -> None:
        write_paused(self.paused, self._name(item, batch), paused)

    def _name(self, item: str, batch: Batch) -> str:
        return json.dumps([self.identity, item, batch.key, batch.test.counted])

    def forget(self) -> None:
        """Remove the files."""
        self.path.unlink(missing_ok=True)
        self.paused.unlink(missing_ok=True)


@dataclass
class Plan:
    """The batches of one precision item.

    Parameters
    ----------
    asked : Request
    task : Task
    item : PrecisionItem
    once : bool
        Whether one run over the longest word serves all shorter lengths.
    """

    asked: Request
    task: Task
    item: PrecisionItem
    once: bool
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.lengths = sorted(set(self.asked.lengths))
        self._seen: dict[int, int] = dict.fromkeys(self.lengths, 0)
        ends = self.lengths[-1:] if self.once else self.lengths
        self.most = self.asked.words * sum(self._test(length).width for length in ends)
        self._spent = 0

    def _test(self, length: int) -> TestWords:
        # Words are counted once at a length: where it is ahead of this one, it has these words already.
        seen = self._seen[length]
        shorter = [other for other in self.lengths if other < length and self._seen[other] == seen]
        counted = [*shorter, length] if self.once else [length]
        return TestWords(self.task, length, counted, self.asked.seed)

    def take(self, batch: Batch, counts: Counts) -> None:
        """Add what a batch gave."""
        self.counts.add(counts)
        self._spent += batch.tokens
        for length in batch.test.counted:
            self._seen[length] += batch.count

    def batches(self) -> Iterator[Batch]:
        """Yield the batches, each after the one before was taken."""
        begin = min(FEW, self.asked.words) if self.asked.adaptive else self.asked.words
        for length in self.lengths[-1:] if self.once else self.lengths:
            yield from self._run(length, begin)
        if self.asked.adaptive:
            while (wanted := self._widest()) is not None:
                yield from self._run(*wanted)

    def _run(self, length: int, words: int) -> Iterator[Batch]:
        test = self._test(length)
        size = STOCHASTIC if self.item.stochastic else self.asked.batch
        size = min(size, TOKENS // test.width)
        if self.item.rounding is not None and self.item.chunk:
            size = min(size, CHUNKS // self.item.chunk)
        size = max(1, size)
        begin = self._seen[length]
        for first in range(begin, begin + words, size):
            count = min(size, begin + words - first)
            yield Batch(test, first, count, length == self.lengths[-1])

    def _widest(self) -> tuple[int, int] | None:
        """Return the unsettled length whose interval is widest, and how many more words to run; None: all done."""
        widths = {}
        for length in self.lengths:
            low, high = self.bounds(length)
            if high < THRESHOLD:
                break  # nothing longer is within the horizon
            if low < THRESHOLD and self._seen[length] < self.asked.words * len(self.lengths):
                widths[length] = high - low
        for length in sorted(widths, key=lambda length: (-widths[length], length)):
            more = self._seen[length]
            if self._spent + more * self._test(length).width <= self.most:
                return length, more
        return None

    def bounds(self, length: int) -> tuple[float, float]:
        """Return the interval of a length that holds however often it is looked at; from 0 with too few words."""
        sums = self.counts.scores[length]
        level = 1 - 0.05 / LOOKS / 2
        z = float(stats.norm.ppf(level))
        low, high = interval(sums["correct"], sums["total"], sums["words"], sums["squares"], z)
        return (low if sums["words"] >= least_words(THRESHOLD) else 0.0), high
