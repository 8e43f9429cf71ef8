"""UPPAAL's XML: one template whose edges receive a symbol on a channel, ``a?``, and one that sends any, ``a!``.

Our own files have the second template, Word, so that UPPAAL can run and check the first, Automaton; in a comment of
the declaration, ``// krohn {…}``, they keep outputs and names that are no identifiers.

Source: https://docs.uppaal.org/language-reference/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...errors import RequestError
from ..timed.automaton import TimedAutomaton, Transition
from .identifiers import Identifiers
from .source import Source
from .timed_draft import TimedDraft
from .uppaal_declarations import KEYWORDS, Declarations, processes
from .xml_tree import read_tree

LABELS = {"location": {"invariant"}, "transition": {"guard", "synchronisation", "assignment"}}
DRAWING = {"name", "nail", "comments", "testcodeEnter", "testcodeExit", "testcode"}
DOCTYPE = (
    "<!DOCTYPE nta PUBLIC '-//Uppaal Team//DTD Flat System 1.6//EN' "
    "'http://www.it.uu.se/research/group/darts/uppaal/flat-1_6.dtd'>"
)


def read(source: Source, complete: bool = False) -> TimedAutomaton:
    """Return the timed automaton in a file. Queries are passed over.

    Raises
    ------
    DamagedFileError
        Where the text is not XML or not UPPAAL's, with the line or the element.
    RequestError
        For several automata side by side, variables, urgent or broadcast channels, urgent and committed locations,
        selections, rates, branches, edges without a channel, and guards or assignments of another kind, with the
        element.
    """
    root = read_tree(source)
    if root.tag != "nta":
        raise source.damaged(f"element {root.tag!r}", "expected 'nta', UPPAAL's root element")
    templates = {_text(template, "name"): template for template in root.iter("template")}
    system = root.findtext("system")
    if system is None or not templates:
        raise source.damaged(None, "expected at least one template, and a system")
    shared = Declarations(source, "the declaration")
    shared.add(root.findtext("declaration") or "")
    used = processes(source, system)
    for name in used:
        if name not in templates:
            raise source.damaged(
                "system", f"template {name!r} is not there: expected one of {', '.join(templates)}"
            )
    if len(used) > 1:
        used = [name for name in used if not _sends_everything(templates[name])]
    if len(used) != 1:
        raise source.refused(
            "system", f"{len(used)} automata side by side: expected one, beside one that sends every symbol"
        )
    return _template(source, used[0], templates[used[0]], shared)


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _sends_everything(template: Element) -> bool:
    steps = template.findall("transition")
    return len(template.findall("location")) == 1 and len(steps) > 0 and all(map(_sends, steps))


def _sends(step: Element) -> bool:
    labels = step.findall("label")
    return [label.get("kind") for label in labels] == ["synchronisation"] and _text(step, "label").endswith(
        "!"
    )


def _template(source: Source, name: str, template: Element, shared: Declarations) -> TimedAutomaton:
    where = f"template {name!r}"
    if _text(template, "parameter"):
        raise source.refused(where, f"parameters {_text(template, 'parameter')!r}: expected none")
    if template.find("branchpoint") is not None:
        raise source.refused(where, "a branch point: expected edges from a location to a location")
    known = Declarations(source, f"the declaration of {where}", shared)
    known.add(template.findtext("declaration") or "")
    draft = TimedDraft(source, clocks=known.clocks, symbols=known.channels)
    names: dict[str, str] = {}
    for location in template.findall("location"):
        reference = location.get("id", "")
        names[reference] = _text(location, "name") or reference
        here = f"location {names[reference]!r}"
        for child in location:
            if child.tag not in {"label", *DRAWING}:
                raise source.refused(
                    here, f"{child.tag!r}: expected a plain location, neither urgent nor committed"
                )
        labels = _labels(source, here, location, LABELS["location"])
        if names[reference] in draft.locations:
            raise source.damaged(here, "a second location of this name")
        draft.locations[names[reference]] = draft.guard(
            here, known.with_constants(labels.get("invariant", ""))
        )
        draft.check_size()
    for start in template.findall("init"):
        draft.starts.append(names.get(start.get("ref", ""), ""))
    for step in template.findall("transition"):
        _transition(draft, known, names, step)
        draft.check_size()
    return draft.automaton(known.comment)


def _labels(source: Source, where: str, element: Element, kinds: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label in element.findall("label"):
        kind, said = label.get("kind", ""), (label.text or "").strip()
        if kind in found:
            raise source.damaged(where, f"a second label {kind!r}")
        if kind in kinds:
            found[kind] = said
        elif kind not in DRAWING and said:
            raise source.refused(
                where, f"label {kind!r} ({said[:60]!r}): expected {', '.join(sorted(kinds))}"
            )
    return found


def _transition(draft: TimedDraft, known: Declarations, names: dict[str, str], step: Element) -> None:
    ends = []
    for tag in ("source", "target"):
        end = step.find(tag)
        reference = "" if end is None else end.get("ref", "")
        if reference not in names:
            raise draft.source.damaged(f"a transition's {tag}", f"location {reference!r} is not there")
        ends.append(names[reference])
    where = f"transition {ends[0]} -> {ends[1]}"
    labels = _labels(draft.source, where, step, LABELS["transition"])
    said = labels.get("synchronisation", "")
    match = re.fullmatch(r"(\w+)\s*[?!]", said)
    if match is None or match[1] not in known.channels:
        given = repr(said) if said else "no synchronisation, an internal step"
        raise draft.source.refused(
            where, f"{given}: expected a symbol, such as 'a?', a channel that is declared"
        )
    assignment = labels.get("assignment", "")
    resets = draft.resets(where, assignment, ",") if assignment else ()
    guard = draft.guard(where, known.with_constants(labels.get("guard", "")))
    draft.transitions.append(Transition(ends[0], match[1], ends[1], guard, resets))


def text(automaton: TimedAutomaton) -> str:
    """Return a timed automaton as UPPAAL's XML.

    Raises
    ------
    RequestError
        For a clock with a period, and an invariant that bounds a clock from below, which UPPAAL does not allow.

    Examples
    --------
    >>> from krohn.automata.timed.automaton import Clock, Location
    >>> once = TimedAutomaton(("a",), (Clock("x"),), (Location("l0"), Location("l1", 1)),
    ...     (Transition("l0", "a", "l1", resets=("x",)),), "l0")
    >>> print(text(once).partition("<system>")[2].partition("</system>")[0])
    system Automaton, Word;
    """
    known = Identifiers(automaton, {*KEYWORDS, "Automaton", "Word"})
    nta = Element("nta")
    SubElement(nta, "declaration").text = "\n".join(_declaration(automaton, known))
    nta.append(_automaton(automaton, known))
    nta.append(_word(known))
    SubElement(nta, "system").text = "system Automaton, Word;"
    indent(nta)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{DOCTYPE}\n{tostring(nta, encoding="unicode")}\n'


def _declaration(automaton: TimedAutomaton, known: Identifiers) -> Iterator[str]:
    yield f"// {known.comment()}"
    if automaton.clocks:
        yield f"clock {', '.join(known.clocks.values())};"
    yield f"chan {', '.join(known.symbols.values())};"


def _automaton(automaton: TimedAutomaton, known: Identifiers) -> Element:
    template = Element("template")
    SubElement(template, "name").text = "Automaton"
    references = {place.name: f"id{i}" for i, place in enumerate(automaton.locations)}
    for i, place in enumerate(automaton.locations):
        for part in place.invariant:
            if part.minus is None and part.relation in (">", ">=", "="):
                raise RequestError(
                    f"the invariant of location {place.name!r} is '{part}', a lower bound: "
                    "expected upper bounds, as UPPAAL allows no others, or another format"
                )
        location = SubElement(template, "location", id=references[place.name], x=str(200 * i), y="0")
        SubElement(location, "name", x=str(200 * i), y="-30").text = known.locations[place.name]
        if place.invariant:
            label = SubElement(location, "label", kind="invariant", x=str(200 * i), y="20")
            label.text = known.guard(place.invariant)
    SubElement(template, "init", ref=references[automaton.start])
    for step in automaton.transitions:
        edge = SubElement(template, "transition")
        SubElement(edge, "source", ref=references[step.source])
        SubElement(edge, "target", ref=references[step.target])
        if step.guard:
            SubElement(edge, "label", kind="guard").text = known.guard(step.guard)
        SubElement(edge, "label", kind="synchronisation").text = f"{known.symbols[step.symbol]}?"
        if step.resets:
            SubElement(edge, "label", kind="assignment").text = ", ".join(
                f"{known.clocks[name]} = 0" for name in step.resets
            )
    return template


def _word(known: Identifiers) -> Element:
    template = Element("template")
    SubElement(template, "name").text = "Word"
    SubElement(template, "location", id="word", x="0", y="200")
    SubElement(template, "init", ref="word")
    for symbol in known.symbols.values():
        edge = SubElement(template, "transition")
        SubElement(edge, "source", ref="word")
        SubElement(edge, "target", ref="word")
        SubElement(edge, "label", kind="synchronisation").text = f"{symbol}!"
    return template
