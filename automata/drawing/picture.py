"""What a drawing of a machine shows: which symbols, and one arrow for all symbols between two states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..machine import Machine

MOST_STATES = 200
"""More than so many circles are no picture."""

MOST_LABELLED = 40
"""With more arrows than this, colours are read more easily than words on the arrows."""

MOST_PRODUCTS = 20_000


@dataclass(frozen=True)
class Arrow:
    """An arrow of a drawing.

    Attributes
    ----------
    source, target : int
        States.
    symbols : tuple of int
        All drawn symbols that lead from the one to the other.
    """

    source: int
    target: int
    symbols: tuple[int, ...]


@dataclass(frozen=True)
class Picture:
    """What a drawing of a machine shows.

    Attributes
    ----------
    machine : Machine
        The part that can be reached from the start.
    arrows : tuple of Arrow
        In the order of source and target.
    symbols : tuple of int
        The drawn symbols: all, or where that would be a thicket, some that generate the maps of the others.
    """

    machine: Machine
    arrows: tuple[Arrow, ...]
    symbols: tuple[int, ...]

    @property
    def coloured(self) -> bool:
        """Whether arrows are told apart by the colour of their symbol instead of by its name beside them."""
        return len(self.arrows) > MOST_LABELLED and all(len(arrow.symbols) == 1 for arrow in self.arrows)

    @property
    def note(self) -> str:
        """What a reader has to know: empty where every symbol is drawn."""
        left_out = self.machine.symbols - len(self.symbols)
        if not left_out:
            return ""
        return f"drawn: {len(self.symbols)} of {self.machine.symbols} symbols, which generate the others"

    @cached_property
    def between(self) -> dict[tuple[int, int], Arrow]:
        """The arrow from one state to another, where there is one."""
        return {(arrow.source, arrow.target): arrow for arrow in self.arrows}

    def both_ways(self, arrow: Arrow) -> bool:
        """Return whether the same symbols lead back: then one line without heads serves for two arrows."""
        back = self.between.get((arrow.target, arrow.source))
        return self.coloured and back is not None and back.symbols == arrow.symbols

    def accepting(self, q: int) -> bool:
        """Return whether a state has a second circle: output 1 of a machine with the classes 0 and 1."""
        return self.machine.classes == 2 and not self.machine.names.classes and self.machine.outputs[q] == 1

    def state_label(self, q: int) -> str:
        """Return the name of a state; below it the output, where circles and name do not say it.

        Examples
        --------
        >>> from krohn.automata.counters import counter
        >>> from krohn.automata.machine import Machine
        >>> third = Machine(counter(3).semiautomaton, 0, [0, 0, 1], classes=3)
        >>> picture_of(counter(3)).state_label(2), picture_of(third).state_label(2)
        ('2', '2\\n(1)')
        """
        name = self.machine.names.state(q)
        outputs = self.machine.outputs
        called = self.machine.names.output(int(outputs[q]))
        circles = self.machine.classes == 2 and not self.machine.names.classes
        if circles or called == name or len(set(outputs.tolist())) == 1:
            return name
        return f"{name}\n({called})"

    def arrow_name(self, arrow: Arrow) -> str:
        """Return the names of an arrow's symbols, those that follow one another by number shortened.

        Examples
        --------
        >>> from krohn.automata.counters import counter
        >>> from krohn.automata.flipflops import flip_flop
        >>> picture = picture_of(flip_flop(3))
        >>> [picture.arrow_name(arrow) for arrow in picture.arrows if arrow.source == 0]
        ['0, 1', '2', '3']
        """
        names = [self.machine.names.symbol(x) for x in arrow.symbols]
        if len(names) <= 4 or self.machine.names.symbols:
            return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:6])}, … ({len(names)})"
        runs: list[list[int]] = []
        for x in arrow.symbols:
            if runs and x == runs[-1][-1] + 1:
                runs[-1].append(x)
            else:
                runs.append([x])
        parts = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
        return ", ".join(parts) if len(parts) <= 4 else f"{', '.join(parts[:3])}, … ({len(names)})"


def generating_symbols(machine: Machine) -> tuple[int, ...]:
    """Return symbols, each the first whose map is no product of those before it; all maps are products of these.

    Examples
    --------
    Coxeter's generators of S4:

    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> s4 = group("S4")
    >>> [s4.element_name(x) for x in generating_symbols(group_automaton(s4))]
    ['(2 3)', '(1 2)', '(0 1)']
    """
    columns = np.ascontiguousarray(machine.delta.T)
    chosen: list[int] = []
    known = {np.arange(machine.states, dtype=np.int32).tobytes()}
    for x in range(machine.symbols):
        if columns[x].tobytes() not in known:
            chosen.append(x)
            known = _products(columns[chosen])
            if len(known) > MOST_PRODUCTS:
                return tuple(range(machine.symbols))
    return tuple(chosen)


def _products(steps: NDArray[np.int32]) -> set[bytes]:
    queue = [np.arange(steps.shape[1], dtype=np.int32)]
    known = {queue[0].tobytes()}
    for element in queue:
        for product in steps[:, element]:
            if (key := product.tobytes()) not in known:
                known.add(key)
                queue.append(product)
        if len(known) > MOST_PRODUCTS:
            break
    return known


def picture_of(machine: Machine) -> Picture:
    """Return what a drawing of a machine shows.

    Raises
    ------
    RequestError
        Where more than 200 states can be reached.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> [(arrow.source, arrow.target, arrow.symbols) for arrow in picture_of(counter(2)).arrows]
    [(0, 0, (0,)), (0, 1, (1,)), (1, 0, (1,)), (1, 1, (0,))]
    """
    machine = machine.trim()
    if machine.states > MOST_STATES:
        raise RequestError(
            f"the machine has {machine.states} states: expected at most {MOST_STATES} in a drawing; "
            "a DOT file takes any number"
        )
    drawn = tuple(range(machine.symbols))
    arrows = _arrows(machine, drawn)
    if len(arrows) > 3 * machine.states:
        some = generating_symbols(machine)
        if 2 * len(some) <= machine.symbols:
            drawn, arrows = some, _arrows(machine, some)
    return Picture(machine, arrows, drawn)


def _arrows(machine: Machine, symbols: tuple[int, ...]) -> tuple[Arrow, ...]:
    between: dict[tuple[int, int], list[int]] = {}
    for q in range(machine.states):
        for x in symbols:
            between.setdefault((q, int(machine.delta[q, x])), []).append(x)
    return tuple(Arrow(q, p, tuple(found)) for (q, p), found in sorted(between.items()))
