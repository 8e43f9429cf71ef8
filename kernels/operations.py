"""How an operation becomes part of torch: traced by torch.compile, differentiated, exempt from autocast.

Every operation is a custom op ``krohn::NAME`` whose last argument is the backend that runs it. The reference
backend is plain torch and is called directly instead: it is differentiable as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch.library import custom_op

from .backends import choose


def operation(
    name: str,
    function: Callable[..., Any],
    fake: Callable[..., Any],
    keep: Callable[[Any, Any, Any], None] | None = None,
    backward: Callable[..., Any] | None = None,
) -> Any:
    """Register a function as the custom op ``krohn::NAME`` and return the op.

    Parameters
    ----------
    name : str
    function : callable
        Tensors, None, numbers and strings in, tensors out; annotated, ``torch.Tensor`` spelt in full. It
        returns new tensors and changes none.
    fake : callable
        The same arguments; returns empty tensors of the shapes and dtypes that `function` returns.
    keep : callable, optional
        ``keep(ctx, inputs, output)``, called with these names, saves what the backward needs.
    backward : callable, optional
        ``backward(ctx, *gradients)`` returns one gradient an input, None where there is none.

    Notes
    -----
    Under autocast, floating-point tensors come in as float32: phases in bfloat16 mean nothing after ten steps.
    """
    op = custom_op(f"krohn::{name}", function, mutates_args=())
    op.register_fake(fake)
    if backward is not None:
        op.register_autograd(backward, setup_context=keep)
    for device in ("cpu", "cuda"):
        op.register_autocast(device, torch.float32)
    return op


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def backend_of(device: str, dtype: torch.dtype, wish: str | None) -> str:
    """Return the backend's name; torch.compile decides it once, when it traces."""
    return choose(device, dtype, wish).backend


TensorOrNone = TypeVar("TensorOrNone", torch.Tensor, torch.Tensor | None)


def exempt(*tensors: TensorOrNone) -> list[TensorOrNone]:
    """Return tensors as the ops compute with them: in float32 under autocast, otherwise as they are; None stays.

    Examples
    --------
    >>> with torch.autocast("cpu", torch.bfloat16):
    ...     exempt(torch.ones(1, dtype=torch.bfloat16))[0].dtype
    torch.float32
    """
    return [
        tensor.float() if tensor is not None and torch.is_autocast_enabled(tensor.device.type) else tensor
        for tensor in tensors
    ]
