"""UPPAAL's declarations that a timed automaton has: clocks, channels, and constants, which guards may name."""

from __future__ import annotations

import re

from .identifiers import COMMENT
from .source import Source

KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
    chan clock bool int double string commit const urgent broadcast init process state guard sync
    assign system trans deadlock and or not imply true false for forall exists while do if else
    return typedef struct rate before_update after_update meta priority progress scalar select void
    default switch case continue break enum inf sup bounds location query gantt dynamic spawn exit
    numOf foreach simulate hybrid import strategy control A E U W R
    """,
    )
)


class Declarations:
    """What one or more declarations say.

    Parameters
    ----------
    source : Source
    where : str
        The element, for messages.
    outer : Declarations, optional
        Those around it, whose names stay known.

    Attributes
    ----------
    clocks, channels : list of str
        In order.
    constants : dict
    comment : str or None
        What our own files keep, the JSON after ``// krohn``.
    """

    def __init__(self, source: Source, where: str, outer: Declarations | None = None) -> None:
        self.source = source
        self.where = where
        self.clocks: list[str] = list(outer.clocks) if outer else []
        self.channels: list[str] = list(outer.channels) if outer else []
        self.constants: dict[str, str] = dict(outer.constants) if outer else {}
        self.comment: str | None = outer.comment if outer else None

    def add(self, text: str) -> None:
        """Add what a declaration says.

        Raises
        ------
        RequestError
            For variables, functions, arrays, and urgent or broadcast channels, quoting them.
        """
        match = re.search(rf"//\s*{COMMENT}\s+(\{{.*\}})", text)
        self.comment = match[1] if match else self.comment
        for statement in _statements(text):
            kind, *rest = statement.split(maxsplit=1)
            names = [name.strip() for name in "".join(rest).split(",")]
            constant = re.fullmatch(r"const\s+int\s+([A-Za-z_]\w*)\s*=\s*([0-9]{1,10})", statement)
            if constant:
                self.constants[constant[1]] = constant[2]
            elif kind in ("clock", "chan") and all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names):
                (self.clocks if kind == "clock" else self.channels).extend(names)
            else:
                raise self.source.refused(
                    self.where, f"{statement[:60]!r}: expected clocks, plain channels and constants only"
                )

    def with_constants(self, text: str) -> str:
        """Return a guard's text with the values of the constants in place of their names."""
        return re.sub(r"[A-Za-z_]\w*", lambda match: self.constants.get(match[0], match[0]), text)


def _statements(text: str) -> list[str]:
    # A comment that does not end runs to the end of the text.
    without = re.sub(r"//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)", " ", text)
    return [" ".join(statement.split()) for statement in without.split(";") if statement.strip()]


def processes(source: Source, text: str) -> list[str]:
    """Return the templates that a system runs side by side, in order.

    Raises
    ------
    RequestError
        For arguments, priorities, and anything else.
    """
    made: dict[str, str] = {}
    for statement in _statements(text):
        instance = re.fullmatch(r"(\w+) ?:?= ?(\w+) ?\( ?\)", statement)
        if instance:
            made[instance[1]] = instance[2]
        elif re.fullmatch(r"system \w+(?: ?, ?\w+)*", statement):
            names = re.findall(r"\w+", statement)[1:]
            return [made.get(name, name) for name in names]
        else:
            raise source.refused(
                "system", f"{statement[:60]!r}: expected 'system NAME, NAME;' and 'NAME = NAME()'"
            )
    raise source.damaged("system", "no statement 'system NAME;'")
