"""The DOT language of Graphviz: tokens and statements, each with its line.

Source: https://graphviz.org/doc/info/lang.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from .source import Source

_TOKEN = re.compile(
    r"""(?P<space>\s++|//[^\n]*+|/\*(?s:.*?)\*/|(?:(?<=\n)|(?<![\s\S]))\#[^\n]*+)
    |(?P<quoted>"[^"\\]*+(?:\\[\s\S][^"\\]*+)*+")
    |(?P<number>-?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?))
    |(?P<name>(?:[A-Za-z_]|[^\x00-\x7f])(?:[A-Za-z0-9_]|[^\x00-\x7f])*+)
    |(?P<mark>->|--|[{}\[\];,=:+])""",
    re.VERBOSE,
)
_KEYWORDS = {"strict", "graph", "digraph", "node", "edge", "subgraph"}

DEEPEST = 100
"""Subgraphs within subgraphs."""


class Token(NamedTuple):
    """A token: "id", "keyword", "end", or itself where it is a mark."""

    kind: str
    text: str
    line: int


class Node(NamedTuple):
    """A node is mentioned, with the attributes that this adds."""

    name: str
    attributes: dict[str, str]
    line: int


class Edge(NamedTuple):
    """An edge."""

    source: str
    target: str
    attributes: dict[str, str]
    line: int


class Setting(NamedTuple):
    """An attribute of the whole graph."""

    key: str
    value: str


def tokens(source: Source) -> Iterator[Token]:
    """Yield the tokens of a text, and at last an "end"; a quoted string is an "id" without its quotes.

    Raises
    ------
    DamagedFileError
        For a character that begins no token, with its line.
    """
    text, position, line = source.text, 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unknown(source, position, line)
        kind, said = match.lastgroup, match.group()
        if kind == "quoted":
            yield Token("id", re.sub(r'\\(["\n])', lambda m: '"' if m[1] == '"' else "", said[1:-1]), line)
        elif kind == "name" and said.lower() in _KEYWORDS:
            yield Token("keyword", said.lower(), line)
        elif kind != "space":
            yield Token(said if kind == "mark" else "id", said, line)
        line += said.count("\n")
        position = match.end()
    yield Token("end", "the end of the file", line)


def _unknown(source: Source, position: int, line: int) -> Exception:
    begin = source.text[position]
    if begin == '"':
        return source.damaged(line, "a quoted string that does not end")
    if begin == "<":
        return source.refused(line, "an HTML string: expected a quoted one")
    if source.text.startswith("/*", position):
        return source.damaged(line, "a comment that does not end")
    return source.damaged(line, f"{begin!r}: expected DOT, such as 's0 -> s1 [label=\"a\"];'")


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.rest = tokens(source)
        self.token = next(self.rest)

    def take(self) -> Token:
        taken = self.token
        if taken.kind != "end":
            self.token = next(self.rest)
        return taken

    def accept(self, kind: str) -> bool:
        found = self.token.kind == kind
        if found:
            self.take()
        return found

    def expect(self, kind: str, what: str) -> Token:
        if self.token.kind != kind:
            raise self.source.damaged(self.token.line, f"{self._said()}: expected {what}")
        return self.take()

    def _said(self) -> str:
        return self.token.text if self.token.kind == "end" else repr(self.token.text)

    def word(self, what: str) -> Token:
        first = self.expect("id", what)
        text = [first.text]
        while self.accept("+"):
            text.append(self.expect("id", "a quoted string after '+'").text)
        return Token("id", "".join(text), first.line)

    def attributes(self) -> dict[str, str]:
        found = {}
        while self.accept("["):
            while not self.accept("]"):
                key = self.word("an attribute or ']'").text
                found[key] = self.word(f"a value of {key!r}").text if self.accept("=") else "true"
                if not self.accept(","):
                    self.accept(";")
        return found


def statements(source: Source) -> Iterator[Node | Edge | Setting]:
    """Yield what a directed graph says, defaults (``node [shape=circle]``) worked in.

    A node is yielded when it is first mentioned, and again where a statement of its own adds attributes.

    Raises
    ------
    DamagedFileError
        Where the text is not DOT or is cut short, with the line.
    RequestError
        For an undirected graph, and for an edge from or to a group of nodes.
    """
    reader = _Reader(source)
    if reader.token.text == "strict":
        reader.take()
    head = reader.expect("keyword", "'digraph'")
    if head.text != "digraph":
        raise source.refused(
            head.line, f"{head.text!r}: expected 'digraph', as a machine's edges have a direction"
        )
    if reader.token.kind == "id":
        reader.word("a name")
    reader.expect("{", "'{'")
    scopes: list[tuple[dict[str, str], dict[str, str]]] = [({}, {})]
    met: set[str] = set()
    while scopes:
        token = reader.token
        if reader.accept("}"):
            scopes.pop()
            if scopes and reader.token.kind == "->":
                raise _group(source, token.line)
        elif token.kind == "{" or (token.text == "subgraph" and token.kind == "keyword"):
            if token.kind == "keyword":
                reader.take()
                if reader.token.kind == "id":
                    reader.word("a name")
            reader.expect("{", "'{'")
            if len(scopes) > DEEPEST:
                raise source.refused(token.line, f"subgraphs {DEEPEST} deep: expected fewer")
            scopes.append((dict(scopes[-1][0]), dict(scopes[-1][1])))
        elif token.kind == "keyword":
            yield from _defaults(reader, scopes)
        elif not reader.accept(";"):
            yield from _statement(reader, scopes, met)
    reader.expect("end", "one graph and no more")


def _group(source: Source, line: int) -> Exception:
    return source.refused(line, "an edge from or to a group { }: expected one from a state to a state")


def _defaults(reader: _Reader, scopes: list[tuple[dict[str, str], dict[str, str]]]) -> Iterator[Setting]:
    word = reader.take()
    if word.text not in ("graph", "node", "edge"):
        raise reader.source.damaged(word.line, f"{word.text!r}: expected a statement or '}}'")
    given = reader.attributes()
    if word.text != "graph":
        scopes[-1][word.text == "edge"].update(given)
    elif len(scopes) == 1:
        yield from (Setting(key, value) for key, value in given.items())


def _statement(
    reader: _Reader, scopes: list[tuple[dict[str, str], dict[str, str]]], met: set[str]
) -> Iterator[Node | Edge | Setting]:
    first = reader.word("a statement or '}'")
    if reader.accept("="):
        value = reader.word(f"a value of {first.text!r}").text
        if len(scopes) == 1:
            yield Setting(first.text, value)
        return
    row = [first]
    while True:
        while reader.accept(":"):  # a port: where on the node's outline an edge ends
            reader.word("a port")
        if reader.token.kind == "--":
            raise reader.source.damaged(reader.token.line, "'--': expected '->', as the graph is directed")
        if not reader.accept("->"):
            break
        if reader.token.kind == "{" or reader.token.text == "subgraph":
            raise _group(reader.source, reader.token.line)
        row.append(reader.word("a state after '->'"))
    given = reader.attributes()
    nodes, edges = scopes[-1]
    for word in row:
        if word.text not in met:
            met.add(word.text)
            yield Node(word.text, dict(nodes), word.line)
    if len(row) == 1:
        yield Node(first.text, given, first.line)
    for a, b in itertools.pairwise(row):
        yield Edge(a.text, b.text, {**edges, **given}, a.line)
