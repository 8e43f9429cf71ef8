"""The lock: one writer at a time, and no trace of one that wrote nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from krohn.errors import StorageError
from krohn.leaderboards.locking import locked


def test_who_writes_nothing_leaves_nothing(tmp_path: Path) -> None:
    with locked(tmp_path / "new/board/ledger", 1):
        assert (tmp_path / "new/board/ledger/.lock").is_file()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "ledger").mkdir()
    with locked(tmp_path / "ledger", 1):
        pass
    assert list(tmp_path.rglob("*")) == [tmp_path / "ledger"]  # it was there before


def test_what_was_written_stays_with_its_lock(tmp_path: Path) -> None:
    with locked(tmp_path / "board/ledger", 1):
        (tmp_path / "board/ledger/record").touch()
    assert sorted(path.name for path in (tmp_path / "board/ledger").iterdir()) == [".lock", "record"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, why in ((tmp_path / "file/ledger", "Not a directory"), (Path("/proc/none"), "No such file")):
        with pytest.raises(StorageError, match=rf"^cannot write {folder}: {why}.*; nothing was written$"):  # noqa: SIM117
            with locked(folder, 1):
                pass


def test_who_waits_for_a_lock_that_goes_takes_the_next(tmp_path: Path) -> None:
    folder, inside, most, told = tmp_path / "board/ledger", 0, 0, threading.Lock()

    def write(number: int, last: bool) -> None:
        nonlocal inside, most
        with locked(folder, 60):
            with told:
                inside += 1
                most = max(most, inside)
            if last and number % 7 == 0:
                (folder / str(number)).touch()
            with told:
                inside -= 1

    for last in (False, False, True):
        writers = [threading.Thread(target=write, args=(number, last)) for number in range(1, 15)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    assert most == 1
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "14", "7"]
