"""The config of a training: defaults, bounds, and what is said of a wrong value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import krohn
from krohn.errors import DamagedFileError, RequestError
from krohn.models.registry import MODELS
from krohn.training.config import TrainingConfig, training_config
from krohn.training.run import load_run, new_config

AT_LEAST_1 = "expected at least 1"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stepz": 1}, "unknown training key 'stepz'; did you mean 'steps'?"),
        ({"qqqq": 1}, "unknown training key 'qqqq'"),
        ({"steps": 0}, f"training key steps is 0: {AT_LEAST_1}"),
        (
            {"steps": 1.5},
            "training key steps is 1.5: expected a valid integer, got a number with a fractional part",
        ),
        (
            {"steps": "x"},
            "training key steps is 'x': expected a valid integer, unable to parse string as an integer",
        ),
        ({"batch": 0}, f"training key batch is 0: {AT_LEAST_1}"),
        ({"lengths": (9, 3)}, "training key lengths is (9, 3): expected LO-HI with 1 <= LO <= HI"),
        ({"lengths": (0, 4)}, f"training key lengths (LO) is 0: {AT_LEAST_1}"),
        (
            {"optimiser": "adm"},
            "training key optimiser is 'adm': expected 'adamw', 'adam' or 'sgd'",
        ),
        ({"lr": 0}, "training key lr is 0: expected more than 0"),
        ({"lr": float("nan")}, "training key lr is nan: expected a finite number"),
        ({"lr": float("inf")}, "training key lr is inf: expected a finite number"),
        ({"weight_decay": -1}, "training key weight_decay is -1: expected at least 0"),
        ({"warmup": 1.5}, "training key warmup is 1.5: expected at most 1"),
        ({"clip": 0}, "training key clip is 0: expected more than 0"),
        ({"label_smoothing": 1}, "training key label_smoothing is 1: expected less than 1"),
        ({"curriculum": (0, 0.5)}, f"training key curriculum (START) is 0: {AT_LEAST_1}"),
        (
            {"curriculum": (2, 1.5)},
            "training key curriculum (FRACTION) is 1.5: expected at most 1",
        ),
        (
            {"curriculum": (2, "mastery", 1.5)},
            "training key curriculum (THRESHOLD) is 1.5: expected at most 1",
        ),
        (
            {"curriculum": (2, "mystery", 0.9)},
            "training key curriculum (FRACTION) is 'mystery': expected 'mastery'",
        ),
        ({"seed": -1}, "training key seed is -1: expected at least 0"),
        (
            {"seed": 2**64},
            f"training key seed is {2**64}: expected less than {2**64}",
        ),
        ({"threads": 0}, f"training key threads is 0: {AT_LEAST_1}"),
    ],
)
def test_wrong_values(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        training_config(settings)
    assert str(caught.value) == message
    assert caught.value.exit_status == 2


def test_the_bounds_themselves_are_allowed() -> None:
    config = training_config(
        {
            "steps": 1,
            "lengths": [3, 3],
            "warmup": 1,
            "weight_decay": 0,
            "seed": 2**64 - 1,
            "curriculum": [1, 1],
        }
    )
    assert (config.lengths, config.curriculum, config.seed) == ((3, 3), (1, 1.0), 2**64 - 1)
    assert training_config({}) == TrainingConfig()
    with pytest.raises(ValidationError, match="Instance is frozen"):
        config.steps = 2


def test_the_config_of_a_run_holds_the_defaults_and_goes_round() -> None:
    config = new_config(krohn.task("word:S3"), "lstm", {"width": "24"}, training_config({"steps": 5}), [])
    assert (config.krohn, config.task, config.task_version) == (krohn.__version__, "word:S3", 2)
    assert (config.inputs, config.outputs) == (6, 6)
    assert config.settings == {"width": 24, "layers": "l", "norm": True}
    assert config.training is not None
    assert config.training.batch == 128
    assert type(config).model_validate_json(config.model_dump_json()) == config


def test_models_that_are_wrong() -> None:
    parity, training = krohn.task("parity"), training_config({})
    known = ", ".join(sorted(MODELS))
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("lstmm", {}, f"unknown model 'lstmm': expected one of {known}; did you mean 'lstm'?"),
        (
            "lstm",
            {"widht": 3},
            "model 'lstm' has no key 'widht': expected one of width, layers, norm; did you mean 'width'?",
        ),
        (
            "lstm",
            {"width": "x"},
            "model 'lstm': width is 'x': input should be a valid integer, unable to parse string as an integer",
        ),
    ]
    for model, settings, message in wrong:
        with pytest.raises(RequestError) as caught:
            new_config(parity, model, settings, training, [])
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "krohn: field required"),
        ("[]", "input should be a valid dictionary or instance of runconfig"),
        ('{"krohn": "0.1.0"', "not a JSON document (Expecting ',' delimiter: line 1 column 18 (char 17))"),
    ],
)
def test_a_damaged_config(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(DamagedFileError) as caught:
        load_run(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'config.json'} is damaged: {why}"


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        load_run(tmp_path)
    assert str(caught.value) == f"{tmp_path} is no run: expected a folder with config.json"
