"""Submitting runs: what a claim holds, what is written, and which runs are refused."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from safetensors.numpy import load_file, save_file

from krohn.errors import DamagedFileError, RequestError, StorageError
from krohn.leaderboards import submission as module
from krohn.leaderboards.checking import check
from krohn.leaderboards.entries import rows
from krohn.leaderboards.packing import pack
from krohn.leaderboards.records import Claim, Declarations
from krohn.leaderboards.season import season_of
from krohn.leaderboards.submission import refuse_what_is_no_board, submit
from krohn.leaderboards.verification import verify

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/claim-v1.json").read_text())


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_a_claim_holds_what_the_run_says(near: None, run: Path, tmp_path: Path) -> None:
    (packed,) = pack([run], declarations=Declarations(tuned_trials=3, licence="MIT"))
    record = submit(packed, tmp_path / "board")
    claim = packed.claim
    assert (record.number, record.content) == (2, claim)
    folder = tmp_path / "board" / "submissions" / claim.id
    copied = ["config.json", "weights.safetensors"]
    assert sorted(everything_in(folder)) == ["card.md", "claim.json", *(f"run-001/{name}" for name in copied)]
    for name in copied:
        assert (folder / "run-001" / name).read_bytes() == (run / name).read_bytes()
    found = json.loads((folder / "claim.json").read_text())
    config, evaluation = (json.loads((run / name).read_text()) for name in ("config.json", "evaluation.json"))
    assert {key: found[key] for key in ("model", "settings")} == {k: config[k] for k in ("model", "settings")}
    (claimed,) = found["runs"]
    for key in ("task", "task_version", "convention", "training"):
        assert claimed[key] == config[key]
    for key in ("results", "test_seed", "weights_sha256", "seed"):
        assert claimed[key] == evaluation[key]
    for key, name in (("config_sha256", "config.json"), ("weights_sha256", "weights.safetensors")):
        assert claimed[key] == hashlib.sha256((run / name).read_bytes()).hexdigest()
    weights = load_file(run / "weights.safetensors")
    assert claimed["parameters"] == sum(tensor.size for tensor in weights.values())
    assert claimed["environment"]["torch"] == evaluation["versions"]["torch"]
    assert (found["suite"], found["track"], found["schema_version"]) == ("open-v1", "learned", 1)
    assert (found["declarations"]["tuned_trials"], found["declarations"]["external_data"]) == (3, None)
    assert check(tmp_path / "board").wrong == []
    (entry,) = rows(tmp_path / "board")
    assert (entry.claim, entry.tier) == (claim, "claimed")


def test_the_id_is_the_hash_of_the_rest(near: None, run: Path) -> None:
    (packed,) = pack([run])
    rest = packed.claim.model_dump(mode="json")
    given = rest.pop("id")
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert given == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_published_schema_is_that_of_the_code_and_takes_the_claim(near: None, run: Path) -> None:
    assert Claim.model_json_schema() == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    (packed,) = pack([run])
    found = packed.claim.model_dump(mode="json")
    assert validator.is_valid(found)
    assert not validator.is_valid({**found, "suite": "../open-v1"})
    assert not validator.is_valid({**found, "script": "run me"})
    assert not validator.is_valid({**found, "runs": []})
    assert not validator.is_valid({key: value for key, value in found.items() if key != "id"})


def test_a_second_submission_is_refused(near: None, run: Path, tmp_path: Path) -> None:
    (packed,) = pack([run])
    submit(packed, tmp_path / "board")
    before = everything_in(tmp_path / "board")
    (renamed,) = pack([run], name="another name")
    for again in (packed, renamed):
        with pytest.raises(RequestError) as caught:
            submit(again, tmp_path / "board")
        assert str(caught.value) == (
            f"{run} is on the board already, as {packed.claim.id}: expected a run that was not submitted"
        )
    assert everything_in(tmp_path / "board") == before


def test_keys_and_secrets_lie_in_krohn_home_and_for_their_owner_only(
    near: None, run: Path, tmp_path: Path
) -> None:
    (packed,) = pack([run])
    submit(packed, tmp_path / "board")
    season = json.loads(next((tmp_path / "board/ledger").glob("000001-season-*")).read_text())["content"]
    home = Path(os.environ["KROHN_HOME"]) / "boards" / season["public_key"][:16]
    assert sorted(path.name for path in home.iterdir()) == ["key", "season-1"]
    secrets = [path.read_text().strip() for path in home.iterdir()]
    for path in home.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    told = b"".join(everything_in(tmp_path / "board").values())
    assert not any(secret.encode() in told or bytes.fromhex(secret) in told for secret in secrets)
    assert hashlib.sha256(bytes.fromhex((home / "season-1").read_text())).hexdigest() == season["commitment"]


def test_a_refusal_leaves_no_board(near: None, run: Path, tmp_path: Path, home: Path) -> None:
    (packed,) = pack([run])
    home.write_text("a file, where secrets cannot lie")
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.iterdir())
    for board in (tmp_path / "new/board", tmp_path / "empty"):
        with pytest.raises(StorageError, match=rf"^cannot write {home}/boards/.*/key: Not a directory; "):
            submit(packed, board)
    home.unlink()
    weights = run / "weights.safetensors"
    kept = weights.read_bytes()
    weights.write_bytes(kept[:-1] + b"\0")
    with pytest.raises(RequestError, match=r"weights.safetensors changed while it was submitted: submit it "):
        submit(packed, tmp_path / "new/board")
    weights.write_bytes(kept)
    assert sorted([*tmp_path.iterdir(), home]) == before
    assert list((tmp_path / "empty").iterdir()) == []
    submit(packed, tmp_path / "empty")
    assert check(tmp_path / "empty").wrong == []


def test_an_account_book_is_no_board(near: None, run: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "acct/ledger/2024.csv"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("date,amount")
    (packed,) = pack([run])
    for work in (
        lambda board: refuse_what_is_no_board(board),  # as --dry-run does
        lambda board: submit(packed, board),
        lambda board: season_of(board, end=True),
        lambda board: verify(board),
    ):
        with pytest.raises(DamagedFileError) as caught:
            work(tmp_path / "acct")
        assert str(caught.value) == f"{stranger} is no record: expected NUMBER-KIND-HASH.json"
    assert sorted((tmp_path / "acct").rglob("*")) == [stranger.parent, stranger]


def refused(folder: Path, **options: Any) -> str:
    with pytest.raises(RequestError) as caught:
        pack([folder], **options)
    return str(caught.value)


def test_what_is_missing_is_said(near: None, run: Path, tmp_path: Path) -> None:
    (run / "evaluation.json").unlink()
    assert refused(run) == (
        f"{run} has no evaluation.json yet: expected an evaluated run (krohn evaluate {run})"
    )
    (run / "weights.safetensors").unlink()
    assert refused(run) == f"{run} has no weights yet: expected a finished training (--resume goes on)"
    (run / "config.json").unlink()
    assert refused(run) == f"{run} is no run: expected a folder with config.json"


def test_weights_that_changed_since_are_refused(near: None, run: Path) -> None:
    weights = load_file(run / "weights.safetensors")
    save_file({name: tensor * 2 for name, tensor in weights.items()}, run / "weights.safetensors")
    assert refused(run) == f"{run} was evaluated with other weights: evaluate it again (krohn evaluate {run})"


def test_a_suite_says_all_that_is_missing(near: None, run: Path) -> None:
    told = refused(run, suite="groups-v1")
    assert told.startswith("not yet a row of groups-v1: ")
    assert f"{run} is of parity, which is no task of groups-v1" in told
    assert "no run of word:C2, word:C3, word:C5, word:C2xC4, word:S3, word:D4 and 4 more" in told
    told = refused(run, suite="precision-v1", partial=True)
    assert f"{run} was trained at lengths 1-8: expected 1-40" in told
    assert f"{run} has no 512 words of length 40 in fp64, 256 in fp64" in told
    assert "parity has no run of seed " in told
    assert "(krohn train parity --model lstm --suite precision-v1 --seeds 5)" in told
    assert "parity has a run of seed 3, which does not follow from its config" in told
    assert "\n" not in told


def test_a_run_that_is_killed_leaves_nothing_in_the_way(near: None, run: Path, tmp_path: Path) -> None:
    (packed,) = pack([run])
    left = tmp_path / "board" / "submissions" / packed.claim.id
    (tmp_path / "board" / "ledger").mkdir(parents=True)
    left.mkdir(parents=True)
    (left / "claim.json").write_text("half of it")
    assert check(tmp_path / "board").notes == [
        f"{left} belongs to no claim: left by a submission that was stopped"
    ]
    submit(packed, tmp_path / "board")
    found = check(tmp_path / "board")
    assert (found.wrong, found.notes, found.claims) == ([], [], 1)


def test_a_submission_that_fails_halfway_leaves_nothing(
    near: None, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (packed,) = pack([run])
    monkeypatch.setattr(module, "write_json", full)
    with pytest.raises(StorageError, match=r"No space left on device; nothing was left half-written$"):
        submit(packed, tmp_path / "board")
    assert not (tmp_path / "board").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a disk of 48 kB can be mounted by root only")
    if (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "none", folder], check=False).returncode
        != 0
    ):
        pytest.skip("this machine mounts no disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_keeps_what_it_took(
    near: None, run: Path, small_disk: Path, tmp_path: Path
) -> None:
    board, accepted, told = small_disk / "board", [], "never full"
    for number in range(20):
        folder = shutil.copytree(run, tmp_path / f"run-{number}")
        change(folder, number)
        (packed,) = pack([folder])
        try:
            submit(packed, board)
        except StorageError as error:
            told = str(error)
            break
        accepted.append(packed.claim.id)
    assert re.search("No space left on device; nothing was left|no room is left; nothing was written", told)
    assert accepted
    assert check(board).wrong == []
    assert [entry.claim.id for entry in rows(board)] == accepted


def change(run: Path, number: int) -> None:
    """Give a run other weights and the evaluation that belongs to them."""
    weights = load_file(run / "weights.safetensors")
    save_file({name: tensor + number for name, tensor in weights.items()}, run / "weights.safetensors")
    sha256 = hashlib.sha256((run / "weights.safetensors").read_bytes()).hexdigest()
    told = json.loads((run / "evaluation.json").read_text())
    (run / "evaluation.json").write_text(json.dumps({**told, "weights_sha256": sha256}))


def test_a_run_of_a_users_own_is_claimed_and_stays_so(near: None, run: Path, tmp_path: Path) -> None:
    for name in ("config.json", "evaluation.json"):
        document = json.loads((run / name).read_text())
        document["model"] = "mine"
        if name == "config.json":
            document["imports"] = [{"path": "mine.py", "sha256": "0" * 64}]
        (run / name).write_text(json.dumps(document))
    (packed,) = pack([run])
    assert packed.claim.imports
    assert packed.own is not None
    assert packed.own.startswith("unknown model 'mine': expected one of ")
    submit(packed, tmp_path / "board")
    assert rows(tmp_path / "board")[0].tier == "claimed"


def test_folders_that_hold_something_else_are_no_boards(near: None, run: Path, tmp_path: Path) -> None:
    (packed,) = pack([run])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("")
    with pytest.raises(RequestError) as caught:
        submit(packed, tmp_path / "other")
    assert str(caught.value) == (
        f"{tmp_path / 'other'} is no board: expected a folder with ledger/, an empty one, or a name that is free"
    )
    with pytest.raises(RequestError) as caught:
        submit(packed, tmp_path / "other" / "thesis.tex")
    assert str(caught.value).endswith("is a file: expected the folder of a board, or a name that is free")
    assert everything_in(tmp_path / "other") == {"thesis.tex": b""}
