"""The text of a regular expression to its tree, by recursive descent; errors point at a character."""

from __future__ import annotations

from ...errors import RequestError
from .expressions import EMPTY_WORD, NOTHING, Expression, concatenation, copies_of, letters, repeat, union

MOST_POSITIONS = 4096
"""Most letters of an expression, repeats written out."""
MOST_LETTERS = 4096
"""Most letters of an alphabet."""
DEEPEST = 100
"""Most brackets inside one another."""

SPECIAL = frozenset("()[]{}|*+?.\\^$ε∅")
_CONTROL = {"n": "\n", "t": "\t"}
_SHOWN = 60


class Parser:
    """A recursive-descent parser for one pattern.

    Grammar, `atom` being a letter, an escape, a class, ``.``, ``ε`` (the empty word), ``∅`` (the empty
    language) or ``( union )``::

        union  = concatenation { "|" concatenation }
        concatenation = { repeated }
        repeated = atom [ "*" | "+" | "?" | "{m}" | "{m,}" | "{,n}" | "{m,n}" ]

    Parameters
    ----------
    pattern : str
    alphabet : str, optional
        The letters that may stand in it; any where not given.
    """

    def __init__(self, pattern: str, alphabet: str | None = None) -> None:
        self.pattern = pattern
        self.alphabet = None if alphabet is None else frozenset(alphabet)
        self.seen: set[str] = set()
        self._at = 0
        self._depth = 0

    def parse(self) -> Expression:
        """Return the tree of the whole pattern; `seen` then holds the letters that stand in it.

        Raises
        ------
        RequestError
            Where it is no regular expression, or too large.
        """
        tree = self._union()
        if self._at < len(self.pattern):
            raise self.error(self._at, "')' closes nothing")
        if tree.size > MOST_POSITIONS:
            raise self.error(0, f"it has {tree.size} letters: the limit is {MOST_POSITIONS}")
        return tree

    def error(self, position: int, message: str) -> RequestError:
        """Return the error that points at a position."""
        text = repr(self.pattern)
        if len(self.pattern) > _SHOWN:
            begin = max(min(position - _SHOWN // 2, len(self.pattern) - _SHOWN), 0)
            part = self.pattern[begin : begin + _SHOWN]
            before, after = "…" if begin else "", "…" if begin + _SHOWN < len(self.pattern) else ""
            text = repr(f"{before}{part}{after}")
        return RequestError(f"regex {text}: position {position}: {message}")

    @property
    def _next(self) -> str:
        return self.pattern[self._at : self._at + 1]

    def _union(self) -> Expression:
        parts = [self._concatenation()]
        while self._next == "|":
            self._at += 1
            parts.append(self._concatenation())
        return union(parts)

    def _concatenation(self) -> Expression:
        parts = []
        while self._next not in ("", "|", ")"):
            parts.append(self._repeated())
        return concatenation(parts)

    def _repeated(self) -> Expression:
        part = self._atom()
        begin = self._at
        if not self._next or self._next not in "*+?{":
            return part
        sign = self._next
        self._at += 1
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign) or self._bounds(begin)
        if self._next and self._next in "*+?{":
            raise self.error(self._at, f"{self._next!r} repeats a repeat: expected brackets, as in (a*)?")
        size = copies_of(low, high) * part.size
        if size > MOST_POSITIONS:
            raise self.error(begin, f"the repeat makes {size} letters: the limit is {MOST_POSITIONS}")
        return repeat(part, low, high)

    def _bounds(self, begin: int) -> tuple[int, int | None]:
        end = self.pattern.find("}", begin)
        if end < 0:
            raise self.error(begin, "'{' is never closed")
        text = self.pattern[begin + 1 : end]
        low, comma, high = text.partition(",")
        digits = [part for part in (low, high) if part]
        if not digits or not all(part.isascii() and part.isdigit() for part in digits):
            raise self.error(begin, f"'{{{text}}}' is no repeat: expected {{m}}, {{m,}}, {{,n}} or {{m,n}}")
        if max(map(len, digits)) > 9:
            raise self.error(
                begin, f"the repeat has a bound of {max(map(len, digits))} digits: the limit is 9"
            )
        self._at = end + 1
        least = int(low or 0)
        if not comma:
            return least, least
        most = int(high) if high else None
        if most is not None and most < least:
            raise self.error(begin, f"'{{{text}}}' runs backwards: expected m <= n")
        return least, most

    def _atom(self) -> Expression:
        begin, character = self._at, self._next
        self._at += 1
        match character:
            case "(":
                return self._group(begin)
            case "[":
                return self._class(begin)
            case ".":
                return letters(frozenset(), negated=True)
            case "ε":
                return EMPTY_WORD
            case "∅":
                return NOTHING
            case "*" | "+" | "?" | "{":
                raise self.error(begin, f"{character!r} has nothing to repeat; \\{character} is the letter")
            case "]" | "}":
                raise self.error(begin, f"{character!r} closes nothing; \\{character} is the letter")
            case "^" | "$":
                raise self.error(
                    begin, f"{character!r}: whole words are matched; \\{character} is the letter"
                )
            case "\\":
                return letters(frozenset(self._known(begin, self._escaped(begin))))
        return letters(frozenset(self._known(begin, character)))

    def _group(self, begin: int) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error(begin, f"more than {DEEPEST} brackets inside one another: the limit")
        if self._next == "?":
            raise self.error(self._at, "'?' has nothing to repeat: groups have no extensions here")
        tree = self._union()
        if self._next != ")":
            raise self.error(begin, "'(' is never closed")
        self._at += 1
        self._depth -= 1
        return tree

    def _class(self, begin: int) -> Expression:
        negated = self._next == "^"
        self._at += negated
        chosen: set[str] = set()
        while self._next != "]":
            here = self._at
            low = self._member(begin)
            if self._next == "-" and self.pattern[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                high = self._member(begin)
                if high < low:
                    raise self.error(here, f"range {low}-{high} runs backwards")
                count = ord(high) - ord(low) + 1
                if count > MOST_LETTERS:
                    raise self.error(
                        here, f"range {low}-{high} has {count} letters: the limit is {MOST_LETTERS}"
                    )
                for code in range(ord(low), ord(high) + 1):
                    chosen.add(self._known(here, chr(code)))
            else:
                chosen.add(self._known(here, low))
        if not chosen:
            raise self.error(
                begin, "the class is empty: expected letters, as in [ab]; ∅ is the empty language"
            )
        self._at += 1
        return letters(frozenset(chosen), negated)

    def _member(self, begin: int) -> str:
        character = self._next
        if not character:
            raise self.error(begin, "'[' is never closed")
        self._at += 1
        return self._escaped(self._at - 1) if character == "\\" else character

    def _escaped(self, begin: int) -> str:
        character = self._next
        if not character:
            raise self.error(begin, "'\\' escapes nothing; \\\\ is the letter")
        self._at += 1
        if character in SPECIAL or not character.isalnum():
            return character
        if character not in _CONTROL:
            raise self.error(
                begin, f"'\\{character}' has no meaning: expected \\n, \\t or a sign such as \\*"
            )
        return _CONTROL[character]

    def _known(self, position: int, letter: str) -> str:
        if self.alphabet is not None and letter not in self.alphabet:
            allowed = "".join(sorted(self.alphabet))
            shown = allowed if len(allowed) <= _SHOWN else allowed[:_SHOWN] + "…"
            raise self.error(position, f"letter {letter!r} is not in the alphabet {shown!r}")
        self.seen.add(letter)
        return letter
