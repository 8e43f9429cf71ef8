"""Machines whose symbols permute the states, with a solvable group, in `aussm`: rotors along the derived series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...automata.algebra.group_machines import regular_generators
from ...automata.decomposition.abelian import AbelianSeries, abelian_series
from ...automata.groups import Group
from ...automata.machine import Machine
from ...automata.minimise import minimise
from ...errors import RequestError
from .construction import Construction, refuse_too_large, target
from .groups import Product, by_residues, dependent, multiply, score
from .lookup import Form
from .refusals import permutes, refuse_permutations
from .stream import Stream

Table = NDArray[np.int32]

SETTINGS = {"modes": 1, "drive": False, "convolution": False}
THEOREM = (
    "One rotor for each abelian factor of the group's derived series (arXiv 2603.01959); phases are rounded to a "
    "lattice before they are added up, so that nothing drifts."
)


@target("aussm")
def machine_in_aussm(machine: Machine, width: int | None = None) -> Construction:
    """Return weights of `aussm` that compute a machine.

    Parameters
    ----------
    machine : Machine
    width : int, optional
        D.

    Raises
    ------
    RequestError
        Where a symbol of the minimal machine does not permute its states, the group is not solvable, or the width
        is too small.

    Examples
    --------
    >>> from krohn.automata.group_automata import group_automaton
    >>> from krohn.automata.group_names import group
    >>> made = machine_in_aussm(group_automaton(group("S4")))
    >>> made.settings["layers"], made.settings["phase_lattice"]
    ('a|f|a|f|a', 6)
    """
    small = minimise(machine)
    if not permutes(small.delta):
        raise RequestError(
            "model 'aussm' cannot compute this machine: a symbol sends two states to one, and a rotor never forgets; "
            "aussm-mamba, rnn and deltaproduct can"
        )
    return permutation_construction("aussm", small, width)


def permutation_construction(model: str, small: Machine, width: int | None) -> Construction:
    """Return the construction of a minimal machine whose symbols permute its states, in a model with rotors."""
    refuse_permutations(model, small)
    columns, kinds = np.unique(small.delta.T, axis=0, return_inverse=True)
    refuse_too_large(model, len(columns))
    chosen, regular = regular_generators(columns)
    group = Group.from_permutations("of the machine", chosen if regular and len(chosen) else columns)
    series = abelian_series(group)
    number = {row.tobytes(): element for element, row in enumerate(group.permutations.astype(np.int32))}
    elements = {kind: number[row.tobytes()] for kind, row in enumerate(columns.astype(np.int32))}
    stream = Stream(kinds.ravel().tolist())
    head = _head(stream, series, elements, small)
    settings = {**SETTINGS, "phase_lattice": stream.lattice}
    config, weights = stream.assemble(model, small.classes, head, width, settings)
    return Construction(model, config, weights, stream.depth, THEOREM, stream.lookups)


def _head(stream: Stream, series: AbelianSeries, elements: dict[int, int], small: Machine) -> list[Form]:
    """Add the layers of the product of elements, and return the form of each class's logit."""
    head: list[Form] = [{} for _ in range(small.classes)]
    if not series.factors:
        stream.rotate([])
        head[small.outputs[small.start]] = stream.one
        return head
    (modes,) = multiply(stream, [Product(series, stream.first, elements)])
    labels, needed = dependent(series.grid(small.outputs[series.group.permutations[:, small.start]]), modes)
    if (
        len(np.unique(labels)) == labels.size
    ):  # a residue for each label: the sum of features is largest there
        for residues, label in np.ndenumerate(labels):
            head[label] = score(needed, residues) if needed else stream.one
        return head
    (block,) = stream.look_up((small.classes, by_residues(labels, needed)))
    return [block.among([label]) for label in range(small.classes)]
