"""What the symbols, states and classes of a machine are called, where numbers would say less."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RequestError


@dataclass(frozen=True)
class Names:
    """What the symbols, states and classes of a machine are called.

    Attributes
    ----------
    symbols, states, classes : tuple of str
        One name for each, all different, or an empty tuple: then they are called by their numbers.

    Raises
    ------
    RequestError
        Where two of a kind have one name.

    Examples
    --------
    >>> names = Names(symbols=("a", "b"))
    >>> names.symbol(1), names.state(1)
    ('b', '1')
    """

    symbols: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind in ("symbols", "states", "classes"):
            given = getattr(self, kind)
            if len(set(given)) < len(given):
                twice = next(name for name in given if given.count(name) > 1)
                raise RequestError(f"{kind} have the name {twice!r} twice: expected names of their own")

    def check(self, symbols: int, states: int, classes: int) -> None:
        """Check that there are as many names as the machine has symbols, states and classes, or none.

        Raises
        ------
        RequestError
            Where a number differs.
        """
        for kind, count in (("symbols", symbols), ("states", states), ("classes", classes)):
            given = getattr(self, kind)
            if given and len(given) != count:
                raise RequestError(f"{len(given)} names of {kind}: expected one for each of {count}, or none")

    def symbol(self, x: int) -> str:
        """Return the name of symbol x."""
        return self.symbols[x] if self.symbols else str(x)

    def state(self, q: int) -> str:
        """Return the name of state q."""
        return self.states[q] if self.states else str(q)

    def output(self, c: int) -> str:
        """Return the name of class c."""
        return self.classes[c] if self.classes else str(c)
