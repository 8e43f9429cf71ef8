"""Verification: honest claims are verified, inflated ones refuted with both numbers, and every word is signed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.evaluation.evaluate import evaluate_run
from krohn.leaderboards import reproduction
from krohn.leaderboards import verification as module
from krohn.leaderboards.checking import check
from krohn.leaderboards.entries import rows
from krohn.leaderboards.keys import is_signed
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.packing import pack
from krohn.leaderboards.records import Claim, Measured, Reason, Verification, claim_id
from krohn.leaderboards.reproduction import reproduce, shortfalls
from krohn.leaderboards.sandbox import LimitError
from krohn.leaderboards.season import end_season, season_of, secret_of, seed_of
from krohn.leaderboards.standings import as_json
from krohn.leaderboards.submission import submit
from krohn.leaderboards.verification import verify
from krohn.training.run import load_run


@pytest.fixture
def board(near: None, evaluated: Path, tmp_path: Path) -> Path:
    (packed,) = pack([evaluated])
    submit(packed, tmp_path / "board")
    return tmp_path / "board"


def test_an_honest_claim_is_verified_on_words_of_the_secret_seed(
    board: Path, evaluated: Path, tmp_path: Path
) -> None:
    (found,) = verify(board)
    (entry,) = rows(board)
    assert (found.tier, found.reasons, entry.tier, entry.ranked) == ("verified", [], "verified", True)
    (claimed,), (repeated,), (measured,) = entry.claim.runs, found.repeated, found.measured
    assert repeated.results == claimed.results
    season = Ledger(board).season()
    assert season is not None
    assert is_signed(found.model_dump(mode="json"), season.public_key)
    # The same counts as an ordinary evaluation makes on that seed.
    copy = shutil.copytree(evaluated, tmp_path / "copy")
    seed = seed_of(secret_of(season))
    again = evaluate_run(load_run(copy), [9, 3], ["fp32", "bf16"], words=claimed.words, seed=seed)
    assert measured.results == again.results
    assert measured.results != claimed.results
    assert verify(board) == []  # once is enough
    assert check(board).wrong == []


def forged(board: Path, change: Callable[[dict[str, Any]], None]) -> Claim:
    """Put a changed copy of the board's claim beside it, as somebody could who writes the ledger himself."""
    (entry, *_) = rows(board)
    document = entry.claim.model_dump(mode="json")
    change(document)
    claim = Claim.model_validate({**document, "id": claim_id(document)})
    folder = board / "submissions" / entry.claim.id
    shutil.copytree(folder, folder.with_name(claim.id))
    (folder.with_name(claim.id) / "claim.json").write_text(
        json.dumps(claim.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    )
    with Ledger(board).lock():
        Ledger(board).append(claim)
    return claim


def test_a_claim_inflated_by_1_percent_at_one_length_is_refuted(board: Path) -> None:
    def inflate(document: dict[str, Any]) -> None:
        score = document["runs"][0]["results"][0]
        more = max(1, score["total"] // 100)
        score["correct"] += more
        score["squares"] = score["squares"] + 2 * more * (score["total"] // score["words"])

    claim = forged(board, inflate)
    (found,) = verify(board, [claim.id])
    (reason,) = found.reasons
    said, true = claim.runs[0].results[0], rows(board)[0].claim.runs[0].results[0]
    assert (found.tier, reason.step, reason.length) == ("refuted", "repeat", said.length)
    assert (reason.claimed, reason.measured) == ((said.correct, said.total), (true.correct, true.total))
    assert (
        f"{said.correct:,} of {said.total:,} right claimed, {true.correct:,} of {true.total:,} right"
        in reason.text
    )
    assert [entry.tier for entry in rows(board)] == ["claimed", "refuted"]


def test_words_of_another_stream_are_refuted(board: Path) -> None:
    claim = forged(board, lambda document: document["runs"][0].update(train_words_sha256="1" * 64))
    (found,) = verify(board, [claim.id])
    assert (found.tier, found.reasons[0].step) == ("refuted", "files")
    assert "its training words have the hash 1111111111111111, the board's " in found.reasons[0].text


def test_files_that_changed_are_refuted(board: Path) -> None:
    (weights,) = board.rglob("weights.safetensors")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    (found,) = verify(board)
    assert found.tier == "refuted"
    assert "weights.safetensors was changed: its hash is " in found.reasons[0].text


def test_what_cannot_be_run_stays_claimed(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = forged(board, lambda document: document.update(imports=True))
    (found,) = verify(board, [own.id[:8]])
    assert (found.tier, found.reasons[0].text) == (
        "claimed",
        "model 'lstm' or its task is a user's own, which Krohn never runs: listed as claimed",
    )

    def slow(*_: object) -> None:
        raise LimitError("it took longer than the 5 seconds that it may")

    near = module.run_limited
    monkeypatch.setattr(module, "run_limited", slow)
    first, _ = (entry.claim.id for entry in rows(board))
    (found,) = verify(board, seconds=5)
    assert (found.claim, found.tier) == (first, "claimed")
    assert found.reasons[0].text == "not evaluated: it took longer than the 5 seconds that it may"
    assert rows(board)[0].verification == found
    monkeypatch.setattr(module, "run_limited", near)
    (measured,) = verify(board, [first])
    monkeypatch.setattr(module, "run_limited", slow)
    (found,) = verify(board, [first], seconds=5)
    assert found.tier == "claimed"
    assert rows(board)[0].verification == measured  # what was found stands
    (shown, _) = as_json(board)["rows"]
    assert (shown["tier"], shown["rank"]) == ("verified", 1)


def test_a_claim_that_cannot_be_evaluated_any_more_stays_refuted(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = forged(board, lambda document: document["runs"][0].update(train_words_sha256="1" * 64))
    (refuted,) = verify(board, [claim.id])
    monkeypatch.setattr(module, "run_limited", lambda *_: [{"cannot": "unknown task 'parity'"}])
    (found,) = verify(board, [claim.id])
    assert (refuted.tier, found.tier) == ("refuted", "claimed")
    assert [entry.tier for entry in rows(board)] == ["claimed", "refuted"]


def test_a_task_of_another_version_is_not_evaluated(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> list[dict[str, str]]:
        return [{"cannot": "task parity has version 3 in this Krohn: the claim is of version 2"}]

    monkeypatch.setattr(module, "run_limited", cannot)
    (found,) = verify(board)
    assert (found.tier, found.reasons[0].text[:26]) == ("claimed", "not evaluated: task parity")


def test_who_has_no_secrets_cannot_verify(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KROHN_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(
        RequestError, match="expected the board's secrets, which lie in KROHN_HOME where its season"
    ):
        verify(board)
    with pytest.raises(RequestError) as caught:
        verify(board, ["abc"])
    assert str(caught.value).startswith(
        f"claim 'abc': {board} has 1 claims, not this: expected an id of the board"
    )


def test_a_season_ends_with_its_secret(board: Path) -> None:
    verify(board)
    ledger = Ledger(board)
    first = ledger.season()
    assert first is not None
    secret = secret_of(first)
    with ledger.lock():
        second = end_season(ledger)
    told = [record.content for _, record in ledger.records() if record.content.kind == "reveal"]
    assert [reveal.secret for reveal in told] == [secret.hex()]
    assert (second.season, second.public_key) == (2, first.public_key)
    assert second.commitment != first.commitment
    (claim,) = (entry.claim for entry in rows(board))
    (again,) = verify(board, [claim.id])
    assert (again.season, again.tier) == (2, "verified")
    assert check(board).wrong == []


@pytest.mark.parametrize("work", [verify, reproduce])
def test_a_season_that_ends_meanwhile(
    board: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[..., list[Verification]]
) -> None:
    verify(board)
    (claim,) = (entry.claim for entry in rows(board))
    place: Any = module if work is verify else reproduction
    measured = place.run_limited

    def slowly(*asked: Any) -> Any:
        season_of(board, end=True)
        return measured(*asked)

    monkeypatch.setattr(place, "run_limited", slowly)
    before = len(Ledger(board).files())
    with pytest.raises(RequestError) as caught:
        work(board, [claim.id])
    assert str(caught.value) == (
        f"season 1 ended while claim {claim.id} was measured on its words, which are no secret any more: "
        "nothing was written of it; measure it again"
    )
    assert len(Ledger(board).files()) == before + 2  # the secret, and the next season
    assert check(board).wrong == []
    monkeypatch.setattr(place, "run_limited", measured)
    (found,) = verify(board, [claim.id])
    assert (found.season, found.tier) == (2, "verified")


def test_a_claim_is_reproduced(board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (claim,) = (entry.claim for entry in rows(board))
    with pytest.raises(RequestError) as caught:
        reproduce(board, [claim.id])
    assert str(caught.value) == f"claim {claim.id} is claimed: expected a verified one (krohn board verify)"
    verify(board)
    monkeypatch.setattr(reproduction, "LACKING", -1.0)  # nothing is good enough
    (found,) = reproduce(board, [claim.id])
    assert (found.tier, rows(board)[0].tier) == ("verified", "verified")
    assert found.reasons[0].text.startswith("parity: area 0.")
    monkeypatch.setattr(reproduction, "LACKING", 1.0)  # and anything is
    monkeypatch.chdir(tmp_path / "home")
    (found,) = reproduce(board, seeds=2)
    assert (found.tier, rows(board)[0].tier) == ("reproduced", "reproduced")
    seeds = {run.seed for run in found.retrained}
    assert len(seeds) == 2
    assert claim.runs[0].seed not in seeds
    assert check(board).wrong == []


def test_a_reproduction_in_a_later_season_counts_its_words(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reproduction, "LACKING", 1.0)
    verify(board)
    before = rows(board)[0].verification
    season_of(board, end=True)
    (found,) = reproduce(board)
    assert (found.season, found.tier) == (2, "reproduced")
    assert before is not None
    assert found.repeated == before.repeated
    assert found.measured != before.measured
    assert rows(board)[0].verification == found
    (again,) = verify(board, [found.claim])  # the same words of season 2, by another way
    assert found.measured == again.measured
    assert rows(board)[0].tier == "reproduced"


def test_what_a_later_season_refutes_is_not_trained(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verify(board)
    season_of(board, end=True)

    def trained(*_: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr(reproduction, "run_limited", trained)
    monkeypatch.setattr(module, "season_reasons", lambda *_: [Reason(step="season", text="luckier")])
    (found,) = reproduce(board)
    assert (found.season, found.tier, found.retrained) == (2, "refuted", [])
    assert rows(board)[0].tier == "refuted"


def test_models_that_fall_short_are_told_by_task(records: Any) -> None:
    def at(right: int, task: str = "parity") -> Measured:
        results = [records.score(40, 400), records.score(160, right)]
        return Measured.model_validate({"task": task, "seed": 0, "results": results})

    # The area between two lengths is the mean of the two: 0.95 of 400 and 400.
    assert shortfalls([at(400)], [at(360)]) == []
    assert [
        reason.text for reason in shortfalls([at(400), at(400, "word:C2")], [at(350), at(400, "word:C2")])
    ] == ["parity: area 0.938 after training again, 1.000 of the claim's weights"]
    assert shortfalls([at(300)], [at(200), at(400)]) == []  # the mean of the seeds counts
