"""What is said when memory runs out: what to lower, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import OutOfMemoryError
from .run import Run

SIGNS = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc", "Cannot allocate memory")


@contextmanager
def saying_what_to_lower(run: Run) -> Iterator[None]:
    """Turn a failed allocation, on the CPU or a GPU, into one clear line.

    Raises
    ------
    OutOfMemoryError
        In its place.

    Examples
    --------
    >>> from pathlib import Path
    >>> from krohn.generators.tasks import task
    >>> from krohn.training.config import TrainingConfig
    >>> from krohn.training.run import new_config
    >>> run = Run(Path("run"), new_config(task("parity"), "lstm", {}, TrainingConfig(), []))
    >>> with saying_what_to_lower(run):
    ...     raise MemoryError
    Traceback (most recent call last):
    ...
    krohn.errors.OutOfMemoryError: out of memory: lower batch (128), lengths (1-40) or the model's width (16), or \
cut each batch into parts with accumulate (1)
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        told = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not told and not any(sign in str(error) for sign in SIGNS):
            raise
        training, settings = run.training, run.config.settings
        width = f" ({settings['width']})" if "width" in settings else ""
        raise OutOfMemoryError(
            f"out of memory: lower batch ({training.batch}), lengths ({training.lengths[0]}-{training.lengths[1]}) "
            f"or the model's width{width}, or cut each batch into parts with accumulate ({training.accumulate})"
        ) from None
