"""What kind of computation a machine is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...names import positive
from ..machine import Machine
from ..minimise import minimise
from .circuits import circuit_of, lengths_tell_apart
from .green import GreenRelations
from .group_facts import GroupFacts
from .group_machines import transitive_facts
from .large_groups import facts_of_elements
from .monoid import LIMIT, MonoidLimitError, TransitionMonoid, different_maps, permuting
from .schreier_sims import GroupLimitError
from .subgroups import maximal_subgroups
from .varieties import classes

Kind = Literal["aperiodic", "abelian", "solvable", "nonsolvable"]


@dataclass(frozen=True)
class Verdict:
    """What kind of computation a machine is; `verdict` finds it.

    Attributes
    ----------
    states : int
        Of the minimal machine, whose transition monoid is the syntactic monoid.
    monoid : int or None
        Its elements, the identity included. This and what follows is None or empty where the limit was reached.
    kind : str or None
        ``aperiodic``: no group but the trivial one in the monoid; ``abelian``, ``solvable``: so are all groups
        in it; ``nonsolvable``.
    derived_length : int or None
        The largest of a maximal subgroup: 0 where aperiodic, None where not solvable.
    subgroups : tuple of GroupFacts
        The maximal subgroups that are not trivial, up to isomorphism, by order.
    nilpotent : bool or None
        Whether all of them are.
    classes : tuple of str
        Finer classes (`krohn.automata.algebra.varieties.CLASSES`).
    circuit, theorem : str or None
        The circuit class (``AC0``, ``ACC0``, ``NC1-complete``), and why.
    unitary_layers : int or None
        Diagonal unitary layers that theory asks for at least; None where no number is enough.
    resets : bool or None
        Whether layers that can forget are needed too: the monoid is no group.
    limit_reached : bool
    reason : str or None
        How far enumeration came, where the limit was reached.
    """

    states: int
    monoid: int | None
    kind: Kind | None
    derived_length: int | None
    subgroups: tuple[GroupFacts, ...]
    nilpotent: bool | None
    classes: tuple[str, ...]
    circuit: str | None
    theorem: str | None
    unitary_layers: int | None
    resets: bool | None
    limit_reached: bool = False
    reason: str | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the maximal subgroups that are not trivial, each once, by order."""
        return tuple(dict.fromkeys(group.name for group in self.subgroups))

    @property
    def simple_factors(self) -> tuple[str, ...]:
        """The non-abelian simple groups in the monoid, such as ``('A5',)``: why it is not solvable."""
        found = (name for group in self.subgroups for name in group.simple_factors)
        return tuple(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as what JSON can hold; `kind` is under ``class``, names under ``groups``."""
        document = asdict(self)
        document["class"] = document.pop("kind")
        document["groups"] = None if self.limit_reached else list(self.groups)
        document["simple_factors"] = None if self.limit_reached else list(self.simple_factors)
        document["subgroups"] = None if self.limit_reached else [g.to_json() for g in self.subgroups]
        document["classes"] = None if self.limit_reached else list(self.classes)
        return document


def verdict(machine: Machine, limit: int = LIMIT) -> Verdict:
    """Return what kind of computation a machine is.

    The algebra is that of its minimal machine: by the theorem of Krohn and Rhodes (1965) the simple groups
    that divide its monoid are what any cascade for it has to contain.

    Parameters
    ----------
    machine : Machine
    limit : int
        Most elements of the monoid.

    Returns
    -------
    Verdict
        With `limit_reached` where the monoid has more elements.

    Raises
    ------
    RequestError
        Where the limit is below 1.

    Examples
    --------
    >>> from krohn.automata import group, group_automaton
    >>> found = verdict(group_automaton(group("S4")))
    >>> found.kind, found.derived_length, found.groups, found.monoid, found.circuit
    ('solvable', 3, ('S4',), 24, 'ACC0')
    """
    minimal = minimise(machine)
    positive("limit", limit)
    maps, _ = different_maps(minimal.semiautomaton)
    try:
        if minimal.states > 1 and permuting(maps).all():
            return _of_group(maps)
        return _of_monoid(TransitionMonoid.of(minimal.semiautomaton, limit))
    except (MonoidLimitError, GroupLimitError) as error:
        return _unknown(minimal.states, str(error))


def _of_group(maps: NDArray[np.integer]) -> Verdict:
    # The monoid of permutations is the group that they generate, and a minimal machine reaches all its states.
    group = transitive_facts(maps)
    kind, length = kind_of((group,))
    # Words of one length make one element only where there is one generator.
    circuit = circuit_of(solvable=group.solvable, counts_lengths_only=len(maps) == 1)
    return Verdict(
        states=maps.shape[1],
        monoid=group.order,
        kind=kind,
        derived_length=length,
        subgroups=(group,),
        nilpotent=group.nilpotent,
        classes=("group", "commutative") if group.abelian else ("group",),
        circuit=circuit.name,
        theorem=circuit.theorem,
        unitary_layers=length,
        resets=False,
    )


def _of_monoid(monoid: TransitionMonoid) -> Verdict:
    green = GreenRelations(monoid)
    found = maximal_subgroups(green)
    facts = {facts_of_elements(group.permutations) for group in found}
    subgroups = tuple(sorted(facts, key=lambda group: (group.order, group.name)))
    kind, length = kind_of(subgroups)
    circuit = circuit_of(
        solvable=kind != "nonsolvable",
        counts_lengths_only=all(lengths_tell_apart(green, group) for group in found),
    )
    return Verdict(
        states=monoid.states,
        monoid=monoid.size,
        kind=kind,
        derived_length=length,
        subgroups=subgroups,
        nilpotent=all(group.nilpotent for group in subgroups),
        classes=classes(green),
        circuit=circuit.name,
        theorem=circuit.theorem,
        unitary_layers=length,
        resets=len(monoid.idempotents) > 1,
    )


def _unknown(states: int, reason: str) -> Verdict:
    return Verdict(
        states=states,
        monoid=None,
        kind=None,
        derived_length=None,
        subgroups=(),
        nilpotent=None,
        classes=(),
        circuit=None,
        theorem=None,
        unitary_layers=None,
        resets=None,
        limit_reached=True,
        reason=reason,
    )


def kind_of(subgroups: tuple[GroupFacts, ...]) -> tuple[Kind, int | None]:
    """Return the kind of a monoid with such maximal subgroups, and the largest derived length.

    Examples
    --------
    >>> kind_of(())
    ('aperiodic', 0)
    """
    lengths = [group.derived_length for group in subgroups if group.derived_length is not None]
    if len(lengths) < len(subgroups):
        return "nonsolvable", None
    length = max(lengths, default=0)
    kinds: tuple[Kind, Kind, Kind] = ("aperiodic", "abelian", "solvable")
    return kinds[min(length, 2)], length
