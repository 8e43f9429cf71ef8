"""The checks of an audit: what each compares, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from ..figures import chance as machine_chance
from ..kinds import Classes, Readout, Symbols
from ..source import Words
from ..task import Task
from ..uniform import UniformMachine
from .allowed import allowed
from .examples import Examples, examples_of
from .predictors import PREDICTORS, Score, scores
from .repeats import WordCount, contradictions, duplicates, fixed_symbols, overlap, repeated_batches, ties
from .report import Finding, Verdict

ALARM = 0.001
"""So often an audit of data without a defect finds one, all its predictors together."""
FEW = 200
"""A bin with fewer words is left out."""


@dataclass(frozen=True)
class Bin:
    """Words of some lengths of a split."""

    split: str
    low: int
    high: int
    examples: Examples

    @property
    def lengths(self) -> str:
        """Such as ``41-256``."""
        return f"{self.low}-{self.high}" if self.low < self.high else str(self.low)


@dataclass(frozen=True)
class Checks:
    """What is known of the data: the task that they are of, where one is named.

    Parameters
    ----------
    task : Task, optional
    bins : int
        How many bins are looked at: the more there are, the wider are the intervals.
    """

    task: Task | None
    bins: int = 2

    @cached_property
    def z(self) -> float:
        """Standard deviations of an interval: one in a thousand audits of clean data finds a defect."""
        return NormalDist().inv_cdf(1 - ALARM / (len(PREDICTORS) * self.bins))

    @cached_property
    def hints(self) -> Mapping[str, str]:
        """What the rule allows."""
        return allowed(self.task) if self.task is not None else {}

    def of_bin(self, part: Bin) -> Iterator[Finding]:
        """Yield the findings in one bin."""
        if len(part.examples) >= FEW:
            yield from self._predictors(part)
        yield from self._labels(part)
        yield from self._words(part)

    def of_splits(self, part: Bin, other: Bin) -> Iterator[Finding]:
        """Yield the findings between a split and one before it."""
        found, expected = overlap(part.examples, other.examples, self._count_in(part, other))
        check = f"overlap with {other.split}"
        yield self._at_most(check, "overlap", part, found, expected, "words that stand in both")

    def _predictors(self, part: Bin) -> Iterator[Finding]:
        found = scores(part.examples)
        chance, told = self._chance(part.examples)
        reference = self._reference(part.examples)
        # What knows nothing is held to chance, what knows a little to what knows nothing.
        nothing = max(chance, found["constant"].value)
        for name, score in found.items():
            kind = name.partition("-")[0]
            expected = chance if kind == "constant" else nothing
            low, high = score.interval(self.z)
            where = (name, part.split, part.lengths, score.value)
            if low <= expected:
                yield Finding(*where, expected, "information", told, (low, high))
            elif kind in self.hints:
                yield Finding(
                    *where, expected, "information", f"the rule allows it: {self.hints[kind]}", (low, high)
                )
            elif reference and low <= reference[name].interval(self.z)[1]:
                note = "uniform words of its machine tell as much"
                yield Finding(*where, reference[name].value, "information", note, (low, high))
            else:
                note = "labels can be had without the rule"
                yield Finding(*where, expected, "defect", note, (low, high))

    def _chance(self, examples: Examples) -> tuple[float, str]:
        """Return what an answer scores at best that looks at nothing, and who says so."""
        if self.task is None or not isinstance(self.task.targets, Classes):
            return 1 / len(np.unique(examples.every_label)), "no more than one of the labels in use"
        lengths, counts = np.unique(examples.seen, return_counts=True)
        known = [self._chance_at(int(length)) for length in lengths]
        if any(value is None for value in known):
            return 1 / self.task.targets.size, "no more than one of its classes"
        return float(np.average([value or 0.0 for value in known], weights=counts)), "no more than chance"

    def _chance_at(self, length: int) -> float | None:
        assert self.task is not None
        told = self.task.source.chance(length)
        if told is not None or self.task.machine is None or not isinstance(self.task.source, UniformMachine):
            return told
        return machine_chance(self.task.machine, Readout.FINAL, length)

    def _reference(self, examples: Examples) -> dict[str, Score] | None:
        """Return the scores on other uniform words of the same lengths, labelled by the machine."""
        found = self.task.source.uniform() if self.task is not None else None
        if self.task is None or found is None:
            return None
        machine, extra = found
        random = np.random.default_rng(1)
        lengths = np.maximum(examples.lengths - extra, 1)
        shape = len(lengths), int(lengths.max())
        symbols = random.integers(0, machine.symbols, shape, np.uint16)
        labels = machine.labels(symbols, lengths).astype(np.int32)
        labels[np.arange(shape[1]) >= lengths[:, None]] = -100
        return scores(examples_of(self.task, Words(symbols, lengths, labels)))

    def _labels(self, part: Bin) -> Iterator[Finding]:
        labels = part.examples.every_label
        if self.task is not None and isinstance(self.task.targets, Classes):
            size = self.task.targets.size
            outside = int(((labels < 0) | (labels >= size)).sum())
            note = f"labels are {labels.min()} to {labels.max()}: expected 0 to {size - 1}"
        else:
            outside, note = int((labels < 0).sum()), f"labels are {labels.min()} to {labels.max()}"
        yield self._none("label range", part, outside, note)
        found = contradictions(part.examples)
        yield self._none("contradictions", part, found, "words that came before with another label")

    def _words(self, part: Bin) -> Iterator[Finding]:
        found, expected = duplicates(part.examples, self._count_in(part))
        yield self._at_most("duplicates", "duplicates", part, found, expected, "words that came before")
        found = repeated_batches(part.examples)
        yield self._none("repeated batches", part, found, "words in runs that came in the same order before")
        if self.task is None or isinstance(self.task.inputs, Symbols):
            known = set(self.task.source.delimiters) if self.task is not None else set()
            fixed = [(at, symbol) for at, symbol in fixed_symbols(part.examples) if symbol not in known]
            places = ", ".join(f"position {at} is always {symbol}" for at, symbol in fixed)
            yield self._none("fixed symbols", part, len(fixed), places or "every position near an end varies")
        if self.task is not None and self.task.name.partition(":")[0] == "majority":
            found = ties(part.examples)
            yield self._none("ties", part, found, "words with several most frequent symbols")

    def _count_in(self, *parts: Bin) -> WordCount:
        alphabet = max(len(np.unique(part.examples.symbols)) for part in parts)

        def count(length: int) -> float:
            told = self.task.source.count(length) if self.task is not None else None
            exact = told if told is not None else alphabet**length
            return float(min(exact, 10**18))

        return count

    def _none(self, check: str, part: Bin, found: int, note: str) -> Finding:
        allowed_ = self.hints.get(check)
        verdict: Verdict = "defect" if found and not allowed_ else "information"
        if found and allowed_:
            note = f"{note}; the rule allows it: {allowed_}"
        return Finding(check, part.split, part.lengths, found, 0, verdict, note)

    def _at_most(self, check: str, hint: str, part: Bin, found: int, expected: float, note: str) -> Finding:
        from scipy.stats import poisson

        limit = float(poisson.ppf(0.999, expected)) if expected > 0 else 0.0
        told = self.hints.get(hint, "")
        if self.task is not None and self.task.source.count(part.low) is None:
            told = told or "the rule does not draw words uniformly"
        if found <= limit:
            return Finding(check, part.split, part.lengths, found, expected, "information", note)
        if told:
            return Finding(check, part.split, part.lengths, found, expected, "information", f"{note}; {told}")
        return Finding(
            check, part.split, part.lengths, found, expected, "defect", f"{note}, more than by chance"
        )
