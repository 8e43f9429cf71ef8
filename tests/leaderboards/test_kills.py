"""Writers that are killed, and writers at once: the board stays whole and loses nothing that it took."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from krohn.leaderboards import verification as module
from krohn.leaderboards.checking import check
from krohn.leaderboards.entries import rows
from krohn.leaderboards.packing import Packed, pack
from krohn.leaderboards.records import Claim, claim_id
from krohn.leaderboards.site.build import build
from krohn.leaderboards.standings import as_json
from krohn.leaderboards.submission import submit
from krohn.leaderboards.verification import verify

KILLS = 20


@pytest.fixture
def many(near: None, evaluated: Path) -> list[Packed]:
    """Submissions that differ in a seed that they say."""
    (packed,) = pack([evaluated])
    found = []
    for seed in range(400):
        document = packed.claim.model_dump(mode="json")
        document["runs"][0]["seed"] = seed
        document = {**document, "id": claim_id(document)}
        found.append(Packed(Claim.model_validate(document), packed.card, packed.runs))
    return found


def submit_all(packed: list[Packed], board: Path, told: Any) -> None:
    told.send("begun")
    for item in packed:
        submit(item, board)
        told.send(item.claim.id)


def verify_all(board: Path, told: Any) -> None:
    told.send("begun")
    verify(board, watch=lambda claim, found: told.send(claim.id))


def build_all(board: Path, site: Path, told: Any) -> None:
    told.send("begun")
    build(board, site)
    told.send("built")


def killed(work: Callable[..., None], *arguments: Any, after: float) -> list[str]:
    """Kill a process some seconds after it began; return what it said was done."""
    # Forked, so that the whole time is spent on the work.
    context = get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*arguments, theirs))
    process.start()
    theirs.close()
    assert mine.recv() == "begun"
    time.sleep(after)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    done = []
    while mine.poll():
        try:
            done.append(mine.recv())
        except EOFError:
            break
    return [*done, *(["killed"] if process.exitcode == -signal.SIGKILL else [])]


def whole_pages(site: Path) -> int:
    """How many pages there are; each of them is whole."""
    pages = [path for path in site.rglob("*.html") if not path.name.startswith(".")]
    assert all(path.read_text().rstrip().endswith("</html>") for path in pages)
    return len(pages)


def test_20_kills_during_submit_verify_and_build_lose_nothing(
    many: list[Packed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = many[0].claim.runs[0].model_dump(mode="json")
    answer = {"repeated": run["results"], "measured": run["results"]}
    answer |= {key: run[key] for key in ("train_words_sha256", "test_words_sha256")}
    monkeypatch.setattr(module, "run_limited", lambda *_: [answer])
    board, site, draw = tmp_path / "board", tmp_path / "site", random.Random(2)
    accepted: set[str] = set()
    verified: set[str] = set()
    amid: Counter[str] = Counter()
    submit(many[0], board)
    build(board, tmp_path / "warm")  # what is compiled and decomposed once is no part of the moments
    spans = dict.fromkeys(("submit", "verify", "build"), 0.3)
    for verb in itertools.islice(itertools.cycle(spans), 20 * KILLS):
        if amid.total() >= KILLS and min(amid[each] for each in spans) >= 2:
            break
        after = draw.random() * spans[verb]
        if verb == "submit":
            known = {entry.claim.id for entry in rows(board)}
            left = [item for item in many if item.claim.id not in known][:50]
            said = killed(submit_all, left, board, after=after)
            accepted |= {word for word in said if word != "killed"}
        elif verb == "verify":
            said = killed(verify_all, board, after=after)
            verified |= {word for word in said if word != "killed"}
        else:
            shutil.rmtree(site, ignore_errors=True)
            said = killed(build_all, board, site, after=after)
            whole_pages(site)
        if "killed" in said and "built" not in said:
            amid[verb] += 1
        else:  # done before the kill: on this machine it has to come sooner
            spans[verb] *= 0.6
        assert check(board).wrong == []
        entries = {entry.claim.id: entry for entry in rows(board)}
        assert accepted <= entries.keys()
        assert all(entries[id_].verification is not None for id_ in verified)
        assert {row["id"] for row in as_json(board)["rows"]} == entries.keys()
    assert accepted
    assert verified
    assert amid.total() >= KILLS
    assert min(amid[verb] for verb in spans) >= 2, amid
    submit(next(item for item in many if item.claim.id not in entries), board)
    build(board, site)
    assert check(board).wrong == check(board).notes == []
    assert not list(tmp_path.rglob("*.partial"))
    assert whole_pages(site) > len(entries)


def test_submitters_at_once_are_all_heard_and_a_double_once(many: list[Packed], tmp_path: Path) -> None:
    board, context = tmp_path / "board", get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    parts = [many[:6], many[6:12], many[5:6]]
    writers = [context.Process(target=submit_all, args=(part, board, theirs)) for part in parts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(writer.exitcode or 0 for writer in writers) == [0, 0, 1]  # one of the doubles is refused
    assert sorted(entry.claim.id for entry in rows(board)) == sorted(item.claim.id for item in many[:12])
    assert check(board).wrong == []
    mine.close()
