"""Where the clock matters: could other clock values, in the same location, lead to another label?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .automaton import TimedAutomaton
from .checks import check_runs
from .edges import Edges
from .steps import NULL, Steps, steps
from .valuations import cut, left_over
from .zones import reachable_zones


def step_influence(found: Steps) -> NDArray[np.bool_]:
    """Return for each state and symbol of a machine of whole time steps whether the clock matters there.

    It does where some word reaches the same location with other clock values, and the same symbol then has another
    label.

    Parameters
    ----------
    found : Steps

    Returns
    -------
    bool array, shape (states, symbols)

    Examples
    --------
    >>> from krohn.automata.timed.machines import relative
    >>> step_influence(steps(relative(5)))[0].tolist()  # null, a, b
    [False, True, False]
    """
    labels = found.machine.outputs[found.machine.delta]
    locations = np.array(found.locations)
    lowest = np.full((locations.max() + 1, labels.shape[1]), np.iinfo(np.int32).max)
    highest = np.full_like(lowest, -1)
    np.minimum.at(lowest, locations, labels)
    np.maximum.at(highest, locations, labels)
    return np.asarray((lowest < highest)[locations])


def event_influence(automaton: TimedAutomaton, dense: bool = False) -> NDArray[np.bool_]:
    """Return for each location and symbol whether the clock matters there, in words of symbols and delays.

    It does where words reach the location, and read the symbol after some delay, with clock values that have
    different labels. Decided by zones in dense time; in discrete time delays are whole and at least 1.

    Parameters
    ----------
    automaton : TimedAutomaton
    dense : bool

    Returns
    -------
    bool array, shape (locations + 1, symbols)
        The last row is a run that is stuck: it stays so.

    Raises
    ------
    RequestError
        From `check_runs`.

    Examples
    --------
    >>> from krohn.automata.timed.machines import relative
    >>> event_influence(relative(5), dense=True).tolist()  # a, b
    [[True, False], [True, False], [False, False]]
    """
    matters = np.zeros((len(automaton.locations) + 1, len(automaton.symbols)), np.bool_)
    if not dense:
        found = steps(automaton, NULL)
        matters[list(found.locations)] = step_influence(found)[:, 1:]
        return matters
    check_runs(automaton)
    form = Edges(automaton)
    outputs = automaton.outputs
    for q, zones in enumerate(reachable_zones(automaton, exact=True)):
        may_wait_too_long = any(j == 0 for _, j, _ in form.invariants[q])
        for x, edges in enumerate(form.by_symbol[q]):
            labels = {
                outputs[edge.target] for edge in edges if any(cut(z, edge.bounds) is not None for z in zones)
            }
            running = [part for zone in zones if (part := cut(zone, form.below_periods)) is not None]
            if may_wait_too_long or left_over(running, [edge.bounds for edge in edges]):
                labels.add(automaton.stuck)
            matters[q, x] = bool(zones) and len(labels) > 1
    return matters
