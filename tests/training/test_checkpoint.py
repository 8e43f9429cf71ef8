"""Weights and states on disk: exact, whole or absent, and one clear line where they are damaged."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

import krohn
from krohn.errors import DamagedFileError, RequestError
from krohn.training.checkpoint import fill, load_state, read_tensors, save_state, save_weights
from krohn.training.config import training_config
from krohn.training.loop import train
from krohn.training.run import load_run, new_config


def small(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def one_step(model: nn.Module, optimiser: Optimizer) -> None:
    optimiser.zero_grad()
    model(torch.arange(6.0).view(2, 3)).square().sum().backward()
    optimiser.step()


def trained_run(folder: Path) -> Path:
    training = training_config({"steps": 4, "batch": 4, "lengths": (1, 5), "validation_words": 8})
    train(new_config(krohn.task("parity"), "lstm", {"width": 4}, training, []), folder)
    return folder


def test_weights_go_round_bit_by_bit(tmp_path: Path) -> None:
    model, other = small(0), small(1)
    save_weights(tmp_path / "w.safetensors", model)
    fill(other, read_tensors(tmp_path / "w.safetensors"), tmp_path / "w.safetensors")
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
    # The same weights give the same bytes.
    save_weights(tmp_path / "again.safetensors", other)
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "w.safetensors").read_bytes()


@pytest.mark.parametrize(
    "make",
    [
        lambda model: AdamW(model.parameters(), lr=0.1, weight_decay=0.1),
        lambda model: SGD(model.parameters(), lr=0.01, momentum=0.9),
    ],
    ids=["adamw", "sgd"],
)
@pytest.mark.parametrize("steps", [0, 3])
def test_the_step_after_a_saved_state_is_the_same(
    tmp_path: Path, make: Callable[[nn.Module], Optimizer], steps: int
) -> None:
    model = small(0)
    optimiser = make(model)
    for _ in range(steps):
        one_step(model, optimiser)
    save_state(tmp_path / "s.safetensors", model, optimiser, steps)
    other = small(1)
    resumed = make(other)
    assert load_state(tmp_path / "s.safetensors", other, resumed) == steps
    before = [parameter.clone() for parameter in other.parameters()]
    one_step(model, optimiser)
    one_step(other, resumed)
    for old, a, b in zip(before, model.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(old, b)


@pytest.mark.parametrize(
    ("length", "why"),
    [
        (-1, "incomplete metadata, file not fully covered"),
        (20, "invalid header length"),
        (0, "header too small"),
    ],
)
def test_a_file_cut_short(tmp_path: Path, length: int, why: str) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, small(0))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamagedFileError) as caught:
        read_tensors(path)
    assert str(caught.value) == f"{path} is damaged: Error while deserializing: {why}"


def test_files_of_another_kind(tmp_path: Path) -> None:
    path, model = tmp_path / "w.safetensors", small(0)
    with pytest.raises(RequestError) as refused:
        read_tensors(path)
    assert str(refused.value) == f"no file {path}"
    save_weights(path, model)
    with pytest.raises(DamagedFileError) as caught:
        load_state(path, model, AdamW(model.parameters()))
    assert str(caught.value) == f"{path} is damaged: expected a training state, which holds a step"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda w: w.pop("2.bias"), "the model's 2.bias is missing"),
        (lambda w: w.update({"3.bias": torch.zeros(2)}), "the model has no 3.bias"),
        (lambda w: w.update({"2.bias": torch.zeros(3)}), "2.bias has shape (3,), expected (2,)"),
    ],
)
def test_weights_that_do_not_fit(
    tmp_path: Path, change: Callable[[dict[str, torch.Tensor]], object], why: str
) -> None:
    model = small(0)
    weights = {name: value + 1 for name, value in model.state_dict().items()}
    change(weights)
    with pytest.raises(DamagedFileError) as caught:
        fill(model, weights, tmp_path / "w")
    assert str(caught.value) == f"{tmp_path / 'w'} does not fit its config: {why}"
    # Refused before the first tensor is copied.
    for name, value in small(0).state_dict().items():
        assert torch.equal(model.state_dict()[name], value)


def test_the_command_says_one_line_and_exits_with_1(tmp_path: Path) -> None:
    run = trained_run(tmp_path / "run")
    weights = run / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    done = subprocess.run(
        [sys.executable, "-m", "krohn", "evaluate", str(run), "--lengths", "4", "--words", "2"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"krohn: {weights} is damaged: Error while deserializing: invalid header length"
    ]


def test_weights_of_another_width_do_not_fit_the_run(tmp_path: Path) -> None:
    run = trained_run(tmp_path / "run")
    config = run / "config.json"
    config.write_text(config.read_text().replace('"width": 4', '"width": 6'))
    with pytest.raises(DamagedFileError) as caught:
        load_run(run).model()
    path = run / "weights.safetensors"
    assert str(caught.value).startswith(f"{path} does not fit its config: ")
    assert " has shape (" in str(caught.value)
    assert str(caught.value).endswith(")")


# Python ignores SIGXFSZ, so that a write over the limit fails with an OSError, as on a full disk. The limit
# falls when the state of step 6 is written, after that of step 3, which is as large.
FULL_DISK = """
    import os, resource, sys
    from pathlib import Path
    from krohn.cli import main
    from krohn.training import loop

    kept = loop.save_state
    def save_state(path, model, optimiser, step, *more):
        if step == 6:
            limit = int(sys.argv[1])
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        kept(path, model, optimiser, step, *more)
    loop.save_state = save_state
    main(sys.argv[2:])
"""


def test_a_full_disk_while_a_state_is_written(tmp_path: Path) -> None:
    run = tmp_path / "run"
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(FULL_DISK))
    arguments = ["train", "parity", "--model", "lstm", "--set", "width=4", "--run", str(run), "--steps", "9"]
    arguments += ["--batch", "4", "--save-every", "3", "--validation-words", "8", "--json"]
    done = subprocess.run([sys.executable, str(script), "1000", *arguments], capture_output=True, text=True)
    state = run / "state.safetensors"
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines == [f"krohn: cannot write {state}: File too large; nothing was left half-written"]
    assert sorted(os.listdir(run)) == ["config.json", "metrics.jsonl", "state.safetensors"]
    # The state of the third step stays, and a training with room again goes on from it to the same end.
    assert int(read_tensors(state)["step"]) == 3
    config = load_run(run).config
    train(config, run, resume=True)
    train(config, tmp_path / "unbroken")
    whole = (tmp_path / "unbroken" / "weights.safetensors").read_bytes()
    assert (run / "weights.safetensors").read_bytes() == whole
