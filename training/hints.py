"""Hints: read-outs between the layers for the quotients of a task's group along its derived series.

A cascade of k diagonal layers can follow a solvable group of derived length k, its level i knowing the product
modulo the i-th derived subgroup (arXiv 2603.01959). With a loss on what each level should know, it is learned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..automata.algebra.derived_quotients import derived_quotients
from ..automata.runs import IGNORED, run_batch
from ..errors import RequestError
from ..generators.task import Task
from ..generators.tensors import Batch
from ..models.backbone import Backbone
from ..models.mlp import GatedMLP


class Hinted(nn.Module):
    """A model with a linear read-out of the stream before its second, third, … layer that carries a state.

    Parameters
    ----------
    model : Backbone
        With a layer for each quotient, and at least one more.
    task : Task
        Whose machine is that of a group.
    seed : int
        Of the read-outs' weights.

    Raises
    ------
    RequestError
        Where the task has no such machine, its group has no quotients, or the model has too few layers.

    Examples
    --------
    >>> from krohn.generators.tasks import task
    >>> from krohn.models.zoo import build_model
    >>> model = build_model("aussm", 24, 24, {"layers": "a|f|a|f|a|f"}, seed=0)
    >>> Hinted(model, task("word:S4"), seed=0).recorded
    [{'before_layer': 2, 'classes': 2}, {'before_layer': 4, 'classes': 6}]
    """

    def __init__(self, model: nn.Module, task: Task, seed: int) -> None:
        super().__init__()
        if task.machine is None:
            raise RequestError(f"hints on {task.name}, which has no finite machine: expected such as word:S4")
        if not isinstance(model, Backbone):
            raise RequestError("hints on a model without layers: expected one with the option layers")
        quotients = derived_quotients(task.machine)
        if not quotients:
            raise RequestError(f"hints on {task.name}: its derived series has no quotient in between")
        carriers = [i for i, layer in enumerate(model.layers) if not isinstance(layer, GatedMLP)]
        if len(carriers) <= len(quotients):
            raise RequestError(
                f"hints on {task.name} for {len(quotients)} quotients: expected at least {len(quotients) + 1} "
                f"layers besides f, there are {len(carriers)}"
            )
        self.model = model
        self.machines = quotients
        self.places = carriers[1 : 1 + len(quotients)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            width = model.head.in_features
            self.readouts = nn.ModuleList(nn.Linear(width, machine.states) for machine in quotients)
        self.streams: list[Tensor] = []
        for place in self.places:
            model.norms[place].register_forward_pre_hook(self._keep)

    def _keep(self, module: nn.Module, inputs: Any) -> None:
        if self.training:
            self.streams.append(inputs[0])

    @property
    def recorded(self) -> list[dict[str, int]]:
        """What a run keeps of the hints."""
        return [
            {"before_layer": place, "classes": machine.states}
            for place, machine in zip(self.places, self.machines, strict=True)
        ]

    def forward(self, tokens: Tensor) -> Any:
        """Return what the model does."""
        self.streams.clear()
        return self.model(tokens)

    def loss(self, batch: Batch) -> Tensor:
        """Return the sum of the read-outs' cross-entropies on the batch that `forward` has just read."""
        words, lengths = batch.inputs.cpu().numpy(), batch.lengths.numpy()
        # Positions past the symbols, where a sequence is answered, hold a symbol that no machine knows.
        words = np.where(np.arange(words.shape[1]) < lengths[:, None], words, 0)
        total = torch.zeros((), device=self.streams[0].device)
        for machine, readout, stream in zip(self.machines, self.readouts, self.streams, strict=True):
            states = np.empty(words.shape, np.int32)
            run_batch(machine.semiautomaton.delta, words, np.zeros(len(words), np.int64), lengths, states)
            labels = torch.from_numpy(np.where(states < 0, IGNORED, states).astype(np.int64))
            logits = readout(stream.to(torch.float32)).flatten(0, 1)
            total = total + F.cross_entropy(logits, labels.flatten().to(logits.device), ignore_index=IGNORED)
        self.streams.clear()
        return total
