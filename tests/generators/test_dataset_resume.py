"""A dataset that is interrupted: killed, out of room, in the way of another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import krohn
from krohn.errors import DamagedFileError, RequestError
from krohn.generators import shards
from krohn.generators.datasets import generate
from krohn.generators.shards import Split

SMALL = """
import sys
from pathlib import Path
import krohn
from krohn.generators import shards
from krohn.generators.datasets import generate

if __name__ == "__main__":
    shards.TOKENS_A_SHARD = int(sys.argv[3])
    try:
        generate(krohn.task("parity"), Path(sys.argv[1]), [shards.parse_split(sys.argv[4])], 5, int(sys.argv[2]))
    except krohn.KrohnError as error:
        print(f"{type(error).__name__}: {error}")
"""


def start(folder: Path, workers: int, tokens: int, split: str) -> subprocess.Popen[str]:
    script = folder.parent / "small.py"
    script.write_text(SMALL)
    command = [sys.executable, str(script), str(folder), str(workers), str(tokens), split]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = [(path, path.stat()) for path in (folder / "data").glob("[!.]*")]
    return {path.name: (stat.st_mtime_ns, stat.st_ino) for path, stat in found}


def hash_of(folder: Path, split: str) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["splits"][split]["sha256"])


def kill_and_go_on(folder: Path, workers: list[int], tokens: int, split: str, number: int) -> None:
    """Kill a generation each time that it has finished more files, then let it end."""
    for kill in range(len(workers) - 1):
        before = files(folder) if folder.exists() else {}
        process = start(folder, workers[kill], tokens, split)
        until = time.monotonic() + 120
        while len(files(folder) if (folder / "data").exists() else {}) < min(number * (kill + 1), number * 5):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (folder / "manifest.json").exists()
        after = files(folder)
        assert before.items() <= after.items(), "a finished file was written again"
        with pytest.raises(RequestError, match="is not finished: expected the command that began it again"):
            krohn.load(folder)
    out, err = start(folder, workers[-1], tokens, split).communicate(timeout=400)
    assert (out, err) == ("", "")
    assert not list(folder.rglob("*.partial")) + list(folder.rglob("unfinished.json"))


def test_killed_twice_it_ends_as_if_unbroken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = "train:300000:1-16"
    kill_and_go_on(tmp_path / "killed", [1, 2, 1], 1 << 17, split, 4)
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 1 << 17)
    generate(krohn.task("parity"), tmp_path / "unbroken", [shards.parse_split(split)], 5)
    assert hash_of(tmp_path / "killed", "train") == hash_of(tmp_path / "unbroken", "train")
    assert files(tmp_path / "killed").keys() == files(tmp_path / "unbroken").keys()


@pytest.mark.slow
def test_twenty_million_words_killed_five_times(tmp_path: Path) -> None:
    split = "train:20000000:1-8"
    kill_and_go_on(tmp_path / "killed", [2, 1, 4, 2, 1, 2], 1 << 22, split, 5)
    for workers in (1, 2, 4):
        out, err = start(tmp_path / f"w{workers}", workers, 1 << 22, split).communicate(timeout=600)
        assert (out, err) == ("", "")
        assert hash_of(tmp_path / "killed", "train") == hash_of(tmp_path / f"w{workers}", "train")


def test_workers_of_a_killed_command_end(tmp_path: Path) -> None:
    process = start(tmp_path / "d", 2, 1 << 17, "train:2000000:1-16")
    while len(files(tmp_path / "d") if (tmp_path / "d" / "data").exists() else {}) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    process.kill()
    process.communicate()
    until = time.monotonic() + 30
    while any(Path(f"/proc/{child}/cmdline").exists() and _alive(child) for child in children):
        assert time.monotonic() < until
        time.sleep(0.05)


def _alive(child: str) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_file_that_vanished_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 1 << 12)
    splits = [Split("a", 2000, 1, 9)]
    made = generate(krohn.task("parity"), tmp_path / "d", splits)
    before = files(tmp_path / "d")
    assert generate(krohn.task("parity"), tmp_path / "d", splits) == made
    assert files(tmp_path / "d") == before
    name = sorted(before)[2]
    (tmp_path / "d" / "data" / name).unlink()
    assert generate(krohn.task("parity"), tmp_path / "d", splits) == made
    after = files(tmp_path / "d")
    assert {key for key in before if before[key] != after[key]} == {name}


def test_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 1 << 12)
    splits = [Split("a", 2000, 1, 9)]
    made = generate(krohn.task("parity"), tmp_path / "d", splits)
    first, second = sorted((tmp_path / "d" / "data").iterdir())[:2]
    first.write_bytes(first.read_bytes()[:-9])
    second.unlink()
    with pytest.raises(DamagedFileError) as caught:
        generate(krohn.task("parity"), tmp_path / "d", splits)
    assert str(caught.value).startswith(f"{first} is damaged: ")
    assert str(caught.value).endswith("; without it the same command makes it anew")
    first.unlink()
    assert generate(krohn.task("parity"), tmp_path / "d", splits) == made


FULL_DISK = """
import sys
import krohn.cli
if __name__ == "__main__":
    krohn.cli.main(["generate", "word:S5", "-o", sys.argv[1] + "/d", "--split", "a:5000:30-40", "--split",
        "b:8000:200-256", "--workers", sys.argv[2]])
