"""The loss and the count of right answers that belong to each kind of target."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..automata.runs import IGNORED
from ..generators.task import Classes, SymbolSets, Targets


def loss_of(targets: Targets, logits: Tensor, labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean loss over labelled positions, a scalar.

    Parameters
    ----------
    targets : Targets
        Classes: cross-entropy; symbol sets: binary cross-entropy; vectors: squared error.
    logits : Tensor, shape (B, L, outputs)
    labels : Tensor
        Classes: (B, L), int64. Sets: (B, L, outputs) of 0 and 1. Vectors: (B, L, outputs). Unlabelled
        positions hold -100 (in vectors NaN).
    label_smoothing : float
        For classes only: the share of the target that is spread over all of them.

    Examples
    --------
    >>> loss_of(Classes(2), torch.zeros(1, 2, 2), torch.tensor([[1, -100]])).item() == torch.log(torch.tensor(2.0))
    tensor(True)
    """
    if isinstance(targets, Classes):
        return F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, label_smoothing=label_smoothing
        )
    if isinstance(targets, SymbolSets):
        known = labels != IGNORED
        return F.binary_cross_entropy_with_logits(logits[known], labels[known].to(logits.dtype))
    known = ~labels.isnan()
    return F.mse_loss(logits[known], labels[known].to(logits.dtype))


def correct_of(targets: Targets, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return which positions are answered rightly and which are labelled, both bool of shape (B, L).

    A set is right when all its symbols are; a vector when every number rounds to the right whole number.

    Examples
    --------
    >>> correct_of(Classes(2), torch.tensor([[[0.0, 1.0]]]), torch.tensor([[1]]))
    (tensor([[True]]), tensor([[True]]))
    """
    if isinstance(targets, Classes):
        known = labels != IGNORED
        return (logits.argmax(-1) == labels) & known, known
    if isinstance(targets, SymbolSets):
        known = (labels != IGNORED).all(-1)
        return ((logits > 0) == (labels > 0)).all(-1) & known, known
    known = ~labels.isnan().any(-1)
    return (torch.abs(logits - labels) < 0.5).all(-1) & known, known
