"""Which sequence models can run a machine at finite precision, by theory."""

from __future__ import annotations

from dataclasses import dataclass

from .verdict import Verdict

# k diagonal layers track a group exactly where it has a series of k abelian factors.
DIAGONAL = "arXiv 2603.01959"
# Eigenvalues in [0, 1] track no group.
POSITIVE = "arXiv 2411.12537"
# Enough reflections make any permutation.
REFLECTIONS = "arXiv 2502.10297"
# Saturated units are gates.
FINITE = "Minsky, Computation: Finite and Infinite Machines, 1967"


@dataclass(frozen=True)
class Possibility:
    """Whether a family of models can run a machine at any length.

    Attributes
    ----------
    models : str
        The family, as it is called in the zoo.
    possible : bool
    reason : str
    source : str
    """

    models: str
    possible: bool
    reason: str
    source: str


def expressivity(found: Verdict) -> tuple[Possibility, ...]:
    """Return what theory says of each family of models; nothing where the monoid passed its limit.

    Parameters
    ----------
    found : Verdict

    Examples
    --------
    >>> from krohn.automata import group, group_automaton
    >>> from krohn.automata.algebra.verdict import verdict
    >>> [row.models for row in expressivity(verdict(group_automaton(group("A5")))) if row.possible]
    ['deltaproduct', 'rnn, lstm']
    """
    if found.limit_reached:
        return ()
    layers = found.unitary_layers
    groups = ", ".join(found.groups)
    if layers is None:
        unitary = f"{', '.join(found.simple_factors)} is simple and not abelian: no number of diagonal layers is enough"
    elif layers == 0:
        unitary = "no group to turn"
    else:
        unitary = f"{layers} layer{'s' * (layers > 1)} of aussm at least, for {groups}"
    positive = (
        f"eigenvalues that are not positive are needed for {groups}"
        if groups
        else "no group: resets are enough"
    )
    rotor = "what a unitary layer has read it cannot forget, and this machine has resets"
    return (
        Possibility("mamba, eigenvalues in [0, 1]", not groups, positive, POSITIVE),
        Possibility(
            "aussm", layers is not None and not found.resets, rotor if found.resets else unitary, DIAGONAL
        ),
        Possibility(
            "aussm-mamba",
            layers is not None,
            unitary + (", and mamba for the resets" if found.resets and layers is not None else ""),
            DIAGONAL,
        ),
        Possibility("deltaproduct", True, "any finite machine, in layers along its cascade", REFLECTIONS),
        Possibility("rnn, lstm", True, "any finite machine", FINITE),
    )
