"""From an expression to its position automaton: which positions can follow each (Berry and Sethi, 1986)."""

from __future__ import annotations

from dataclasses import dataclass

from .expressions import Concatenation, Expression, Letters, Repeat, Union


@dataclass(frozen=True)
class Positions:
    """The position automaton of an expression.

    Attributes
    ----------
    letters : tuple of Letters
        What each position reads.
    follow : tuple of int
        The set of positions that can come after each; bit ``len(letters)`` says that the word may end.
    start : int
        The set for the beginning.
    """

    letters: tuple[Letters, ...]
    follow: tuple[int, ...]
    start: int


def positions_of(expression: Expression) -> Positions:
    """Return the position automaton of an expression.

    What follows a node is handed down to it, so that every position gets its set once, even where many parts
    may be empty (Berry and Sethi, From regular expressions to deterministic automata, 1986).

    Examples
    --------
    >>> from krohn.automata.languages.expressions import concatenation, letters, repeat
    >>> a, b = letters(frozenset("a")), letters(frozenset("b"))
    >>> found = positions_of(concatenation([repeat(a, 0, None), b]))  # a*b
    >>> [bin(after) for after in found.follow], bin(found.start)
    (['0b11', '0b100'], '0b11')
    """
    size = expression.size
    reads: list[Letters | None] = [None] * size
    follow = [0] * size

    def descend(node: Expression, offset: int, after: int) -> None:
        match node:
            case Letters():
                reads[offset], follow[offset] = node, after
            case Concatenation():
                end = offset + node.size
                for part in reversed(node.parts):
                    end -= part.size
                    descend(part, end, after)
                    after = part.enter(end, after)
            case Union():
                for part in node.parts:
                    descend(part, offset, after)
                    offset += part.size
            case Repeat(part=part, low=low, high=high):
                for i in reversed(range(node.copies)):
                    begin = offset + i * part.size
                    then = after if i + 1 >= low else 0
                    if i + 1 < node.copies:
                        then |= part.first << (begin + part.size)
                    elif high is None:
                        then |= part.first << begin
                    descend(part, begin, then)

    descend(expression, 0, 1 << size)
    return Positions(
        tuple(node for node in reads if node is not None), tuple(follow), expression.enter(0, 1 << size)
    )
