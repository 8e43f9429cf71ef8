"""A run to evaluate: an lstm trained for two steps, which knows nothing and is quick."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from krohn.generators.tasks import task
from krohn.training.config import TrainingConfig
from krohn.training.loop import train
from krohn.training.run import Run, load_run, new_config

State = dict[str, Tensor]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small tensors are slower on several threads, much so on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "lstm"
    training = TrainingConfig(steps=2, batch=4, lengths=(1, 8), validation_words=4, seed=3)
    train(new_config(task("parity"), "lstm", {"width": 4}, training, []), folder)
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    """A copy of the trained run, to change at will."""
    return load_run(shutil.copytree(trained, tmp_path / "run"))


class ParityUntil(nn.Module):
    """Answers parity rightly until a word has read `errors` ones, and wrongly from then on; carries both."""

    def __init__(self, errors: int) -> None:
        super().__init__()
        self.errors = errors

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        before = torch.zeros(len(tokens), 1, dtype=torch.int64) if state is None else state["ones"]
        ones = tokens.cumsum(1) + before
        answers = torch.where(ones >= self.errors, 1 - ones % 2, ones % 2)
        return F.one_hot(answers, 2).float(), {"ones": ones[:, -1:]}


@pytest.fixture
def parity_until() -> type[ParityUntil]:
    return ParityUntil
