"""TChecker's text for timed automata: one process, clocks without arrays, edges that set clocks to 0.

A comment ``# krohn {…}`` keeps names that are no identifiers, and outputs. Locations that accept have the label
``accept``.

Source: https://github.com/ticktac-project/tchecker/wiki/TChecker-file-format
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..timed.automaton import TimedAutomaton, Transition
from .identifiers import COMMENT, Identifiers
from .source import Source
from .timed_draft import TimedDraft

KEYWORDS = {"clock", "edge", "event", "int", "location", "process", "sync", "system"}
KEYWORDS |= {"nop", "if", "then", "else", "end", "while", "do", "local"}
PROCESS = "A"

FIELDS = {
    "system": ("name",),
    "process": ("name",),
    "event": ("name",),
    "clock": ("size", "name"),
    "location": ("process", "name"),
    "edge": ("process", "source", "target", "event"),
}
ATTRIBUTES = {"location": {"initial", "labels", "invariant"}, "edge": {"provided", "do"}}
_LINE = re.compile(r"([a-z]+)\s*:([^{}]*)(?:\{([^{}]*)\}\s*)?")

Declaration = tuple[int, str, list[str], dict[str, str]]


def read(source: Source, complete: bool = False) -> TimedAutomaton:
    """Return the timed automaton in a file.

    Raises
    ------
    DamagedFileError
        For a line that is no declaration.
    RequestError
        For several processes, variables, synchronisations, urgent and committed locations, attributes that
        TChecker does not define, and guards or assignments of another kind, with the line.
    """
    draft, comment, processes = TimedDraft(source), _kept(source), 0
    first = True
    for number, kind, names, attributes in _declarations(source):
        if first != (kind == "system"):
            raise source.damaged(number, f"{kind}: expected one declaration 'system:name', the first")
        first = False
        draft.check_size()
        for key in attributes:
            if key not in ATTRIBUTES.get(kind, set()):
                raise source.refused(number, f"attribute {key!r} of {kind}: expected {_known(kind)}")
        if kind == "process":
            processes += 1
            if processes > 1:
                raise source.refused(number, f"a second process, {names[0]!r}: expected one")
        elif kind == "event":
            draft.symbols.append(names[0])
        elif kind == "clock":
            if names[0] != "1":
                raise source.refused(number, f"an array of {names[0]} clocks: expected size 1")
            draft.clocks.append(names[1])
        elif kind == "location":
            _location(draft, number, names[1], attributes)
        elif kind == "edge":
            _edge(draft, number, names, attributes)
    if first:
        raise source.damaged(None, "no declaration: expected 'system:name' and more")
    return draft.automaton(comment)


def _kept(source: Source) -> str | None:
    said = re.findall(rf"(?m)^#[ \t]*{COMMENT}[ \t]+(\{{.*\}}|end)[ \t\r]*$", source.text)
    if said and said[-1] != "end":
        raise source.damaged(None, f"no comment '# {COMMENT} end': the file may be cut short")
    return said[0] if said else None


def _known(kind: str) -> str:
    return ", ".join(sorted(ATTRIBUTES[kind])) if kind in ATTRIBUTES else "none"


def _declarations(source: Source) -> Iterator[Declaration]:
    for number, line in enumerate(source.text.split("\n"), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        match = _LINE.fullmatch(said)
        if match is None:
            raise source.damaged(number, f"{said[:60]!r}: expected a declaration such as 'clock:1:x'")
        kind, names = match[1], [name.strip() for name in match[2].strip().removesuffix(":").split(":")]
        if kind in ("int", "sync"):
            what = "a variable" if kind == "int" else "a synchronisation"
            raise source.refused(number, f"{said[:60]!r}: expected no {what[2:]}, as machines here have none")
        if kind not in FIELDS or len(names) != len(FIELDS[kind]) or not all(names):
            expected = f"'{kind}:{':'.join(FIELDS[kind])}'" if kind in FIELDS else ", ".join(FIELDS)
            raise source.damaged(number, f"{said[:60]!r}: expected {expected}")
        parts = [part.strip() for part in (match[3] or "").split(":")]
        if parts != [""] and len(parts) % 2:
            raise source.damaged(
                number, f"attributes {{{match[3][:60]}}}: expected 'key: value : key: value'"
            )
        keys = parts[::2] if parts != [""] else []
        if len(set(keys)) < len(keys):
            raise source.damaged(number, f"attributes {{{match[3][:60]}}}: expected each key once")
        yield number, kind, names, dict(zip(keys, parts[1::2], strict=False))


def _location(draft: TimedDraft, number: int, name: str, attributes: dict[str, str]) -> None:
    if name in draft.locations:
        raise draft.source.damaged(number, f"location {name!r} is declared twice")
    draft.locations[name] = draft.guard(number, attributes.get("invariant", ""))
    if "initial" in attributes:
        draft.starts.append(name)
    if attributes.get("labels"):
        draft.labels[name] = attributes["labels"]


def _edge(draft: TimedDraft, number: int, names: list[str], attributes: dict[str, str]) -> None:
    _, origin, target, event = names
    for kind, name, known in (
        ("location", origin, draft.locations),
        ("location", target, draft.locations),
        ("event", event, draft.symbols),
    ):
        if name not in known:
            raise draft.source.damaged(number, f"{kind} {name!r} is not declared before")
    statement = attributes.get("do", "").strip().removesuffix(";")
    resets = draft.resets(number, statement, ";") if statement not in ("", "nop") else ()
    guard = draft.guard(number, attributes.get("provided", ""))
    draft.transitions.append(Transition(origin, event, target, guard, resets))


def text(automaton: TimedAutomaton) -> str:
    """Return a timed automaton as TChecker's text.

    Raises
    ------
    RequestError
        For a clock with a period.

    Examples
    --------
    >>> from krohn.automata.timed.automaton import Clock, Location
    >>> once = TimedAutomaton(("a",), (Clock("x"),), (Location("l0"), Location("l1", 1)),
    ...     (Transition("l0", "a", "l1", resets=("x",)),), "l0")
    >>> print(text(once).partition("process:A\\n")[2], end="")
    location:A:l0{initial:}
    location:A:l1{labels: accept}
    edge:A:l0:l1:a{do: x=0}
    # krohn end
    """
    known = Identifiers(automaton, {*KEYWORDS, PROCESS})
    lines = [
        f"# {known.comment()}",
        "system:krohn",
        *(f"clock:1:{known.clocks[x]}" for x in automaton.clock_names),
    ]
    lines += [*(f"event:{known.symbols[a]}" for a in automaton.symbols), f"process:{PROCESS}"]
    acceptor = automaton.classes == ("0", "1")
    for place in automaton.locations:
        attributes = {"initial": ""} if place.name == automaton.start else {}
        if place.invariant:
            attributes["invariant"] = _tight(known.guard(place.invariant))
        if acceptor and place.output:
            attributes["labels"] = "accept"
        lines.append(f"location:{PROCESS}:{known.locations[place.name]}{_braced(attributes)}")
    for step in automaton.transitions:
        attributes = {"provided": _tight(known.guard(step.guard))} if step.guard else {}
        if step.resets:
            attributes["do"] = ";".join(f"{known.clocks[name]}=0" for name in step.resets)
        ends = f"{known.locations[step.source]}:{known.locations[step.target]}"
        lines.append(f"edge:{PROCESS}:{ends}:{known.symbols[step.symbol]}{_braced(attributes)}")
    return "\n".join([*lines, f"# {COMMENT} end"]) + "\n"


def _tight(guard: str) -> str:
    return guard.replace(" ", "")


def _braced(attributes: dict[str, str]) -> str:
    said = " : ".join(f"{key}: {value}".strip() for key, value in attributes.items())
    return f"{{{said}}}" if said else ""
