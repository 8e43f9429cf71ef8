"""From a plan to tables: only what can be reached, with carried values that act alike made one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from .cascade import Cascade
from .level import Level
from .plan import HOLD, Action, Plan, Step

Table = NDArray[np.int32]

NEVER = -1
"""An entry that no word leads to."""


def compile_plan(plan: Plan, method: str, limit: int) -> Cascade:
    """Return the cascade of a plan.

    Parameters
    ----------
    plan : Plan
    method : str
        How the plan was found, kept with the cascade.
    limit : int
        Most entries of all tables together.

    Raises
    ------
    RequestError
        Past the limit.
    """
    carried, first = _numbered(plan.first)
    places: list[Hashable] = [plan.root]
    levels: list[Level] = []
    start: list[int] = []
    entries = 0
    for step, begin in zip(plan.steps, plan.start, strict=True):
        actions = [step.action(c) for c in carried]
        if all(action.turn == 0 and action.reset in (HOLD, begin) for action in actions):
            # A level that never leaves its start is none: what is carried through it is renamed.
            carried, through = _numbered(step.carry(c, begin) for c in carried)
            places, where = _numbered(step.place(d, begin) for d in places)
            if levels:
                carry, place = _renamed(levels[-1].carry, through), _renamed(levels[-1].place, where)
                levels[-1] = levels[-1].with_tables(carry, place)
            else:
                first = _renamed(first, through)
            continue
        entries += (len(carried) + len(places)) * step.size
        if entries > limit:
            raise RequestError(
                f"the cascade has more than {limit} entries at level {len(levels) + 1} of {len(plan.steps)}: "
                "it stopped there; a larger --limit goes on, a quotient of the machine is smaller"
            )
        values = _reachable_values(step, set(actions), begin)
        classes = np.array([step.place_class(d) for d in places], np.int32)
        carry, carried = _table(carried, values, step.size, step.carry)
        place, places = _table(places, values, step.size, step.place)
        levels.append(Level(step.size, step.groups, np.array(actions, np.int32), carry, place, classes))
        start.append(begin)
    states = np.array([plan.states[d] for d in places], np.int32)
    levels, kinds = _merge_carried(levels, len(carried) if not levels else len(levels[0].action))
    levels, states = _merge_places(levels, states)
    return Cascade(tuple(levels), _renamed(first, kinds), states, tuple(start), method)


def _numbered(values: Iterable[Hashable | None]) -> tuple[list[Hashable], Table]:
    number: dict[Hashable, int] = {}
    found = [NEVER if value is None else number.setdefault(value, len(number)) for value in values]
    return list(number), np.array(found, np.int32)


def _renamed(table: Table, names: Table) -> Table:
    return np.where(table == NEVER, NEVER, names[table]).astype(np.int32)


def _reachable_values(step: Step, actions: set[Action], start: int) -> list[int]:
    reached = list(
        dict.fromkeys([start, *sorted(action.reset for action in actions if action.reset != HOLD)])
    )
    turns = []
    for action in sorted(actions):
        series = step.groups[action.group]
        if action.turn and series is not None:
            turns.append(series.group.permutations[action.turn].tolist())
    for x in reached:
        for turn in turns:
            if x < len(turn) and turn[x] not in reached:
                reached.append(turn[x])
    return sorted(reached)


def _table(
    rows: list[Hashable], values: list[int], size: int, entry: Callable[[Any, int], Hashable | None]
) -> tuple[Table, list[Hashable]]:
    number: dict[Hashable, int] = {}
    table = np.full((len(rows), size), NEVER, np.int32)
    for i, row in enumerate(rows):
        for x in values:
            found = entry(row, x)
            if found is not None:
                table[i, x] = number.setdefault(found, len(number))
    return table, list(number)


def merged_rows(signatures: Table) -> Table:
    """Return a number for each row, the same for equal ones, in the order of their first places."""
    _, first, inverse = np.unique(signatures, axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()]


def _first_places(block: Table) -> NDArray[np.intp]:
    return np.unique(block, return_index=True)[1]


def _merge_carried(levels: list[Level], symbols: int) -> tuple[list[Level], Table]:
    """Make one of the carried values that do the same here and below; return the levels and the first classes."""
    merged: list[Level] = []
    below = np.zeros(1 + (int(levels[-1].carry.max()) if levels else symbols), np.int32)
    for level in reversed(levels):
        carry = _renamed(level.carry, below)
        below = merged_rows(np.column_stack([level.action, carry]))
        chosen = _first_places(below)
        merged.append(
            Level(level.size, level.groups, level.action[chosen], carry[chosen], level.place, level.classes)
        )
    return merged[::-1], below


def _merge_places(levels: list[Level], states: Table) -> tuple[list[Level], Table]:
    merged: list[Level] = []
    below = merged_rows(states[:, None])
    states = states[_first_places(below)]
    for level in reversed(levels):
        place = _renamed(level.place, below)
        below = merged_rows(np.column_stack([level.classes, place]))
        chosen = _first_places(below)
        merged.append(
            Level(level.size, level.groups, level.action, level.carry, place[chosen], level.classes[chosen])
        )
    return merged[::-1], states
