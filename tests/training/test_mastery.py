"""The curriculum by mastery: when it grows, and that it is a part of the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import krohn
from krohn.errors import DamagedFileError
from krohn.training.checkpoint import load_state, read_tensors, save_state
from krohn.training.config import RunConfig, TrainingConfig
from krohn.training.loop import train
from krohn.training.mastery import WORDS, Mastery

Small = Callable[..., RunConfig]


def mastery(task: str = "parity", threshold: float = 0.9, begin: int = 2, high: int = 4) -> Mastery:
    words = krohn.stream(task, batch=WORDS, lengths=(1, high))
    return Mastery(words, TrainingConfig(lengths=(1, high), curriculum=(begin, "mastery", threshold)))


def test_it_grows_by_one_when_enough_words_are_right_and_never_past_the_end() -> None:
    found = mastery()
    found.take(torch.tensor([100, 100, WORDS - 1]))
    assert found.longest == 2  # all right, but too few
    found.take(torch.tensor([1, 2, 1]))
    assert found.state.tolist() == [3, 0, 0, 0]
    found.take(torch.tensor([89, 100, WORDS]))
    assert found.state.tolist() == [3, 0, 0, 0]  # tried, and not mastered
    found.take(torch.tensor([90, 100, WORDS]))
    found.take(torch.tensor([100, 100, WORDS]))
    assert found.longest == 4


def test_words_of_the_longest_length_alone_are_counted() -> None:
    found = mastery(begin=3)
    batch = found.words.at(0, found.longest)
    logits = torch.nn.functional.one_hot(batch.labels.clamp(min=0), 2).float()
    right, known, words = found.counts(logits, batch).tolist()
    assert words == int((batch.lengths == 3).sum()) > 0
    assert right == known == 3 * words
    wrong = torch.where((batch.lengths == 3)[:, None, None], -logits, logits)
    assert found.counts(wrong, batch).tolist() == [0, known, words]


def test_where_a_task_lacks_a_length_the_next_below_is_counted() -> None:
    found = mastery("dyck:1:2", begin=2, high=8)
    shortest = found.words.shortest
    longest = [int(n) for n in found.words.task.lengths(1, 8)]
    assert found.longest == max(2, shortest)
    found.state[0] = longest[-1]
    batch = found.words.at(0, found.longest)
    count = int(found.counts(torch.zeros(*batch.labels.shape[:2], 2), batch)[2])
    assert count == int((batch.lengths == longest[-1]).sum()) > 0


def test_a_training_grows_its_words_and_goes_on_from_a_kill_bit_by_bit(tmp_path: Path, small: Small) -> None:
    config = small(steps=60, batch=64, curriculum=(2, "mastery", 0.4), log_every=1)
    expected = train(config, tmp_path / "unbroken")
    metrics = tmp_path / "unbroken" / "metrics.jsonl"
    grown = [json.loads(line)["longest"] for line in metrics.read_text().splitlines()]
    assert grown == sorted(grown)
    assert (grown[0], grown[-1]) == (2, 6)  # guessing is right half the time

    def stop(step: int, loss: float) -> None:
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "killed", watch=stop)
    assert int(read_tensors(tmp_path / "killed" / "state.safetensors")["more.mastery"][0]) == grown[4]
    assert train(config, tmp_path / "killed", resume=True)["weights_sha256"] == expected["weights_sha256"]


def test_a_state_without_the_curriculums_is_damaged(tmp_path: Path) -> None:
    model = torch.nn.Linear(1, 1)
    optimiser = torch.optim.SGD(model.parameters())
    save_state(tmp_path / "state", model, optimiser, 3)
    with pytest.raises(DamagedFileError) as caught:
        load_state(tmp_path / "state", model, optimiser, {"mastery": torch.zeros(4)})
    assert str(caught.value) == f"{tmp_path / 'state'} is damaged: mastery is missing"
