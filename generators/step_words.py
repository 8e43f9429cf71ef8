"""Words with one symbol a time step, over a timed automaton."""

from __future__ import annotations

from dataclasses import dataclass

from ..automata.timed.automaton import TimedAutomaton
from ..automata.timed.steps import Steps
from .weighted import WeightedMachine


@dataclass(frozen=True, eq=False)
class StepWords(WeightedMachine):
    """Words with one symbol a time step, over the machine of whole time steps of a timed automaton.

    Parameters
    ----------
    machine, weights
        As for `WeightedMachine`; the machine is that of the steps.
    automaton : TimedAutomaton
    steps : Steps
        Of the automaton.
    """

    automaton: TimedAutomaton
    steps: Steps
