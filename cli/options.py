"""Options that several verbs take, and how their text is read."""

from __future__ import annotations

import os
import re
from typing import Annotated

from cyclopts import Parameter

from ..errors import RequestError
from ..names import positive, whole_number
from ..user_code import UserCode, load_user_code

Json = Annotated[
    bool, Parameter(name="--json", negative=(), help="One JSON document on stdout, nothing else.")
]
Imports = Annotated[
    list[str] | None,
    Parameter(
        name="--import",
        negative=(),
        help="A file of yours, or a module, that registers models or tasks; repeatable. KROHN_IMPORT holds more.",
    ),
]
Device = Annotated[str, Parameter(help="auto, cpu or cuda:I.")]


def load_imports(imports: list[str] | None) -> list[UserCode]:
    """Import the user's files, those of KROHN_IMPORT (separated as in PATH) first."""
    more = [spec for spec in os.environ.get("KROHN_IMPORT", "").split(os.pathsep) if spec]
    return [load_user_code(spec) for spec in dict.fromkeys([*more, *(imports or [])])]


def parse_range(text: str) -> tuple[int, int]:
    """Return the pair written as ``LO-HI``, or as one number.

    Examples
    --------
    >>> parse_range("1-40"), parse_range("40")
    ((1, 40), (40, 40))
    """
    match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", text.strip())
    if match is None:
        raise RequestError(f"lengths {text!r}: expected LO-HI with 1 <= LO <= HI, such as 1-40")
    low, high = (whole_number("length", number) for number in match.groups(default=match[1]))
    if low < 1 or high < low:
        raise RequestError(f"lengths {text!r}: expected LO-HI with 1 <= LO <= HI, such as 1-40")
    return low, high


def parse_wholes(what: str, text: str) -> list[int]:
    """Return the whole numbers written as ``6,12``.

    Examples
    --------
    >>> parse_wholes("lattice", "6, 12")
    [6, 12]
    """
    if not re.fullmatch(r"\s*-?\d+\s*(,\s*-?\d+\s*)*", text):
        raise RequestError(f"{what} {text!r}: expected whole numbers by comma, such as 6,12")
    return [whole_number(what, part.strip()) for part in text.split(",")]


def parse_lengths(text: str) -> list[int]:
    """Return the numbers written as ``40,256,1024``; doubled ones once.

    Examples
    --------
    >>> parse_lengths("40,256")
    [40, 256]
    """
    lengths = []
    for part in text.split(","):
        if not re.fullmatch(r"\s*-?[0-9][0-9_]*\s*", part):
            raise RequestError(f"lengths {text!r}: expected whole numbers by comma, such as 40,256,1024")
        lengths.append(positive("length", whole_number("length", part.strip().replace("_", ""))))
    return list(dict.fromkeys(lengths))


def parse_device(text: str) -> str:
    """Return the torch device for ``auto``, ``cpu`` or ``cuda:I``.

    Raises
    ------
    RequestError
        For another text, or a GPU that is not there.
    """
    import torch

    if text == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if text == "cpu":
        return text
    match = re.fullmatch(r"cuda(?::(\d+))?", text)
    if match is None:
        raise RequestError(f"device {text!r}: expected auto, cpu or cuda:I")
    index, count = int(match[1] or 0), torch.cuda.device_count()
    if index >= count:
        raise RequestError(f"device {text!r}: this machine has {count} CUDA devices")
    return f"cuda:{index}"


def parse_settings(pairs: list[str] | None) -> dict[str, str]:
    """Return the pairs written as ``KEY=VALUE``.

    Examples
    --------
    >>> parse_settings(["width=32", "drive=false"])
    {'width': '32', 'drive': 'false'}
    """
    settings = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise RequestError(f"--set {pair!r}: expected KEY=VALUE, such as width=32")
        settings[key] = value
    return settings
