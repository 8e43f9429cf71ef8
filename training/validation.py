"""The validation split: training lengths, words of its own; the only one that may choose."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..generators.stream import Stream
from ..generators.tensors import Batch
from .loss import correct_of
from .run import Run


def logits_of(model: nn.Module, tokens: Tensor) -> Tensor:
    """Return a model's logits, without its state where it gives one."""
    out = model(tokens)
    return out[0] if isinstance(out, tuple) else out  # type: ignore[no-any-return]


def validate(run: Run, model: nn.Module, device: str = "cpu") -> dict[str, int]:
    """Return ``{correct, total}`` labels on the validation split: training lengths, words of its own."""
    config = run.training
    correct = total = 0
    count = min(config.batch, config.validation_words)
    words = Stream(run.task, count, config.lengths, config.seed, "validation")
    model.eval()
    with torch.no_grad():
        for index in range(-(-config.validation_words // count)):
            left = config.validation_words - index * count
            batch = Batch(*(part[:left] for part in words.at(index)))
            right, known = correct_of(
                run.task.targets, logits_of(model, batch.inputs.to(device)), batch.labels.to(device)
            )
            correct += int(right.sum())
            total += int(known.sum())
    model.train()
    return {"correct": correct, "total": total}
