"""Timed words: a batch of them drawn and labelled."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..automata.timed.automaton import TimedAutomaton
from ..generators.tasks import task
from ..generators.timed_words import TimedWords
from .measure import Row, seconds

WORDS, LENGTH = 4096, 1000
FEW = 8
"""Words for the plain simulator; its rate is scaled."""

CASES = (
    "timed:relative:5:events:uniform",
    "timed:periodic:10:events:uniform",
    "timed:relative:5:events:real-uniform",
)
UNITS = 1 << 16

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class PlainSimulator:
    """A run of a timed automaton of one clock as one would write it first, guard by guard."""

    def __init__(self, automaton: TimedAutomaton) -> None:
        self.automaton = automaton
        self.period = automaton.clocks[0].period
        self.outputs = dict(zip(automaton.location_names, automaton.outputs, strict=True))

    def step(self, location: str, clock: float, symbol: str) -> tuple[str, float]:
        """Return the location and the clock after a symbol."""
        for transition in self.automaton.transitions:
            named = transition.source == location and transition.symbol == symbol
            if named and all(_HOLDS[part.relation](clock, part.constant) for part in transition.guard):
                return transition.target, 0 if transition.resets else clock
        raise ValueError("no transition is enabled")

    def batch(self, symbols: NDArray[Any], delays: NDArray[Any]) -> list[list[int]]:
        """Return the labels of words."""
        return [self.labels(*word) for word in zip(symbols, delays, strict=True)]

    def labels(self, symbols: NDArray[Any], delays: NDArray[Any]) -> list[int]:
        """Return the label after each symbol of a word."""
        location, clock, found = self.automaton.start, 0.0, []
        for x, delay in zip(symbols.tolist(), delays.tolist(), strict=True):
            clock = (clock + delay) % self.period if self.period else clock + delay
            location, clock = self.step(location, clock, self.automaton.symbols[x])
            found.append(self.outputs[location])
        return found


class NumpySimulator:
    """Words of a timed automaton of one clock, drawn at once and run side by side, one gather a position."""

    def __init__(self, automaton: TimedAutomaton, dense: bool) -> None:
        plain = PlainSimulator(automaton)
        self.period = plain.period
        self.largest = max(part.constant for part in automaton.constraints)
        self.most = (self.period or self.largest) + 1
        self.dense = dense
        self.symbols = len(automaton.symbols)
        self.outputs = np.array(automaton.outputs)
        names = automaton.location_names
        self.start = names.index(automaton.start)
        regions = (
            range(2 * (self.period or self.largest + 1)) if dense else range(self.period or self.largest + 2)
        )
        self.table = np.array(
            [
                [
                    [
                        self._cell(plain, names, name, symbol, region / 2 if dense else region)
                        for region in regions
                    ]
                    for symbol in automaton.symbols
                ]
                for name in names
            ]
        )

    def _cell(
        self, plain: PlainSimulator, names: tuple[str, ...], name: str, symbol: str, clock: float
    ) -> int:
        target, after = plain.step(name, clock, symbol)
        return 2 * names.index(target) + (after == 0)

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return symbols and delays as the task draws them, in units."""
        symbols = rng.integers(0, self.symbols, (WORDS, LENGTH), np.uint8)
        if self.dense:
            return symbols, rng.integers(1, self.most * UNITS + 1, (WORDS, LENGTH))
        return symbols, rng.integers(1, self.most + 1, (WORDS, LENGTH))

    def sample(self, rng: np.random.Generator, out: NDArray[np.int32]) -> NDArray[np.int32]:
        """Draw words and write the label after each symbol."""
        return self.labels(*self.draw(rng), out)

    def labels(
        self, symbols: NDArray[Any], delays: NDArray[Any], out: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Write the label after each symbol."""
        unit = UNITS if self.dense else 1
        state, clock = np.full(len(symbols), self.start), np.zeros(len(symbols), np.int64)
        for t in range(symbols.shape[1]):
            clock = clock + delays[:, t]
            clock = (
                clock % (self.period * unit) if self.period else np.minimum(clock, self.largest * unit + 1)
            )
            region = 2 * (clock // UNITS) + (clock % UNITS != 0) if self.dense else clock
            cell = self.table[state, symbols[:, t], region]
            state = cell >> 1
            clock = np.where(cell & 1, 0, clock)
            out[:, t] = self.outputs[state]
        return out


def rows() -> list[Row]:
    """Measure events a second, drawn and labelled, beside NumPy over the batch; and beside a plain simulator.

    The plain one is given its words.
    """
    found = []
    for case in CASES:
        task_here = task(case)
        source = task_here.source
        assert isinstance(source, TimedWords)
        memory = task_here.buffers(WORDS, LENGTH)
        simulator, plain = NumpySimulator(source.automaton, source.dense), PlainSimulator(source.automaton)
        rng, out = np.random.default_rng(0), np.empty((WORDS, LENGTH), np.int32)
        symbols, delays = (part[:FEW] for part in simulator.draw(rng))
        times = delays / UNITS if source.dense else delays
        contenders: dict[str, Callable[[], object]] = {
            "krohn": partial(task_here.sample, WORDS, (LENGTH, LENGTH), out=memory),
            "numpy": partial(simulator.sample, rng, out),
        }
        count = WORDS * LENGTH
        rates = {name: count / time for name, time in seconds(contenders, rounds=9).items()}
        few = seconds({"python": partial(plain.batch, symbols, times)}, rounds=3)
        rates["plain python"] = FEW * LENGTH / few["python"]
        own = rates.pop("krohn")
        found += [
            Row(case, "events_per_second", own, "events/s", name, own / rate) for name, rate in rates.items()
        ]
    return found
