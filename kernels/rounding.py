"""Number formats that a recurrent state can be rounded to after every step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..names import lookup


@dataclass(frozen=True)
class Format:
    """A floating-point format; calling it rounds a tensor to the format's values.

    Rounding is to nearest, ties to even; values beyond the largest finite one become infinite; NaN stays
    NaN. A float64 value passes through float32 on its way to a narrower format. Gradients pass unchanged
    through a format as wide as the tensor's own.

    Parameters
    ----------
    name : str
        The name in a precision item, such as ``bf16``.
    dtype : torch.dtype
        The dtype that holds exactly the format's values.

    Examples
    --------
    >>> parse_format("bf16")(torch.tensor([1.0, 1.001, 3.14159]))
    tensor([1.0000, 1.0000, 3.1406])
    """

    name: str
    dtype: torch.dtype

    def __call__(self, values: Tensor) -> Tensor:
        """Return `values` rounded, in the dtype they came in."""
        return values.to(self.dtype).to(values.dtype)


FORMATS = {
    "fp64": Format("fp64", torch.float64),
    "fp32": Format("fp32", torch.float32),
    "bf16": Format("bf16", torch.bfloat16),
    "fp16": Format("fp16", torch.float16),
}


def parse_format(name: str) -> Format:
    """Return the format called `name`.

    Raises
    ------
    RequestError
        Where there is none; the message names the nearest.
    """
    return lookup("number format", name, FORMATS)
