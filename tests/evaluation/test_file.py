"""evaluation.json: what stands in it, its published schema, and that it is whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import krohn
from krohn.errors import DamagedFileError, RequestError, StorageError
from krohn.evaluation.evaluate import evaluate, evaluate_run
from krohn.evaluation.results import Evaluation, read_evaluation
from krohn.training.run import Run

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/evaluation-v1.json").read_text())


PARTS = ("numba", "numpy", "torch")


def read(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run.folder / "evaluation.json").read_text())
    return found


def test_the_file_says_what_was_evaluated_and_how(run: Run) -> None:
    evaluate_run(run, [9, 3], ["fp32", "state=bf16"], words=7, seed=5)
    found = read(run)
    weights = (run.folder / "weights.safetensors").read_bytes()
    results, horizons = found.pop("results"), found.pop("horizons")
    more = {key: found.pop(key) for key in ("summaries", "leaks")}
    assert found == {
        "schema_version": 1,
        "krohn": krohn.__version__,
        "run": str(run.folder),
        "task": "parity",
        "task_version": 2,
        "convention": "krohn",
        "model": "lstm",
        "seed": 3,
        "test_seed": 5,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "device": "cpu",
        "decides": True,
        "backend": "cpu",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PARTS}},
        "words": 7,
        "adaptive": False,
        "chance": 0.5,
        "clock": [],
        "settings": {"width": 4},
        "drift": [],
        "crossing": None,
    }
    asked = ("parity", [9, 3], ["fp32", "state=bf16"])
    assert results == [vars(score) for score in evaluate(run.model(), *asked, words=7, seed=5)]
    # Seven words cannot show 0.99, however good they are.
    assert horizons == [
        {"precision": item, "threshold": 0.99, "horizon": None, "high": None}
        for item in ("fp32", "state=bf16")
    ]
    assert read_evaluation(run.folder).model_dump(mode="json") == {
        **found,
        "results": results,
        "horizons": horizons,
        **more,
    }


def test_the_published_schema_is_that_of_the_code_and_takes_the_file(run: Run) -> None:
    assert Evaluation.model_json_schema() == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)
    evaluate_run(run, [4], ["fp32"], words=2)
    validator, found = Draft202012Validator(SCHEMA), read(run)
    assert validator.is_valid(found)
    assert not validator.is_valid({**found, "schema_version": 2})
    assert not validator.is_valid({**found, "more": 1})
    assert not validator.is_valid({key: value for key, value in found.items() if key != "results"})
    assert not validator.is_valid({**found, "results": [{**found["results"][0], "correct": "all"}]})


def test_an_evaluation_takes_the_place_of_the_one_before(run: Run) -> None:
    evaluate_run(run, [4], ["fp32"], words=2)
    evaluate_run(run, [5], ["bf16"], words=3)
    assert [(row["precision"], row["length"], row["words"]) for row in read(run)["results"]] == [
        ("bf16", 5, 3)
    ]


@pytest.mark.parametrize("asked", [([0], ["fp32"]), ([4], ["fp8"])])
def test_a_refused_evaluation_leaves_the_one_before(run: Run, asked: tuple[list[int], list[str]]) -> None:
    evaluate_run(run, [4], ["fp32"], words=2)
    before = (run.folder / "evaluation.json").read_bytes()
    with pytest.raises(RequestError):
        evaluate_run(run, *asked)
    assert (run.folder / "evaluation.json").read_bytes() == before


def test_a_file_that_cannot_be_written_leaves_the_one_before(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate_run(run, [4], ["fp32"], words=2)
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for call in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            with pytest.raises(StorageError) as caught:
                evaluate_run(run, [5], ["fp32"], words=2)
        assert str(caught.value) == (
            f"cannot write {run.folder / 'evaluation.partial.json'}: No space left on device; "
            "nothing was left half-written"
        )
        assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"correct": 9}, "results.0: expected 0 <= correct <= total, total above 0"),
        ({"words_correct": 3}, "results.0: expected 0 <= words_correct <= words <= total"),
        ({"words": 9}, "results.0: expected 0 <= words_correct <= words <= total"),
        # By Cauchy-Schwarz two words with 4 right labels have squares of at least 8, and of at most 4 · 4.
        ({"correct": 4, "squares": 7}, "results.0: squares cannot belong to these counts"),
        ({"correct": 4, "squares": 17}, "results.0: squares cannot belong to these counts"),
        (
            {"length": "long"},
            "results.0.length: Input should be a valid integer, unable to parse string as an integer",
        ),
    ],
)
def test_counts_that_cannot_be_are_damage(run: Run, changes: dict[str, Any], message: str) -> None:
    evaluate_run(run, [4], ["fp32"], words=2)
    found = read(run)
    found["results"][0] |= {"correct": 4, "words_correct": 0, "squares": 8} | changes
    path = run.folder / "evaluation.json"
    path.write_text(json.dumps(found))
    with pytest.raises(DamagedFileError) as caught:
        read_evaluation(run.folder)
    assert str(caught.value) == f"{path} is damaged: {message}"


def test_what_is_no_json_is_damage(run: Run) -> None:
    path = run.folder / "evaluation.json"
    path.write_text('{"schema_version": 1, ')
    with pytest.raises(DamagedFileError) as caught:
        read_evaluation(run.folder)
    assert str(caught.value).startswith(f"{path} is damaged: not a JSON document (")
