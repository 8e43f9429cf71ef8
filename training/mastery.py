"""A curriculum by mastery: the longest word grows by one when words of the present longest length are mastered."""

from __future__ import annotations

import torch
from torch import Tensor

from ..generators.stream import Stream
from ..generators.tensors import Batch
from .config import TrainingConfig
from .loss import correct_of

WORDS = 64
"""Words of the longest length that accuracy is taken over, before it is decided whether to go on."""


class Mastery:
    """How far the curriculum has come; `state` is all of it, and a part of the checkpoint.

    Parameters
    ----------
    words : Stream
    config : TrainingConfig
        Whose curriculum is (START, "mastery", THRESHOLD).

    Attributes
    ----------
    state : Tensor, shape (4,), int64
        The longest length; of words that long since it was reached or tried: labels answered rightly,
        labels, words.

    Examples
    --------
    >>> from krohn.generators.stream import stream
    >>> config = TrainingConfig(lengths=(1, 9), curriculum=(2, "mastery", 0.9))
    >>> mastery = Mastery(stream("parity", batch=1, lengths=(1, 9)), config)
    >>> mastery.take(torch.tensor([127, 128, 64])), mastery.longest
    (None, 3)
    """

    def __init__(self, words: Stream, config: TrainingConfig) -> None:
        assert config.curriculum is not None
        begin, _, threshold = config.curriculum  # type: ignore[misc]
        self.words, self.threshold = words, threshold
        self.state = torch.tensor([max(words.shortest, min(config.lengths[1], begin)), 0, 0, 0])

    @property
    def longest(self) -> int:
        """The longest training word at present."""
        return int(self.state[0])

    def counts(self, logits: Tensor, part: Batch) -> Tensor:
        """Return what a part of a batch adds to right labels, labels and words, shape (3,)."""
        task = self.words.task
        longest = int(task.lengths(self.words.lengths[0], self.longest)[-1])  # a task may lack some lengths
        chosen = part.lengths == longest
        labels = part.labels[chosen].to(logits.device)
        right, known = correct_of(task.targets, logits.detach()[chosen.to(logits.device)], labels)
        return torch.stack([right.sum(), known.sum(), chosen.sum().to(logits.device)])

    def take(self, counts: Tensor) -> None:
        """Add the counts of a whole batch, and go on to longer words where these are mastered."""
        self.state[1:] += counts.to("cpu", torch.int64)
        longest, right, known, words = self.state.tolist()
        if words < WORDS:
            return
        grown = right >= self.threshold * known and longest < self.words.lengths[1]
        self.state.copy_(torch.tensor([longest + grown, 0, 0, 0]))
