"""What is wrong with a command line, in one line: what was given, what is expected, the nearest valid name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cyclopts import (
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    Token,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    convert,
)

from ..names import nearest, unknown

KINDS = {int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}


def strictly(hint: Any, tokens: Sequence[Token]) -> Any:
    """Convert as cyclopts does, which would round 1.5 where a whole number is due, and take no path for this folder."""
    kinds = (hint, *get_args(hint))
    if int in kinds and "." in tokens[0].value:
        raise CoercionError(token=tokens[0], target_type=int)
    for token in tokens:
        if Path in kinds and not token.value:
            raise CoercionError(token=token, target_type=Path)
    return convert(hint, tokens)


def one_line(error: CycloptsError) -> str:
    """Return the line that says what is wrong with a command line."""
    if isinstance(error, UnknownCommandError) and error.app is not None and error.unused_tokens:
        return str(unknown("command", error.unused_tokens[0], _without_dashes(error.app)))
    if isinstance(error, UnknownOptionError):
        options = [name for argument in error.argument_collection for name in _options(argument)]
        given = (error.token.keyword or error.token.value).split("=", 1)[0]
        return str(unknown("option", given, options))
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"{_command(error)} takes no {error.unused_tokens[0]!r}: expected no more words"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        return _missing(error, error.argument)
    if isinstance(error, RepeatArgumentError):
        return f"{error.token.keyword} is given more than once: expected it once"
    if isinstance(error, CoercionError) and error.argument is not None and error.token is not None:
        name, given = _name(error.argument), error.token.value
        choices = _choices(error.argument)
        if choices:
            return str(unknown(name, given, choices))
        return f"{name} is {given!r}: expected {_kind(error.target_type)}"
    return " ".join(str(error).split())


def _missing(error: MissingArgumentError, argument: Argument) -> str:
    choices = _choices(argument)
    expected = f"one of {', '.join(choices)}" if choices else _kind(argument.hint)
    stray = [token for token in error.unused_tokens or [] if token.startswith("--")]
    near = nearest(argument.name, stray) if argument.name.startswith("-") else None
    hint = f"; did you mean {argument.name!r} by {near!r}?" if near not in (None, *argument.names) else ""
    return f"{_command(error)} is given no {_name(argument)}: expected {expected}{hint}"


def _kind(hint: object) -> str:
    return next((KINDS[kind] for kind in (hint, *get_args(hint)) if kind in KINDS), "a value")


def _command(error: CycloptsError) -> str:
    return " ".join(["krohn", *(error.command_chain or [])])


def _name(argument: Argument) -> str:
    return argument.name if argument.name.startswith("-") else argument.name.upper()


def _options(argument: Argument) -> list[str]:
    return [name for name in argument.names if name.startswith("-")] if argument.parse else []


def _choices(argument: Argument) -> list[str]:
    hints = (argument.hint, *get_args(argument.hint))
    return sorted(str(choice) for hint in hints if get_origin(hint) is Literal for choice in get_args(hint))


def _without_dashes(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("-")]
