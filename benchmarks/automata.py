"""krohn bench automata: running a batch of words through a machine; enumerating monoids; decompositions."""

from __future__ import annotations

import importlib.util

import numpy as np
from numpy.typing import NDArray

from ..automata.counters import counter
from ..automata.flipflops import flip_flop
from ..automata.group_automata import group_automaton
from ..automata.group_names import group
from ..automata.machine import Machine
from . import decompositions, monoids, timed
from .measure import Row, rate_rows, seconds

WORDS, LENGTH = 4096, 256
FEW = 16
"""Words for peers that take a second for what the others do at once; their rate is scaled."""


def numpy_labels(machine: Machine, words: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Label a batch with NumPy, one gather a position: what a user writes first."""
    delta, outputs = machine.semiautomaton.delta, machine.outputs
    states = np.full(len(words), machine.start)
    labels = np.empty(words.shape, np.int32)
    for t in range(words.shape[1]):
        states = delta[states, words[:, t]]
        labels[:, t] = outputs[states]
    return labels


def rows() -> list[Row]:
    """Measure labelled tokens a second against NumPy over the batch and against automata-lib."""
    machines = {
        "parity": counter(2),
        "word:S5": group_automaton(group("S5")),
        "flipflop:4": flip_flop(4),
    }
    found: list[Row] = []
    for case, machine in machines.items():
        words = np.random.default_rng(0).integers(0, machine.symbols, (WORDS, LENGTH), np.uint8)
        contenders = {
            "krohn": lambda m=machine, w=words: m.labels(w),
            "numpy": lambda m=machine, w=words: numpy_labels(m, w),
        }
        found += rate_rows(case, "tokens_per_second", "tokens/s", words.size, seconds(contenders))
        found.append(_automata_lib(case, machine, words))
    return found + monoids.rows() + decompositions.rows() + timed.rows()


def _automata_lib(case: str, machine: Machine, words: NDArray[np.uint8]) -> Row:
    own = seconds({"krohn": lambda: machine.labels(words)})["krohn"] / words.size
    if importlib.util.find_spec("automata") is None:
        reason = "automata-lib is not installed"
        return Row(case, "tokens_per_second", 1 / own, "tokens/s", "automata-lib", None, reason)
    from automata.fa.dfa import DFA

    delta = machine.semiautomaton.delta
    symbols = [chr(0x100 + s) for s in range(machine.symbols)]
    dfa = DFA(
        states=set(range(machine.states)),
        input_symbols=set(symbols),
        transitions={q: {a: int(delta[q, s]) for s, a in enumerate(symbols)} for q in range(machine.states)},
        initial_state=int(machine.start),
        final_states=set(),
    )
    text = ["".join(symbols[s] for s in word) for word in words[:FEW]]
    peer = seconds({"peer": lambda: [dfa.accepts_input(word) for word in text]}, rounds=3)["peer"]
    peer /= words[:FEW].size
    return Row(case, "tokens_per_second", 1 / own, "tokens/s", "automata-lib", peer / own)
