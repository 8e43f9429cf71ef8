"""What an evaluation is asked for, checked as far as it can be without a model and a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import RequestError
from ..names import positive
from .precision import PrecisionItem, expand_items, parse_item


@dataclass(frozen=True)
class Request:
    """What is to be counted, and how.

    Attributes
    ----------
    lengths : tuple of int
    items : tuple of PrecisionItem
    words : int
        At each length.
    seed : int
        Root seed of the test words.
    adaptive : bool
        Begin with few words and spend as many tokens in all where the answer is not settled (`plan`).
    batch : int
        Words at a time; the counts do not depend on it.
    device : str
    piece : int, optional
        Tokens fed at a time to a model that carries a state; nor do they depend on this.
    """

    lengths: tuple[int, ...]
    items: tuple[PrecisionItem, ...]
    words: int = 512
    seed: int = 0
    adaptive: bool = False
    batch: int = 512
    device: str = "cpu"
    piece: int | None = None

    def identity(self) -> dict[str, Any]:
        """Return all that the counts depend on, as JSON."""
        items = [item.echo for item in self.items]
        lengths = list(self.lengths)
        return {
            "lengths": lengths, "items": items, "words": self.words, "seed": self.seed, "adaptive": self.adaptive
        }  # fmt: skip


def request(
    lengths: Sequence[int],
    precision: Sequence[str] = ("fp32",),
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: str = "cpu",
    *,
    adaptive: bool = False,
    rounding: str = "nearest",
    overflow: str | None = None,
    order: str = "sequential",
    piece: int | None = None,
) -> Request:
    """Return a request, checked as far as it can be without a model and a task.

    Raises
    ------
    RequestError
        As `evaluate` does.
    """
    for name, value in (*(("length", length) for length in lengths), ("words", words), ("batch", batch)):
        positive(name, value)
    if not lengths or not precision:
        raise RequestError("nothing to evaluate: expected at least one length and one precision")
    if piece is not None:
        positive("piece", piece)
    if seed < 0:
        raise RequestError(f"seed is {seed}: expected a whole number of at least 0")
    items = tuple(parse_item(text, rounding, overflow, order, seed) for text in expand_items(precision))
    return Request(tuple(lengths), items, words, seed, adaptive, batch, device, piece)
