"""What theory rules out: a machine with a group that a model cannot track, refused with the theorem.

The symbols that permute all states are judged first, by stabiliser chains: no group is enumerated for that, and no
machine decomposed. A cascade names the groups that other words have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...automata.algebra.group_machines import transitive_facts
from ...automata.algebra.large_groups import facts_of_generators
from ...automata.algebra.monoid import permuting
from ...automata.algebra.permutation_groups import PermutationGroup
from ...automata.machine import Machine
from ...errors import RequestError

DIAGONAL = "arXiv 2603.01959"
"""Diagonal layers at a finite precision: solvable groups only."""


def permutes(delta: NDArray[np.int32]) -> bool:
    """Say whether every symbol of a transition table permutes the states."""
    return bool(permuting(delta.T).all())


def refuse_permutations(model: str, small: Machine) -> None:
    """Refuse a minimal machine whose permuting symbols alone make a group that a model cannot track."""
    columns = np.unique(small.delta.T, axis=0)
    maps = columns[permuting(columns)]
    if (maps == np.arange(small.states)).all():
        return
    whole = len(maps) == len(columns)  # then every state is reached by permutations
    facts = transitive_facts(maps) if whole else facts_of_generators(PermutationGroup(maps))
    refuse_groups(model, facts.simple_factors or facts.factors)


def refuse_groups(model: str, names: Sequence[str]) -> None:
    """Refuse a machine by the names of its simple groups.

    Raises
    ------
    RequestError
        Where one is not cyclic; where there is one at all, and the model is mamba.

    Examples
    --------
    >>> refuse_groups("aussm", ["C2", "C3"])
    """
    for name in names:
        if not name.startswith("C"):
            raise RequestError(
                f"model {model!r} cannot compute this machine: its group {name} is not solvable, and diagonal layers "
                f"of a finite precision track solvable groups only, whatever their number ({DIAGONAL}); rnn and "
                "deltaproduct can"
            )
    if names and model == "mamba":
        raise RequestError(
            f"model 'mamba' cannot compute this machine: its group {names[0]} needs an eigenvalue off (0, 1], "
            "whatever the number of layers (arXiv 2405.17394, 2411.12537); aussm-mamba, rnn and deltaproduct can"
        )