"""

ON_A_SMALL_DISK = """
mount -t tmpfs -o size=2m tmpfs "$1" || exit 77
python=$2 script=$3 workers=$4
"$python" "$script" "$1" "$workers"; echo "status $?"
ls -A "$1/d" "$1/d/data"
mount -o remount,size=99m "$1"
"$python" "$script" "$1" "$workers"; echo "status $?"
ls -A "$1/d" "$1/d/data"
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_keeps_what_is_finished(tmp_path: Path, workers: int) -> None:
    (tmp_path / "disk").mkdir()
    script = tmp_path / "script.py"
    script.write_text(FULL_DISK)
    shell = ["unshare", "--mount", "--map-root-user", "sh", "-c", ON_A_SMALL_DISK, "sh"]
    words = [str(tmp_path / "disk"), sys.executable, str(script), str(workers)]
    try:
        done = subprocess.run([*shell, *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if done.returncode == 77 or done.stderr.startswith("unshare: "):
        pytest.skip("this user may mount no small disk")
    (line,) = done.stderr.splitlines()
    folder = tmp_path / "disk" / "d"
    assert line.startswith(f"krohn: cannot write {folder}/data/b-0000")
    assert ": No space left on device; nothing was left half-written; " in line
    assert line.endswith(" files are finished and stay: the same command goes on")
    assert done.stdout.startswith("status 1\n")
    first, second = done.stdout.split("status 0\n")
    assert "a-00000-of-00001.parquet" in first
    assert "partial" not in first
    assert "manifest.json" not in first
    assert "manifest.json" in second
    assert "unfinished.json" not in second


def test_no_room_for_anything(tmp_path: Path) -> None:
    script = (
        "import resource, krohn, sys\n"
        "from pathlib import Path\n"
        "from krohn.generators.datasets import generate\n"
        "from krohn.generators.shards import Split\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    generate(krohn.task('parity'), Path(sys.argv[1]), [Split('a', 5, 1, 9)])\n"
        "except krohn.KrohnError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "deep" / "d")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("StorageError cannot write ")
    assert "File too large" in done.stdout
    assert not list((tmp_path / "deep").iterdir())


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    splits = [Split("a", 10, 1, 9)]
    generate(krohn.task("parity"), folder, splits, seed=4)
    expected = "expected the command that it was made with, or a folder name that is free"
    for other, what in (
        ({"task": krohn.task("count:3")}, "task is parity, not count:3"),
        ({"seed": 5}, "seed is 4, not 5"),
        ({"format": "csv"}, "format is parquet, not csv"),
        ({"splits": [Split("a", 10, 1, 8)]}, "request is a:10:1-9, not a:10:1-8"),
    ):
        request = {"task": krohn.task("parity"), "folder": folder, "splits": splits, "seed": 4} | other
        with pytest.raises(RequestError) as caught:
            generate(**request)  # type: ignore[arg-type]
        assert str(caught.value) == f"{folder} holds another dataset ({what}): {expected}"
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "notes.txt").write_text("mine")
    with pytest.raises(RequestError) as caught:
        generate(krohn.task("parity"), tmp_path / "e", splits)
    assert str(caught.value) == f"{tmp_path / 'e'} exists already: expected a folder name that is free"
    assert [path.name for path in (tmp_path / "e").iterdir()] == ["notes.txt"]


def test_two_commands_at_a_time(tmp_path: Path) -> None:
    import fcntl

    folder = tmp_path / "d"
    folder.mkdir()
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(RequestError) as caught:
            generate(krohn.task("parity"), folder, [Split("a", 10, 1, 9)])
    finally:
        os.close(handle)
    assert str(caught.value) == f"{folder} is being written by another command: expected one at a time"
