"""Timed tasks: words as their distribution says, labels by exact simulation, positions where the clock matters."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from krohn.automata.interchange import write_machine
from krohn.automata.timed.automaton import Clock, Location, TimedAutomaton, Transition
from krohn.automata.timed.guards import parse_guard
from krohn.automata.timed.influence import event_influence
from krohn.automata.timed.machines import relative, watchdog
from krohn.automata.timed.runs import TimedRuns
from krohn.errors import RequestError
from krohn.generators.clock_positions import clock_matters, timed_counts
from krohn.generators.delays import geometric_survival
from krohn.generators.figures import figures
from krohn.generators.task import Task
from krohn.generators.tasks import task
from krohn.generators.timed import timed_task, timed_version
from krohn.generators.timed_words import Delays, TimedWords

EVENTS = [
    f"timed:relative:5:events:{delays}" for delays in ("uniform", "borders", "real-geometric", "real-borders")
]
EVENTS += ["timed:relative:5:events", "timed:periodic:10:events", "timed:clock:4:events:real-uniform"]


def source_of(given: Task) -> TimedWords:
    assert isinstance(given.source, TimedWords)
    return given.source


def relative_label(state: int, symbol: int, clock: Fraction, threshold: int) -> int:
    return 1 if symbol == 1 else int(clock > threshold)


@pytest.mark.parametrize("name", [name for name in EVENTS if "relative" in name])
def test_labels_are_those_of_the_rule_in_fractions(name: str) -> None:
    words = task(name).sample(20, lengths=(1, 60), seed=3)
    assert words.delays is not None
    for symbols, delays, labels, length in zip(
        words.symbols, words.delays, words.labels, words.lengths, strict=True
    ):
        for t in range(length):  # every symbol restarts the clock
            assert labels[t] == relative_label(0, symbols[t], Fraction(delays[t]), 5)
        assert set(labels[length:]) <= {-100}
        assert not delays[length:].any()


@pytest.mark.parametrize("name", EVENTS)
def test_drawn_labels_are_those_of_given_words(name: str) -> None:
    here = task(name)
    words = here.sample(300, lengths=(10, 50), seed=1)
    assert words.delays is not None
    assert (here.label(words.symbols, words.lengths, words.delays) == words.labels).all()
    source = source_of(here)
    runs = TimedRuns(source.automaton, 1 << 16 if source.dense else 1)
    assert (runs.labels(words.symbols, words.delays, words.lengths) == words.labels).all()
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    assert (words.delays[inside] > 0).all()
    assert (words.delays * (1 << 16) % 1 == 0).all()


@pytest.mark.parametrize("name", [*EVENTS, "timed:relative:5", "timed:periodic:10", "timed:clock:4"])
def test_a_word_depends_on_its_number_only(name: str) -> None:
    here = pickle.loads(pickle.dumps(task(name)))
    many = task(name).sample(40, lengths=(20, 20), seed=5)
    alone = here.sample(1, lengths=(20, 20), seed=5, first=33)
    short = here.sample(1, lengths=(7, 7), seed=5, first=33)
    for part in ("symbols", "labels", *(["delays"] if many.delays is not None else [])):
        whole = getattr(many, part)[33]
        assert (getattr(alone, part)[0] == whole).all()
        assert (getattr(short, part)[0] == whole[:7]).all()


def near(counts: NDArray[Any], expected: list[float]) -> bool:
    total = counts.sum()
    return bool((np.abs(counts / total - expected) < 5 * np.sqrt(0.25 / total)).all())


def test_uniform_delays_are_uniform() -> None:
    words = task("timed:relative:5:events:uniform").sample(400, lengths=(100, 100))
    assert words.delays is not None
    cells = np.bincount((words.symbols * 6 + words.delays - 1).ravel().astype(int), minlength=12)
    assert near(cells, [1 / 12] * 12)
    real = task("timed:relative:5:events:real-uniform").sample(400, lengths=(100, 100)).delays
    assert real is not None
    assert near(np.histogram(real, 24, (0, 6))[0], [1 / 24] * 24)


def test_geometric_delays_are_those_between_symbols_of_the_steps() -> None:
    words = task("timed:relative:5:events").sample(400, lengths=(100, 100))
    assert words.delays is not None
    counts = np.bincount(np.minimum(words.delays, 12).ravel(), minlength=13)[1:]
    chances = [0.8 ** (d - 1) * 0.2 for d in range(1, 12)]
    assert near(counts, [*chances, 1 - sum(chances)])
    steps = task("timed:relative:5").sample(400, lengths=(100, 100)).symbols
    assert near(np.bincount(steps.ravel(), minlength=3), [0.8, 0.1, 0.1])
    real = task("timed:relative:5:events:real-geometric").sample(400, lengths=(100, 100)).delays
    assert real is not None
    assert near(
        np.bincount(np.minimum(np.ceil(real), 12).ravel().astype(int), minlength=13)[1:], [*chances, 0.8**11]
    )


def test_geometric_survival_is_exact() -> None:
    for mean in (2, 5, 100):
        survival = geometric_survival(mean)
        exact = [Fraction(mean - 1, mean) ** d * 2**32 for d in range(len(survival))]
        assert all(-1 <= int(s) - e <= 0 for s, e in zip(survival, exact, strict=True))
        assert survival[-1] == 0


@pytest.mark.parametrize("dense", [False, True])
def test_aimed_delays_come_to_the_borders(dense: bool) -> None:
    # One symbol, one border at 50, every symbol restarts the clock: half of the delays aim at 50, a third of them
    # exactly, and before it and after it a third each; the rest is uniform on 1 to 51.
    source = TimedWords(relative(50), Delays.BORDERS, dense)
    here = timed_task("wide", relative(50), "real-borders" if dense else "borders")
    delays = here.sample(500, lengths=(40, 40)).delays
    assert delays is not None
    assert source_of(here).dense == source.dense
    before, at, after = (delays >= 49) & (delays < 50), delays == 50, (delays > 50) & (delays <= 51)
    counts = np.array([before.sum(), at.sum(), after.sum(), (~(before | at | after)).sum()])
    exact = 1 / 6 + (0 if dense else 1 / 102)
    assert near(counts, [1 / 6 + 1 / 102, exact, 1 / 6 + 1 / 102, 1 - 1 / 3 - 1 / 51 - exact])


def test_where_the_clock_matters_in_steps() -> None:
    for name, symbol in (("timed:relative:5", 1), ("timed:periodic:10", 0)):
        here = task(name)
        words = here.sample(30, lengths=(5, 60))
        inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
        assert (clock_matters(here, words) == ((words.symbols == symbol) & inside)).all()


def test_where_the_location_tells_the_time_the_clock_does_not_matter() -> None:
    # States 1 and 2 of a day of 4 hours are entered in hours 1 and 2 only; 3 in any hour, by b; 0 also at the start.
    here = task("timed:clock:4")
    words = here.sample(30, lengths=(60, 60))
    before = np.concatenate([np.zeros((30, 1), int), words.labels[:, :-1]], axis=1)
    assert (clock_matters(here, words) == ((words.symbols == 0) & np.isin(before, (0, 3)))).all()


@pytest.mark.parametrize("name", EVENTS)
def test_where_the_clock_matters_in_events(name: str) -> None:
    here = task(name)
    words = here.sample(30, lengths=(5, 60))
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    assert (clock_matters(here, words) == ((words.symbols == 0) & inside)).all()


def test_only_reachable_valuations_and_other_labels_count() -> None:
    # In `late` x is above 3, so its guards do not matter; in `there` they lead to other locations of the same class.
    automaton = TimedAutomaton(
        symbols=("a",),
        clocks=(Clock("x"),),
        locations=(Location("here"), Location("late", 1), Location("there", 2), Location("else", 2)),
        transitions=(
            Transition("here", "a", "late", parse_guard("x > 3")),
            Transition("here", "a", "there", parse_guard("x <= 3"), resets=("x",)),
            Transition("late", "a", "here", parse_guard("x <= 2")),
            Transition("late", "a", "late", parse_guard("x > 2")),
            Transition("there", "a", "there", parse_guard("x < 5")),
            Transition("there", "a", "else", parse_guard("x >= 5")),
        ),
        start="here",
    )
    for dense in (False, True):  # in `else` every run is stuck
        assert event_influence(automaton, dense).ravel().tolist() == [True, False, False, False, False]
    between = TimedAutomaton(
        symbols=("a",),
        clocks=(Clock("x"),),
        locations=(Location("here", 1, parse_guard("x < 7")), Location("there", 0)),
        transitions=(
            Transition("here", "a", "there", parse_guard("x > 3 and x < 4")),
            Transition("here", "a", "here", parse_guard("x <= 3")),
            Transition("here", "a", "here", parse_guard("x >= 4")),
            Transition("there", "a", "there"),
        ),
        start="here",
    )
    assert event_influence(between, dense=True)[:, 0].tolist() == [True, False, False]
    assert event_influence(between)[:, 0].tolist() == [True, False, False]  # a delay may break the invariant


def test_counts_apart() -> None:
    here = task("timed:relative:5")
    words = here.sample(50, lengths=(60, 60))
    right = timed_counts(here, words, words.labels)
    time_dependent = int((words.symbols == 1).sum())
    assert right == {
        "time_dependent": (time_dependent, time_dependent),
        "time_independent": (3000 - time_dependent, 3000 - time_dependent),
    }
    wrong = timed_counts(here, words, 1 - words.labels)
    assert [pair[0] for pair in wrong.values()] == [0, 0]


def test_figures() -> None:
    row = figures(task("timed:relative:5"))
    assert (row["class"], row["states"], row["monoid"], row["groups"]) == ("timed", 12, 48, [])
    row = figures(task("timed:periodic:10"))
    assert (row["class"], row["states"], row["monoid"], row["groups"]) == ("timed", 16, 21, ["C10"])
    row = figures(task("timed:relative:5:events"))
    assert (row["class"], row["states"], row["alphabet"], row["chance"] > 0.5) == ("timed", 12, 2, True)
    # The chance of weighted words, against the share of the labels in many of them.
    labels = task("timed:relative:5").sample(2000, lengths=(256, 256)).labels
    assert abs(figures(task("timed:relative:5"))["chance"] - (labels == 1).mean()) < 0.01


def test_tasks_of_files(tmp_path: Path) -> None:
    path = tmp_path / "watchdog.json"
    write_machine(watchdog(2, 5), path)
    steps, events = task(f"timed:file:{path}"), task(f"timed:file:{path}:events:real-borders")
    assert steps.machine is not None
    assert steps.machine.names.symbols == ("null", "kick", "look", "reset")
    assert source_of(events).automaton == watchdog(2, 5)
    assert events.name == f"timed:file:{path}:events:real-borders"
    assert steps.version == timed_version(watchdog(2, 5)) != timed_version(watchdog(2, 6))
    assert task(f"timed:file:{path}:events").name == f"timed:file:{path}:events"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: task("timed:periodc:10"),
            "unknown kind of timed task 'periodc': expected one of clock, file, periodic, relative; "
            "did you mean 'periodic'?",
        ),
        (
            lambda: task("timed:relative:x"),
            "task 'timed:relative:x': T is 'x': expected a whole number, as in timed:relative:10",
        ),
        (lambda: task("timed:relative:0"), "task 'timed:relative:0': T is 0: expected 1 to 10000"),
        (lambda: task("timed:periodic:7"), "period is 7: expected an even number, so that it has two halves"),
        (lambda: task("timed:clock:300"), "task 'timed:clock:300': N is 300: expected 2 to 256"),
        (
            lambda: task("timed:relative:5:evnts"),
            "unknown encoding 'evnts': expected one of events, events:borders, events:geometric, "
            "events:real-borders, events:real-geometric, events:real-uniform, events:uniform; "
            "did you mean 'events'?",
        ),
        (
            lambda: task("timed:relative:5:events:unform"),
            "unknown kind of delays 'unform': expected one of borders, geometric, real-borders, real-geometric, "
            "real-uniform, uniform; did you mean 'uniform'?",
        ),
        (
            lambda: clock_matters(task("parity"), task("parity").sample(1, (2, 2))),
            "task 'parity' has no clock: expected a timed task, such as timed:relative:5",
        ),
        (
            lambda: timed_task("far", relative(1 << 16), "borders"),
            "largest constant of the timed automaton is 65536: expected at most 32767 where delays are borders",
        ),
        (
            lambda: TimedWords(relative(5), Delays.GEOMETRIC, mean=1),
            "mean delay is 1: expected at least 2",
        ),
        (
            lambda: task("timed:file:examples/turnstile.dot"),
            "task 'timed:file:examples/turnstile.dot': a finite machine: expected a timed automaton; "
            "'file:examples/turnstile.dot' is for finite ones",
        ),
    ],
)
def test_messages(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(RequestError) as caught:
        call()
    assert str(caught.value) == text
