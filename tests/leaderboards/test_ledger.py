"""The ledger: what is in it stays, what changes is found, and who is killed leaves it whole."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from krohn.errors import DamagedFileError, RequestError, StorageError
from krohn.leaderboards import ledger as module
from krohn.leaderboards.entries import rows
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.records import Record

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/ledger-v1.json").read_text())


@pytest.fixture
def ledger(records: Any, tmp_path: Path) -> Ledger:
    """A season, two claims, and what was found of the first."""
    made = Ledger(tmp_path / "board")
    with made.lock():
        made.append(records.season())
        first = records.claim({40: 400, 256: 390})
        made.append(first)
        made.append(records.claim({40: 200}, name="Zürich <3".replace("<", "no. ")))
        made.append(records.verification(first))
    return made


def test_records_name_the_one_before(ledger: Ledger) -> None:
    assert ledger.check() == []
    found = ledger.records()
    assert [(file.number, file.kind) for file, _ in found] == [
        (1, "season"),
        (2, "claim"),
        (3, "claim"),
        (4, "verification"),
    ]
    assert found[0][1].previous == "0" * 64
    for (before, _), (_, record) in itertools.pairwise(found):
        told = subprocess.run(["sha256sum", before.path], capture_output=True, text=True, check=True)
        assert record.previous == told.stdout.split()[0]


def test_the_published_schema_is_that_of_the_code_and_takes_the_files(ledger: Ledger) -> None:
    assert Record.model_json_schema() == SCHEMA
    validator = Draft202012Validator(SCHEMA)
    for file, _ in ledger.records():
        document = json.loads(file.path.read_text())
        assert validator.is_valid(document)
        assert not validator.is_valid({**document, "script": "run me"})
        assert not validator.is_valid({**document, "content": {**document["content"], "kind": "pickle"}})


def test_rows_hold_the_claim_and_the_latest_verification(ledger: Ledger, records: Any) -> None:
    first, second = rows(ledger.board)
    assert (first.tier, first.ranked, second.tier, second.ranked) == ("verified", True, "claimed", False)
    with ledger.lock():
        ledger.append(records.verification(first.claim, "reproduced"))
        ledger.append(records.verification(first.claim, "verified"))
        ledger.append(records.verification(second.claim, "refuted"))
    first, second = rows(ledger.board)
    assert (first.tier, first.ranked, second.tier, second.ranked) == ("reproduced", True, "refuted", False)
    with ledger.lock():
        ledger.append(records.verification(first.claim, "refuted"))
    assert rows(ledger.board)[0].tier == "refuted"


def test_what_is_no_board(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        rows(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no board: expected a folder with ledger/ (krohn submit RUN --board DIR)"
    )


def test_every_changed_byte_is_found(ledger: Ledger) -> None:
    # All bytes of the shortest record and of the head, and five hundred of the others.
    draw = random.Random(0)
    paths = [file.path for file in ledger.files()]
    places = [(path, place) for path in paths for place in range(path.stat().st_size)]
    head = ledger.folder / "head.json"
    chosen = [p for p in places if p[0] == paths[0]] + draw.sample(places, 500)
    chosen += [(head, place) for place in range(head.stat().st_size)]
    for path, place in chosen:
        before = path.read_bytes()
        flipped = bytearray(before)
        flipped[place] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        wrong = ledger.check()
        path.write_bytes(before)
        assert wrong, (path, place)
        assert str(path) in wrong[0]
    assert ledger.check() == []


def test_records_that_vanish_or_appear_are_found(ledger: Ledger) -> None:
    files = ledger.files()
    for file in files:
        kept = file.path.read_bytes()
        file.path.unlink()
        assert ledger.check(), file
        file.path.write_bytes(kept)
    assert ledger.check() == []
    stranger = ledger.folder / "notes.txt"
    stranger.write_text("")
    assert ledger.check() == [f"{stranger} is no record: expected NUMBER-KIND-HASH.json"]
    stranger.unlink()
    double = shutil.copy(files[1].path, ledger.folder / f"000002-claim-{'0' * 16}.json")
    assert ledger.check() == [f"{ledger.folder} is damaged: record 2 is there twice"]
    Path(double).unlink()
    (ledger.folder / "head.json").unlink()
    assert ledger.check() == [
        f"{ledger.folder / 'head.json'} is missing: expected the number and the hash of record 4"
    ]


def test_a_changed_record_is_refused_by_readers_and_writers(ledger: Ledger, records: Any) -> None:
    file = ledger.files()[-1]
    text = file.path.read_text().replace('"verified"', '"refuted"')
    file.path.write_text(text)
    changed = f"{file.path} was changed: its hash is "
    with pytest.raises(DamagedFileError) as caught:
        rows(ledger.board)
    assert str(caught.value).startswith(changed)
    with pytest.raises(DamagedFileError) as caught, ledger.lock():
        ledger.append(records.claim({40: 3}))
    assert str(caught.value).startswith(changed)


def test_a_head_that_lags_is_whole(ledger: Ledger, records: Any) -> None:
    head = ledger.folder / "head.json"
    before = head.read_bytes()
    with ledger.lock():
        ledger.append(records.claim({40: 7}))
        head.write_bytes(before)  # a writer was killed just here
        assert ledger.check() == []
        ledger.append(records.claim({40: 8}))
    assert ledger.check() == []
    assert json.loads(head.read_text())["number"] == 6


def test_writers_that_are_killed_one_after_another_leave_it_whole(
    ledger: Ledger, records: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = module.write_bytes

    def killed_before_the_head(path: Path, data: bytes) -> None:
        if path.name == "head.json" and json.loads(data)["number"] > mended:
            raise KeyboardInterrupt
        whole(path, data)

    monkeypatch.setattr(module, "write_bytes", killed_before_the_head)
    for claims in range(3):
        mended = len(ledger.files())
        with pytest.raises(KeyboardInterrupt), ledger.lock():
            ledger.append(records.claim({40: claims}))
        assert ledger.check() == []
        assert len(ledger.files()) == mended + 1
    monkeypatch.undo()
    with ledger.lock():
        ledger.append(records.claim({40: 9}))
    assert ledger.check() == []
    assert json.loads((ledger.folder / "head.json").read_text())["number"] == 8


def test_a_ledger_that_lost_its_last_records_is_not_written_over(ledger: Ledger, records: Any) -> None:
    ledger.files()[-1].path.unlink()
    with pytest.raises(DamagedFileError) as caught, ledger.lock():
        ledger.append(records.claim({40: 7}))
    assert str(caught.value) == (
        f"{ledger.folder / 'head.json'} is damaged: expected the number and the hash of record 3"
    )
    assert len(ledger.files()) == 3


def test_a_full_disk_changes_nothing(ledger: Ledger, records: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in ledger.folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match=r"No space left on device; nothing was left half-written$"):
        ledger.append(records.claim({40: 9}))
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in ledger.folder.iterdir()} == before


def test_a_board_that_stays_busy_is_said_to_be(ledger: Ledger) -> None:
    with ledger.lock(), pytest.raises(RequestError) as caught, Ledger(ledger.board).lock(0.05):
        pass
    assert str(caught.value) == (
        f"{ledger.board} is being written by another process: expected it to be free within 0.05 seconds; try again"
    )


def write(board: str, claims: list[Any]) -> None:
    ledger = Ledger(Path(board))
    for claim in claims:
        with ledger.lock():
            ledger.append(claim)


def test_writers_at_once_lose_nothing(records: Any, tmp_path: Path) -> None:
    claims = [[records.claim({40: 10 * writer + i}) for i in range(8)] for writer in range(3)]
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    writers = [context.Process(target=write, args=(str(tmp_path), part)) for part in claims]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert Ledger(tmp_path).check() == []
    assert sorted(entry.claim.id for entry in rows(tmp_path)) == sorted(c.id for part in claims for c in part)


ENDLESS = """
import sys
from pathlib import Path
from krohn.leaderboards.ledger import Ledger
from krohn.leaderboards.records import Record
ledger, content = Ledger(Path(sys.argv[1])), Record.model_validate_json(Path(sys.argv[2]).read_bytes()).content
print("ready", flush=True)
while True:
    with ledger.lock():
        print(ledger.append(content).number, flush=True)
"""


def test_kills_while_writing_lose_nothing(ledger: Ledger) -> None:
    draw, accepted = random.Random(1), 4
    record = ledger.files()[1].path
    for _ in range(3):
        command = [sys.executable, "-P", "-c", ENDLESS, str(ledger.board), str(record)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(draw.random() * 0.1)
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().split()
        assert ledger.check() == []
        accepted = int(told[-1]) if told else accepted
        assert len(ledger.files()) >= accepted
