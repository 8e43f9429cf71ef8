"""The loop: what a training leaves on disk, what stops it, and what it refuses."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import krohn
from krohn.cli import main
from krohn.errors import DamagedFileError, RequestError, TrainingError
from krohn.models.registry import MODELS
from krohn.training.checkpoint import read_tensors
from krohn.training.config import RunConfig, training_config
from krohn.training.loop import train
from krohn.training.run import load_run, new_config
from krohn.user_code import UserCode, load_user_code

SMALL = {"steps": 12, "batch": 8, "lengths": (1, 6), "validation_words": 20, "save_every": 5, "log_every": 4}


def request(task: str = "parity", model: str = "lstm", width: int = 8, **keys: Any) -> RunConfig:
    return new_config(krohn.task(task), model, {"width": width}, training_config({**SMALL, **keys}), [])


def metrics_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_an_lstm_learns_parity(tmp_path: Path) -> None:
    losses = []
    config = request(width=16, steps=300, batch=64, lr=0.02, log_every=100)
    result = train(config, tmp_path / "run", watch=lambda step, loss: losses.append(loss))
    # At the start it knows nothing: log 2 a label, about. At the end it errs on less than one in a hundred.
    assert len(losses) == 300
    assert sum(losses[:5]) / 5 > 0.6
    assert sum(losses[-5:]) / 5 < 0.1
    assert result["validation"]["correct"] > 0.99 * result["validation"]["total"]


def test_each_step_learns_from_the_batch_of_its_number(tmp_path: Path) -> None:
    # With steps too small to change a weight, every loss is the fresh model's on words of the train stream.
    losses = []
    config = request(lr=1e-30, seed=9, curriculum=(2, 1.0))
    train(config, tmp_path / "run", watch=lambda step, loss: losses.append((step, loss)))
    model = load_run(tmp_path / "run").new_model()
    words = krohn.stream("parity", batch=8, lengths=(1, 6), seed=9)
    for step, loss in losses:
        batch = words.at(step - 1, longest=2 + (step - 1) // 3)  # from 2 to 6 in 12 steps
        logits = model(batch.inputs)[0]
        known = batch.labels != -100
        surprise = -logits.log_softmax(-1)[known, batch.labels[known]].mean().item()
        assert loss == pytest.approx(surprise, rel=1e-4)
    assert [step for step, _ in losses] == list(range(1, 13))
    assert len({loss for _, loss in losses}) == 12


def test_one_step_is_clipped_and_decays_linear_maps_only(tmp_path: Path) -> None:
    # Plain gradient descent moves by lr times the gradient, which is cut to the norm of `clip`.
    once: dict[str, Any] = {"steps": 1, "optimiser": "sgd", "lr": 0.5, "warmup": 0}
    train(request(**once, clip=0.01), tmp_path / "clipped")
    run = load_run(tmp_path / "clipped")
    before, after = run.new_model().state_dict(), run.model().state_dict()
    moved = sum(float((after[name] - before[name]).double().square().sum()) for name in before) ** 0.5
    assert moved == pytest.approx(0.5 * 0.01, rel=1e-3)
    # With hardly any gradient, only weight decay is left: 0.5 * 0.2 of a linear map's weight.
    train(request(**once, clip=1e-12, weight_decay=0.2), tmp_path / "decayed")
    run = load_run(tmp_path / "decayed")
    model, after = run.new_model(), run.model().state_dict()
    linear = {f"{name}.weight" for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    assert linear
    for name, value in model.state_dict().items():
        torch.testing.assert_close(after[name], 0.9 * value if name in linear else value)


def test_threads_are_those_of_the_config_and_then_as_before(tmp_path: Path) -> None:
    before, seen = torch.get_num_threads(), set()
    train(request(threads=before + 1), tmp_path / "run", watch=lambda *_: seen.add(torch.get_num_threads()))
    assert seen == {before + 1}
    assert torch.get_num_threads() == before


def test_a_seed_gives_the_same_weights_again(tmp_path: Path) -> None:
    hashes = [
        train(request(seed=seed), tmp_path / name)["weights_sha256"]
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("task", ["parity", "parity-final"])
@pytest.mark.parametrize(("batch", "words"), [(8, 20), (8, 3), (7, 21)])
def test_validation_counts_labels_of_words_of_its_own(
    tmp_path: Path, task: str, batch: int, words: int
) -> None:
    result = train(request(task, batch=batch, validation_words=words), tmp_path / "run")
    model = load_run(tmp_path / "run").model()
    stream = krohn.stream(task, batch=1, lengths=(1, 6), seed=0, split="validation")
    correct = total = 0
    for i in range(words):
        word = stream.at(i)
        answers = model(word.inputs)[0].argmax(-1)[0].tolist()
        for answer, label in zip(answers, word.labels[0].tolist(), strict=True):
            total += label != -100
            correct += label == answer
    assert result["validation"] == {"correct": correct, "total": total}


def test_metrics_and_checkpoints_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    arguments = ["train", "parity", "--model", "lstm", "--set", "width=8", "--run", str(run), "--lr", "0.5"]
    arguments += ["--steps", "22", "--warmup", "0", "--log-every", "8", "--validate-every", "10"]
    arguments += ["--validation-words", "9", "--batch", "4", "--checkpoints", "every:7", "--json"]
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    result = json.loads(capsys.readouterr().out)
    assert json.loads((run / "result.json").read_text()) == result
    # Every 8th step, every 10th for its validation, and the last.
    rows = metrics_of(run)
    assert [row["step"] for row in rows] == [8, 10, 16, 20, 22]
    assert [row["step"] for row in rows if "validation" in row] == [10, 20]
    for row in rows:
        assert row["lr"] == pytest.approx(0.25 * (1 + math.cos(math.pi * (row["step"] - 1) / 22)))
        assert math.isfinite(row["loss"])
    assert [row["seconds"] for row in rows] == sorted(row["seconds"] for row in rows)
    kept = [f"step-000000{step:02d}.safetensors" for step in (7, 14, 21)]
    assert sorted(os.listdir(run / "checkpoints")) == kept
    first, last = (read_tensors(run / "checkpoints" / name) for name in (kept[0], kept[2]))
    assert first.keys() == last.keys() == load_run(run).model().state_dict().keys()
    assert not all(torch.equal(first[name], last[name]) for name in first)
    assert not list(run.rglob("*.partial"))


USERS_MODEL = """
import torch
from torch import nn
import krohn

