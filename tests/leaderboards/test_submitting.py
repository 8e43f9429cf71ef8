"""Submitting a run: what a claim holds, and which runs are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from safetensors.numpy import load_file, save_file

from krohn.errors import DamagedFileError, RequestError, StorageError
from krohn.leaderboards import board as module
from krohn.leaderboards.board import claims, submit
from krohn.leaderboards.claim import Claim

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/claim-v1.json").read_text())


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_claim_holds_what_the_run_says(run: Path, tmp_path: Path) -> None:
    claim = submit(run, tmp_path / "board")
    folder = tmp_path / "board" / "submissions" / claim.id
    copied = ["config.json", "evaluation.json", "weights.safetensors"]
    assert sorted(path.name for path in folder.iterdir()) == ["claim.json", *copied]
    for name in copied:
        assert (folder / name).read_bytes() == (run / name).read_bytes()
    found = json.loads((folder / "claim.json").read_text())
    config, evaluation = (json.loads((run / name).read_text()) for name in copied[:2])
    shared = ("krohn", "task", "task_version", "convention", "model", "settings", "training")
    assert {key: found[key] for key in shared} == {key: config[key] for key in shared}
    for key in ("results", "test_seed", "weights_sha256"):
        assert found[key] == evaluation[key]
    weights = load_file(run / "weights.safetensors")
    assert found["parameters"] == sum(tensor.size for tensor in weights.values())
    assert (found["suite"], found["track"], found["schema_version"]) == ("open-v1", "learned", 1)


def test_the_id_is_the_hash_of_the_rest(run: Path, tmp_path: Path) -> None:
    claim = submit(run, tmp_path / "board")
    rest = json.loads((tmp_path / "board" / "submissions" / claim.id / "claim.json").read_text())
    given = rest.pop("id")
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    assert given == claim.id == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_published_schema_is_that_of_the_code_and_takes_the_file(run: Path, tmp_path: Path) -> None:
    assert Claim.model_json_schema() == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)
    claim = submit(run, tmp_path / "board")
    validator = Draft202012Validator(SCHEMA)
    found = json.loads((tmp_path / "board" / "submissions" / claim.id / "claim.json").read_text())
    assert validator.is_valid(found)
    assert not validator.is_valid({**found, "suite": "open-v2"})
    assert not validator.is_valid({**found, "script": "run me"})
    assert not validator.is_valid({**found, "training": {**found["training"], "steps": 0}})
    assert not validator.is_valid({key: value for key, value in found.items() if key != "id"})


def test_a_second_submission_is_refused(run: Path, tmp_path: Path) -> None:
    claim = submit(run, tmp_path / "board")
    before = everything_in(tmp_path / "board")
    with pytest.raises(RequestError) as caught:
        submit(run, tmp_path / "board")
    assert str(caught.value) == (
        f"{run} is on the board already, as {claim.id}: expected a run that was not submitted"
    )
    assert everything_in(tmp_path / "board") == before


def test_a_run_that_was_not_evaluated_is_refused(run: Path, tmp_path: Path) -> None:
    (run / "evaluation.json").unlink()
    with pytest.raises(RequestError) as caught:
        submit(run, tmp_path / "board")
    assert str(caught.value) == (
        f"{run} has no evaluation.json yet: expected an evaluated run (krohn evaluate {run})"
    )
    assert not (tmp_path / "board").exists()


def test_weights_that_changed_since_are_refused(run: Path, tmp_path: Path) -> None:
    weights = load_file(run / "weights.safetensors")
    save_file({name: tensor * 2 for name, tensor in weights.items()}, run / "weights.safetensors")
    with pytest.raises(RequestError) as caught:
        submit(run, tmp_path / "board")
    assert str(caught.value) == (
        f"{run} was evaluated with other weights: evaluate it again (krohn evaluate {run})"
    )
    assert not (tmp_path / "board").exists()


def test_a_submission_that_fails_halfway_leaves_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.shutil, "copyfile", full)
    with pytest.raises(StorageError, match=r"No space left on device; nothing was left half-written$"):
        submit(run, tmp_path / "board")
    assert everything_in(tmp_path / "board") == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [("parameters", 1), ("model", "mamba"), ("test_seed", 6), ("settings", {}), ("krohn", "9.9.9")],
)
def test_a_claim_that_was_changed_is_damaged(run: Path, tmp_path: Path, key: str, value: Any) -> None:
    claim = submit(run, tmp_path / "board")
    path = tmp_path / "board" / "submissions" / claim.id / "claim.json"
    content = {**json.loads(path.read_text()), key: value}
    path.write_text(json.dumps(content))
    rest = {name: part for name, part in content.items() if name != "id"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    other = hashlib.sha256(text.encode()).hexdigest()[:16]
    with pytest.raises(DamagedFileError) as caught:
        claims(tmp_path / "board")
    assert str(caught.value) == f"{path} is damaged: its id is {claim.id}, its content gives {other}"


def test_counts_that_cannot_be_are_damaged(run: Path, tmp_path: Path) -> None:
    claim = submit(run, tmp_path / "board")
    path = tmp_path / "board" / "submissions" / claim.id / "claim.json"
    content = json.loads(path.read_text())
    content["results"][1]["correct"] = content["results"][1]["total"] + 1
    path.write_text(json.dumps(content))
    with pytest.raises(DamagedFileError) as caught:
        claims(tmp_path / "board")
    expected = f"{path} is damaged: results.1: expected 0 <= correct <= total, total above 0"
    assert str(caught.value) == expected


def test_what_is_no_board(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        claims(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no board: expected a folder with submissions/ (krohn submit RUN --board DIR)"
    )
