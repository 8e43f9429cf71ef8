"""Precision items: which number format what part of a model is held in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from ..errors import RequestError
from ..kernels.rounding import FORMATS, Format, parse_format
from ..names import lookup, unknown
from .results import OWN

NAMES = [*FORMATS, "eEmM", "qI.F"]
TARGETS = ("state", "phase", "weights", "activations")


@dataclass(frozen=True)
class PrecisionItem:
    """One item of ``--precision``.

    ``fp32``, the precision models are trained in, inserts nothing; ``fp64`` runs the same weights in double
    precision; any other format of the state rounds it after every step, all else staying fp32, or fp64 where float32
    does not hold the format's values.

    Attributes
    ----------
    text : str
        As it was given.
    formats : tuple of (target, Format)
        In the order given.
    chunk : int
        0: the state is rounded after every step (sequential order). Otherwise at the end of every so many: within a
        chunk it is held as the model holds it, as where a kernel keeps it in registers.
    tree : bool
        Within a chunk, steps are composed in a tree (parallel order), and all that is composed is rounded.
    """

    text: str
    formats: tuple[tuple[str, Format], ...]
    chunk: int = 0
    tree: bool = False

    def of(self, target: str) -> Format | None:
        """Return the format to round a target to, or None where it is left as it is."""
        found = dict(self.formats).get(target)
        return None if found is None or found.name in (OWN, "fp64") else found

    @property
    def rounding(self) -> Format | None:
        """The format to round the state to, or None."""
        found = self.of("state")
        return replace(found, tree=True) if found is not None and self.tree else found

    @property
    def order(self) -> str:
        """The order of the scan, as it is asked for."""
        return f"{'parallel' if self.tree else 'chunked'}:{self.chunk}" if self.chunk else "sequential"

    @property
    def double(self) -> bool:
        """Whether the model has to be run in float64."""
        return any(found.dtype is torch.float64 for _, found in self.formats)

    @property
    def stochastic(self) -> bool:
        """Whether what is rounded while the model runs is rounded stochastically."""
        running = (self.of("state"), self.of("activations"))
        return any(found is not None and found.mode == "stochastic" for found in running)

    @property
    def echo(self) -> dict[str, str]:
        """What a row of results says of the item."""
        overflows = dict.fromkeys(found.overflow for _, found in self.formats if found.kind != "turn")
        return {
            "precision": self.text,
            "rounding": self.formats[0][1].mode,
            "overflow": "+".join(overflows) or "infinity",
            "order": self.order,
        }


def parse_item(
    text: str, mode: str = "nearest", overflow: str | None = None, order: str = "sequential", seed: int = 0
) -> PrecisionItem:
    """Return the item written as ``FORMAT``, or as ``TARGET=FORMAT`` joined by ``+``.

    Parameters
    ----------
    text : str
        Targets: ``state`` (where none is given), ``phase``, ``weights``, ``activations``.
    mode : str
        ``nearest``, ``zero`` or ``stochastic``. Phases are always rounded to the nearest.
    overflow : str, optional
        ``infinity`` or ``saturate``; by default as each format is defined.
    order : str
        ``sequential``, ``chunked:C`` or ``parallel:C``.
    seed : int
        Of stochastic rounding.

    Raises
    ------
    RequestError
        For an unknown format, target, mode or order, or a format that the target cannot have.

    Examples
    --------
    >>> parse_item("state=bf16").rounding.name
    'bf16'
    >>> both = parse_item("weights=e4m3+phase=turn/8", mode="zero")
    >>> [(target, found.name) for target, found in both.formats]
    [('weights', 'e4m3'), ('phase', 'turn/8')]
    """
    formats: dict[str, Format] = {}
    for part in text.split("+"):
        target, equals, name = part.rpartition("=")
        target = target if equals else "state"
        lookup(f"target in precision {text!r}:", target, dict.fromkeys(TARGETS))
        if target in formats:
            raise RequestError(f"precision {text!r} gives {target} twice: expected every target once")
        if name not in FORMATS and not re.match(r"[eq]\d|turn/", name):
            raise unknown(f"precision in {text!r}:" if equals else "precision", name, NAMES)
        phases = name.startswith("turn/")
        if phases != (target == "phase"):
            expected = (
                "phase=turn/Q" if target == "phase" else f"{target}=FORMAT, FORMAT one of {', '.join(NAMES)}"
            )
            raise RequestError(f"precision {text!r}: expected {expected}")
        fixed = name.startswith("q") and overflow == "infinity"
        kept = None if phases or fixed else overflow
        formats[target] = parse_format(name, "nearest" if phases else mode, kept, seed)
    return PrecisionItem(text, tuple(formats.items()), *_chunk(order))


def _chunk(order: str) -> tuple[int, bool]:
    if order == "sequential":
        return 0, False
    match = re.fullmatch(r"(chunked|parallel):(\d+)", order)
    if match is None or int(match[2]) < 1:
        raise RequestError(f"order {order!r}: expected sequential, chunked:C or parallel:C, C at least 1")
    return int(match[2]), match[1] == "parallel"


def expand_items(texts: Sequence[str]) -> list[str]:
    """Return items with ranges written out: ``e8m2..4`` is e8m2, e8m3, e8m4; ``turn/2^1..3`` turn/2, /4, /8.

    Raises
    ------
    RequestError
        For a range that runs backwards.

    Examples
    --------
    >>> expand_items(["fp32", "state=e8m2..4", "phase=turn/2^3..4"])
    ['fp32', 'state=e8m2', 'state=e8m3', 'state=e8m4', 'phase=turn/8', 'phase=turn/16']
    """
    found = []
    for text in texts:
        match = re.fullmatch(r"(.*?)(2\^)?(\d+)\.\.(\d+)(.*)", text)
        if match is None:
            found.append(text)
            continue
        head, power, low, high, tail = match.groups()
        if int(high) < int(low) or int(high) - int(low) > 64:
            raise RequestError(f"precision {text!r}: expected a range LO..HI with LO <= HI <= LO + 64")
        for number in range(int(low), int(high) + 1):
            found += expand_items([f"{head}{2**number if power else number}{tail}"])
    return list(dict.fromkeys(found))
