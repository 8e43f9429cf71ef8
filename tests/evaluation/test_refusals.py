"""What evaluation refuses, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from krohn.errors import DamagedFileError, RequestError
from krohn.evaluation.evaluate import evaluate, evaluate_run
from krohn.evaluation.precision import parse_item
from krohn.evaluation.results import read_evaluation
from krohn.training.run import Run, load_run

ONE = "expected one of bf16, e4m3, e5m2, eEmM, fp16, fp32, fp64, qI.F, tf32"
TARGETS = "expected one of activations, phase, state, weights"
EVERY = "FORMAT one of fp64, fp32, tf32, bf16, fp16, e4m3, e5m2, eEmM, qI.F"
ORDERS = "expected sequential, chunked:C or parallel:C, C at least 1"
NUMBER = "expected a whole number of at least 1"


class Whole(nn.Module):
    def forward(self, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, 2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lengths": [40, 0]}, f"length is 0: {NUMBER}"),
        ({"lengths": [-3]}, f"length is -3: {NUMBER}"),
        ({"words": 0}, f"words is 0: {NUMBER}"),
        ({"batch": -1}, f"batch is -1: {NUMBER}"),
        ({"seed": -1}, "seed is -1: expected a whole number of at least 0"),
        ({"lengths": []}, "nothing to evaluate: expected at least one length and one precision"),
        ({"precision": []}, "nothing to evaluate: expected at least one length and one precision"),
        (
            {"precision": ["fp32", "fp166"]},
            f"unknown precision 'fp166': {ONE}; did you mean 'fp16'?",
        ),
        (
            {"precision": ["bf16"]},
            "precision 'bf16': this model carries no state to round: "
            "expected forward(tokens, state=None) -> (logits, state), or one of fp32, fp64",
        ),
    ],
)
def test_requests_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        evaluate(**{"model": Whole(), "task": "parity", "lengths": [4], "words": 2, **changed})
    assert str(caught.value) == message


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"^unknown task 'parrity': .*; did you mean 'parity'\?$"):
        evaluate(Whole(), "parrity", [4])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "fp33",
            f"unknown precision 'fp33': {ONE}; did you mean 'fp32'?",
        ),
        ("", f"unknown precision '': {ONE}"),
        (
            "FP32",
            f"unknown precision 'FP32': {ONE}; did you mean 'fp32'?",
        ),
        (
            "state=bf61",
            f"unknown precision in 'state=bf61': 'bf61': {ONE}; did you mean 'bf16'?",
        ),
        (
            "weight=bf16",
            f"unknown target in precision 'weight=bf16': 'weight': {TARGETS}; did you mean 'weights'?",
        ),
        (
            "=bf16",
            f"unknown target in precision '=bf16': '': {TARGETS}",
        ),
        ("bf16+state=fp16", "precision 'bf16+state=fp16' gives state twice: expected every target once"),
        ("phase=bf16", "precision 'phase=bf16': expected phase=turn/Q"),
        ("weights=turn/8", f"precision 'weights=turn/8': expected weights=FORMAT, {EVERY}"),
        ("e0m0", "number format 'e0m0': expected eEmM with E from 2 to 11 and M from 1 to 52"),
    ],
)
def test_unknown_precisions(text: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_item(text)
    assert str(caught.value) == message


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        load_run(tmp_path)
    assert str(caught.value) == f"{tmp_path} is no run: expected a folder with config.json"


def test_a_run_without_weights(run: Run) -> None:
    (run.folder / "weights.safetensors").unlink()
    with pytest.raises(RequestError) as caught:
        evaluate_run(run, [4], ["fp32"])
    expected = f"{run.folder} has no weights yet: expected a finished training (--resume goes on)"
    assert str(caught.value) == expected
    assert not (run.folder / "evaluation.json").exists()


def test_weights_that_are_cut_short(run: Run) -> None:
    weights = run.folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(DamagedFileError) as caught:
        evaluate_run(run, [4], ["fp32"])
    assert str(caught.value).startswith(f"{weights} is damaged: ")
    assert "\n" not in str(caught.value)


def test_a_run_that_was_not_evaluated(run: Run) -> None:
    with pytest.raises(RequestError) as caught:
        read_evaluation(run.folder)
    expected = (
        f"{run.folder} has no evaluation.json yet: expected an evaluated run (krohn evaluate {run.folder})"
    )
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"precision": ["phase=turn/8"]},
            "precision 'phase=turn/8': this model has no phases: expected a model with unitary layers, such as aussm",
        ),
        ({"order": "parallel"}, f"order 'parallel': {ORDERS}"),
        ({"order": "chunked:0"}, f"order 'chunked:0': {ORDERS}"),
        (
            {"order": "parallel:8", "precision": ["fp32", "bf16"]},
            "precision 'bf16' in order parallel:8: this model's steps cannot be composed in a tree: expected layers "
            "with a diagonal linear recurrence, such as aussm, lru, mamba or s4d, or another order",
        ),
        (
            {"rounding": "nearer"},
            "unknown rounding mode 'nearer': expected one of nearest, stochastic, zero; did you mean 'nearest'?",
        ),
        (
            {"precision": ["state=e8m9..3"]},
            "precision 'state=e8m9..3': expected a range LO..HI with LO <= HI <= LO + 64",
        ),
        ({"piece": 0}, f"piece is 0: {NUMBER}"),
    ],
)
def test_what_a_run_cannot_be_asked(run: Run, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        evaluate_run(run, [4], **{"precision": ["fp32"], "words": 2, **asked})
    assert str(caught.value) == message
    assert not (run.folder / "evaluation.json").exists()


def test_a_model_without_a_finite_logit() -> None:
    class NotANumber(Whole):
        def forward(self, tokens: Tensor) -> Tensor:
            return super().forward(tokens) * torch.nan

    with pytest.raises(RequestError) as caught:
        evaluate(NotANumber(), "parity", [4], words=2)
    expected = "this model gives no finite logit on a test word: expected numbers; were its weights trained?"
    assert str(caught.value) == f"precision 'fp32': {expected}"
