"""Clock valuations that show what a zone holds, and what is left of a zone when others are taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from .automaton import TimedAutomaton
from .dbm import UNBOUNDED, Zone, bound_rows, meet
from .edges import Bound, negation

Valuation = Mapping[str, Fraction]
"""What each clock shows, by its name."""


def bounds_in(zone: Zone) -> tuple[Bound, ...]:
    """Return the bounds that a zone consists of."""
    size = len(zone)
    return tuple(
        (i, j, int(zone[i, j])) for i in range(size) for j in range(size) if i != j and zone[i, j] < UNBOUNDED
    )


def cut(zone: Zone, bounds: Iterable[Bound]) -> Zone | None:
    """Return the part of a zone within bounds, or None where nothing is left.

    Examples
    --------
    >>> from krohn.automata.timed.dbm import all_valuations
    >>> cut(all_valuations(1), ((1, 0, 7), (0, 1, -8))) is None  # x <= 3, x > 4
    True
    """
    part = zone.copy()
    return part if meet(part, bound_rows(tuple(bounds))) else None


def without(zone: Zone, bounds: Sequence[Bound]) -> list[Zone]:
    """Return zones that together hold the valuations of a zone that do not keep all of `bounds`.

    Examples
    --------
    >>> from krohn.automata.timed.dbm import all_valuations
    >>> len(without(all_valuations(1), ((1, 0, 7), (0, 1, -3))))  # not 2 <= x <= 3
    2
    """
    found: list[Zone] = []
    rest: Zone | None = zone
    for bound in bounds:
        if rest is None:
            break
        outside = cut(rest, (negation(bound),))
        if outside is not None:
            found.append(outside)
        rest = cut(rest, (bound,))
    return found


def left_over(zones: Iterable[Zone], taken: Iterable[Sequence[Bound]]) -> list[Zone]:
    """Return zones that together hold what is in `zones` and in none of the conjunctions `taken`."""
    rest = list(zones)
    for bounds in taken:
        rest = [part for zone in rest for part in without(zone, bounds)]
    return rest


def valuation(zone: Zone, automaton: TimedAutomaton) -> dict[str, Fraction]:
    """Return one valuation of a zone that is not empty: each clock in turn as low as it can be.

    Where the least value is excluded, the clock shows the middle between it and the next whole number, or the
    largest value if that is nearer.

    Examples
    --------
    >>> from krohn.automata.timed.dbm import all_valuations
    >>> from krohn.automata.timed.machines import timeout
    >>> valuation(cut(all_valuations(1), ((0, 1, -6),)), timeout(3))  # x > 3
    {'x': Fraction(7, 2)}
    """
    size = len(zone)
    shown: list[Fraction] = [Fraction(0)]
    for i in range(1, size):
        low, high = Fraction(0), None
        least_excluded = False
        for j in range(i):
            below, above = int(zone[j, i]), int(zone[i, j])  # x_j - x_i, x_i - x_j
            if below < UNBOUNDED:
                bound, excluded = shown[j] - (below >> 1), not below & 1
                if bound > low or (bound == low and excluded):
                    low, least_excluded = bound, excluded
            if above < UNBOUNDED:
                limit = shown[j] + (above >> 1)
                high = limit if high is None else min(high, limit)
        if least_excluded:
            step = Fraction(1) if high is None else min(high - low, Fraction(1))
            low += step / 2
        shown.append(low)
    return dict(zip(automaton.clock_names, shown[1:], strict=True))


def valuation_text(shown: Valuation) -> str:
    """Return a valuation in words.

    Examples
    --------
    >>> valuation_text({"x": Fraction(7, 2), "y": Fraction(4)})
    'x = 3.5, y = 4'
    """
    if not shown:
        return "any time"
    return ", ".join(f"{name} = {float(value):g}" for name, value in shown.items())
