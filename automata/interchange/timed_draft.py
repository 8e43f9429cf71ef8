"""Locations and edges by identifier, as UPPAAL and TChecker say them, and the timed automaton that they are."""

from __future__ import annotations

import re
from collections.abc import Sized
from dataclasses import dataclass, field

from pydantic import ValidationError

from ...errors import RequestError
from ..timed.automaton import Clock, Location, TimedAutomaton, Transition
from ..timed.guards import Guard, parse_guard
from .identifiers import COMMENT
from .krohn_json import Document, Number
from .source import Source

LARGEST_TIMED = 10_000
"""Locations, transitions, symbols and clocks together."""


class Comment(Document):
    """What our own files keep in a comment: names and outputs by identifier."""

    symbols: dict[str, str]
    clocks: dict[str, str]
    locations: dict[str, tuple[str, Number]]
    classes: list[str]
    stuck: Number


def check_size(source: Source, *parts: Sized) -> None:
    """Check that a timed automaton is not too large.

    Raises
    ------
    RequestError
        Where its locations, transitions, symbols and clocks are more than `LARGEST_TIMED`.
    """
    if sum(map(len, parts)) > LARGEST_TIMED:
        raise source.refused(
            None,
            f"more than {LARGEST_TIMED} locations, transitions, symbols and clocks: expected a smaller automaton",
        )


@dataclass
class TimedDraft:
    """What was said so far.

    Attributes
    ----------
    source : Source
    clocks, symbols : list of str
        In order of declaration.
    locations : dict
        The invariant of each location.
    labels : dict
        The labels of locations that have some.
    transitions : list of Transition
    starts : list of str
    """

    source: Source
    clocks: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    locations: dict[str, Guard] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)

    def check_size(self) -> None:
        """Check that it is not too large yet; see the function of this name."""
        check_size(self.source, self.locations, self.transitions, self.symbols, self.clocks)

    def guard(self, where: int | str, text: str) -> Guard:
        """Return the guard that a text says.

        Raises
        ------
        RequestError
            Where it is no conjunction of comparisons of clocks with whole numbers.
        """
        try:
            return parse_guard(text)
        except RequestError as error:
            raise self.source.refused(where, str(error)) from None

    def resets(self, where: int | str, text: str, separator: str) -> tuple[str, ...]:
        """Return the clocks that assignments set to 0.

        Raises
        ------
        RequestError
            Where an assignment does anything else.
        """
        found = []
        for part in text.split(separator):
            match = re.fullmatch(r"\s*([A-Za-z_][\w.]*)\s*:?=\s*0\s*", part)
            if match is None or match[1] not in self.clocks:
                raise self.source.refused(
                    where, f"assignment {part.strip()!r}: expected clocks set to 0, such as 'x = 0'"
                )
            found.append(match[1])
        return tuple(dict.fromkeys(found))

    def automaton(self, comment: str | None) -> TimedAutomaton:
        """Return the automaton, with the names and outputs that the comment of our own files says.

        Without it the labels of a location are its output: where there is one label only, it accepts. Without
        labels every location is a class of its own.

        Raises
        ------
        DamagedFileError
            Where the comment is damaged, or a name is used that is not declared.
        RequestError
            For no start or several.
        """
        if len(self.starts) != 1:
            raise self.source.refused(None, f"{len(self.starts)} initial locations: expected one")
        kept = self._labelled() if comment is None else self._read(comment)
        for kind, names, said in (
            ("symbol", self.symbols, kept.symbols),
            ("clock", self.clocks, kept.clocks),
            ("location", self.locations, kept.locations),
        ):
            for name in names:
                if name not in said:
                    raise self.source.refused(
                        None,
                        f"{kind} {name!r} is not in the comment '{COMMENT}': add it there, or drop the comment",
                    )
        place = {name: said[0] for name, said in kept.locations.items()}
        try:
            return TimedAutomaton(
                symbols=tuple(kept.symbols[name] for name in self.symbols),
                clocks=tuple(Clock(kept.clocks[name]) for name in self.clocks),
                locations=tuple(
                    Location(*kept.locations[name], self._named(guard, kept))
                    for name, guard in self.locations.items()
                ),
                transitions=tuple(
                    Transition(
                        place.get(step.source, step.source),
                        kept.symbols.get(step.symbol, step.symbol),
                        place.get(step.target, step.target),
                        self._named(step.guard, kept),
                        tuple(kept.clocks[name] for name in step.resets),
                    )
                    for step in self.transitions
                ),
                start=place.get(self.starts[0], self.starts[0]),
                classes=tuple(kept.classes),
                stuck=kept.stuck,
            )
        except RequestError as error:
            raise self.source.damaged(None, str(error)) from None

    def _named(self, guard: Guard, kept: Comment) -> Guard:
        return tuple(
            type(part)(
                kept.clocks.get(part.clock, part.clock),
                part.relation,
                part.constant,
                None if part.minus is None else kept.clocks.get(part.minus, part.minus),
            )
            for part in guard
        )

    def _read(self, comment: str) -> Comment:
        try:
            return Comment.model_validate_json(comment)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise self.source.damaged(
                f"the comment '{COMMENT}'", f"{place}: {first['msg']}".lstrip(": ")
            ) from None

    def _labelled(self) -> Comment:
        kinds = sorted(set(self.labels.values()))
        if not kinds:
            outputs = {name: i for i, name in enumerate(self.locations)}
            classes = list(self.locations)
        else:
            classes = ["0", "1"] if len(kinds) == 1 else ["", *kinds]
            number = {kind: i for i, kind in enumerate(kinds, 1)}
            outputs = {name: number.get(self.labels.get(name, ""), 0) for name in self.locations}
        return Comment(
            symbols={name: name for name in self.symbols},
            clocks={name: name for name in self.clocks},
            locations={name: (name, outputs[name]) for name in self.locations},
            classes=classes,
            stuck=0,
        )