@krohn.register_model("users-own")
class Own(nn.Module):
    def __init__(self, inputs: int, outputs: int, fails: str = "never"):
        super().__init__()
        self.table = nn.Embedding(inputs, outputs)
        self.zero = nn.Parameter(torch.zeros(()))
        self.fails = fails
        self.calls = 0

    def forward(self, tokens):
        self.calls += self.training
        logits = self.table(tokens)
        if self.calls == 8 and self.fails == "loss":
            logits = logits * float("nan")
        if self.calls == 8 and self.fails == "gradient":  # the root's slope at zero is infinite
            logits = logits + self.zero.square().sqrt() * torch.tensor([1.0, 0.0])
        return logits
"""


@pytest.fixture
def code(tmp_path: Path) -> Iterator[UserCode]:
    (tmp_path / "own.py").write_text(USERS_MODEL)
    yield load_user_code(str(tmp_path / "own.py"))
    MODELS.pop("users-own", None)


def own(code: UserCode, fails: str = "never") -> RunConfig:
    training = training_config({**SMALL, "save_every": 3, "keep_every": 2, "log_every": 1})
    return new_config(krohn.task("parity"), "users-own", {"fails": fails}, training, [code])


@pytest.mark.parametrize("fails", ["loss", "gradient"])
def test_a_training_stops_where_a_number_is_lost(tmp_path: Path, code: UserCode, fails: str) -> None:
    run = tmp_path / "run"
    with pytest.raises(TrainingError) as caught:
        train(own(code, fails), run)
    assert str(caught.value) == (
        f"the {fails} is nan at step 8: the state of step 6 stays in {run}; lower lr (0.01) or clip"
    )
    assert caught.value.exit_status == 1
    state = read_tensors(run / "state.safetensors")
    assert int(state["step"]) == 6
    assert all(tensor.isfinite().all() for tensor in state.values())
    assert sorted(os.listdir(run / "checkpoints")) == [f"step-0000000{k}.safetensors" for k in (2, 4, 6)]
    assert [row["step"] for row in metrics_of(run)] == list(range(1, 8))
    # The state is good: the fresh model of a resumed training counts from zero and gets to the end.
    train(own(code, fails), run, resume=True)
    assert [row["step"] for row in metrics_of(run)] == list(range(1, 13))


def test_a_run_of_a_users_model_asks_for_the_file(
    tmp_path: Path, code: UserCode, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    train(own(code), run)
    model = MODELS.pop("users-own")  # as in a process that did not import it
    asked = f"{run} needs a file of yours, which Krohn never runs by itself: add --import {code.path}"
    with pytest.raises(RequestError) as caught:
        load_run(run)
    assert str(caught.value) == asked
    monkeypatch.delenv("KROHN_IMPORT", raising=False)
    for arguments in (
        ["train", "parity", "--model", "users-own", "--run", str(run), "--resume"],
        ["evaluate", str(run), "--lengths", "4"],
    ):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 2
        assert capsys.readouterr().err == f"krohn: {asked}\n"
    MODELS["users-own"] = model
    assert load_run(run).config.imports == [{"path": code.path, "sha256": code.sha256}]


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(RequestError) as caught:
        train(request(), tmp_path / "run")
    assert str(caught.value) == f"{tmp_path / 'run'} exists already: expected a folder name that is free"
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"lr": 0.5}, "lr = 0.01, not 0.5"),
        ({"steps": 13}, "steps = 12, not 13"),
        ({"seed": 1}, "seed = 0, not 1"),
        ({"lengths": (1, 7)}, "lengths = [1, 6], not [1, 7]"),
        ({"width": 9}, "--set width = 8, not 9"),
        ({"model": "mamba"}, "model = 'lstm', not 'mamba'"),
        ({"task": "count:2"}, "task = 'parity', not 'count:2'"),
    ],
)
def test_a_resumed_training_keeps_its_config(tmp_path: Path, changed: dict[str, Any], what: str) -> None:
    run = tmp_path / "run"
    train(request(), run)
    before = {path: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(RequestError) as caught:
        train(request(**changed), run, resume=True)
    assert str(caught.value) == f"{run} was trained with {what}: a resumed training keeps its config"
    assert {path: path.read_bytes() for path in run.iterdir()} == before


def test_what_a_kill_left_half_written_goes(tmp_path: Path) -> None:
    run = tmp_path / "run"
    before = train(request(keep_every=6), run)["weights_sha256"]
    names = sorted(path.name for path in run.rglob("*"))
    (run / ".state.safetensors.123.partial").write_bytes(b"half")
    (run / "checkpoints" / ".step-00000006.safetensors.123.partial").write_bytes(b"half")
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 12, "lo')
    assert train(request(keep_every=6), run, resume=True)["weights_sha256"] == before
    assert sorted(path.name for path in run.rglob("*")) == names
    assert [row["step"] for row in metrics_of(run)] == [4, 8, 12]


def test_runs_that_cannot_go_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(RequestError) as refused:
        train(request(), run, resume=True)
    assert str(refused.value) == f"{run} is no run: expected a folder with config.json"
    train(request(), run)
    (run / "weights.safetensors").unlink()
    with pytest.raises(RequestError) as refused:
        load_run(run).model()
    assert str(refused.value) == f"{run} has no weights yet: expected a finished training (--resume goes on)"
    (run / "metrics.jsonl").unlink()
    with pytest.raises(DamagedFileError) as caught:
        train(request(), run, resume=True)
    assert str(caught.value) == f"{run} is damaged: metrics.jsonl is missing"
    config = run / "config.json"
    config.write_text(config.read_text().replace('"task_version": 2', '"task_version": 7'))
    with pytest.raises(RequestError) as refused:
        load_run(run).task  # noqa: B018
    assert str(refused.value) == (
        f"{run} was trained on parity version 7: expected version 2, the one that this Krohn makes"
    )
