"""The part of GAP's language that lists of transformations are written in: assignments of literal values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .source import Source

_TOKEN = re.compile(
    r"""(?P<space>\s++|\#[^\n]*+)
    |(?P<string>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")
    |(?P<number>[0-9]++)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    |(?P<mark>:=|;;|[][(),;])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([01][0-7]{2}|.)")
LARGEST_NUMBER = 1 << 24
DEEPEST = 4
"""Lists within lists."""


class Token(NamedTuple):
    """A token: "string", "number", "name", "end", or itself where it is a mark."""

    kind: str
    text: str
    line: int


class Transformation(list[int]):
    """The images of the points 1, 2, ... of a transformation; the identity lists none."""


def _tokens(source: Source) -> Iterator[Token]:
    position, line = 0, 1
    while position < len(source.text):
        match = _TOKEN.match(source.text, position)
        if match is None:
            raise source.damaged(
                line, f"{source.text[position]!r}: expected GAP, such as [ Transformation( [ 2, 1 ] ) ]"
            )
        kind, said = str(match.lastgroup), match.group()
        if kind != "space":
            yield Token(said if kind == "mark" else kind, said, line)
        line += said.count("\n")
        position = match.end()
    yield Token("end", "the end of the file", line)


class Reader:
    """Values one after the other."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rest = _tokens(source)
        self.token = next(self.rest)

    def take(self) -> Token:
        """Return the next token and step over it."""
        taken = self.token
        if taken.kind != "end":
            self.token = next(self.rest)
        return taken

    def expect(self, kind: str) -> Token:
        """Return the next token, which has to be of a kind."""
        if self.token.kind != kind:
            said = self.token.text if self.token.kind == "end" else repr(self.token.text)
            raise self.source.damaged(self.token.line, f"{said}: expected {kind!r}")
        return self.take()

    def value(self, depth: int = 0) -> Any:
        """Return the next value: an int, a str, a list or a Transformation.

        Raises
        ------
        DamagedFileError
            Where the text is cut short or is no value.
        RequestError
            For a name, such as of a function, or a number that is too large.
        """
        token = self.take()
        if token.kind == "number":
            if len(token.text) > 9 or int(token.text) > LARGEST_NUMBER:
                raise self.source.refused(
                    token.line, f"{token.text[:20]}: expected a number up to {LARGEST_NUMBER}"
                )
            return int(token.text)
        if token.kind == "string":
            if re.search(r"\\[2-7][0-7]{2}", token.text):
                raise self.source.refused(
                    token.line, f"{token.text[:40]}: expected UTF-8, not bytes by their numbers"
                )
            return _ESCAPE.sub(_unescaped, token.text[1:-1])
        if token.kind == "[" and depth < DEEPEST:
            return self._items(depth)
        if token.text == "IdentityTransformation":
            return Transformation()
        if token.text == "Transformation":
            return self._transformation(token.line)
        said = token.text if token.kind == "end" else repr(token.text)
        message = f"{said}: expected a number, a name in quotes, a list or a Transformation"
        error = self.source.refused if token.kind == "name" else self.source.damaged
        raise error(token.line, message)

    def _items(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while self.token.kind != "]":
            items.append(self.value(depth + 1))
            if self.token.kind != "]":
                self.expect(",")
        self.take()
        return items

    def _transformation(self, line: int) -> Transformation:
        self.expect("(")
        images = self.value(1)
        if self.token.kind == ",":
            raise self.source.refused(line, "Transformation of two lists: expected one list of images")
        self.expect(")")
        if (
            type(images) is not list
            or not images
            or any(type(image) is not int or image < 1 for image in images)
        ):
            raise self.source.refused(line, "Transformation: expected a list of states, counted from 1")
        return Transformation(images)


def _unescaped(match: re.Match[str]) -> str:
    said = match[1]
    return chr(int(said, 8)) if len(said) == 3 else {"n": "\n", "t": "\t", "r": "\r"}.get(said, said)
