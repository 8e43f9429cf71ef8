"""Precision items: which number format a model is evaluated in, and what that does to it."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass

import torch
from torch import nn

from ..errors import RequestError
from ..kernels.rounding import FORMATS, Format, parse_format
from ..names import unknown

OWN = "fp32"
NAMES = [*FORMATS, "eEmM", "qI.F"]


@dataclass(frozen=True)
class PrecisionItem:
    """One item of ``--precision``.

    ``fp32``, the precision models are trained in, inserts nothing; ``fp64`` runs the same weights in double
    precision; any other format rounds the recurrent state to it after every step, all else staying fp32, or
    fp64 where float32 does not hold the format's values.

    Attributes
    ----------
    text : str
        As it was given.
    format : Format
    """

    text: str
    format: Format

    @property
    def rounding(self) -> Format | None:
        """The format to round the state to after every step, or None."""
        return None if self.format.name in (OWN, "fp64") else self.format

    def prepare(self, model: nn.Module) -> nn.Module:
        """Return the model to run: a double-precision copy for fp64, otherwise `model` itself."""
        return copy.deepcopy(model).double() if self.format.dtype is torch.float64 else model


def parse_item(text: str) -> PrecisionItem:
    """Return the item written as ``FORMAT`` or ``state=FORMAT``.

    Raises
    ------
    RequestError
        For an unknown format or another target.

    Examples
    --------
    >>> parse_item("state=bf16").rounding.name
    'bf16'
    """
    target, equals, name = text.rpartition("=")
    if equals and target != "state":
        raise RequestError(
            f"precision {text!r}: expected FORMAT or state=FORMAT, FORMAT one of {', '.join(NAMES)}"
        )
    if name not in FORMATS and not re.match(r"[eq]\d", name):
        raise unknown(f"precision in {text!r}:" if equals else "precision", name, NAMES)
    return PrecisionItem(text, parse_format(name))
