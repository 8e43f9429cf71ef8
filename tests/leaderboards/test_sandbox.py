"""A limited process: what is over a limit is stopped and said, and nothing goes out of it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from krohn.errors import RequestError
from krohn.leaderboards.packing import pack
from krohn.leaderboards.sandbox import LimitError, Limits, RefusedError, run_limited

WORK = """
import os, socket, subprocess, sys, time
from krohn.errors import DamagedFileError

def double(request): print("noise"); return 2 * request["x"]
def refuse(request): raise DamagedFileError("it is cut short")
def fail(request): raise ValueError("two\\nlines")
def hog(request): return len(bytearray(8 << 30))
def sleep(request): time.sleep(60)
def spin(request):
    while True: pass
def write(request):
    with open("much", "wb") as file:
        for _ in range(64): file.write(bytes(1 << 20))
def open_many(request):
    return len([open(os.devnull) for _ in range(500)])
def connect(request): socket.create_connection(("127.0.0.1", request["port"]), 1)
def run(request): subprocess.run(["true"], check=True)
def fork(request): os.fork()
def crash(request): os.abort()
def leave(request): os._exit(3)
def look(request): return [sorted(k for k in os.environ if k.startswith("KROHN")), os.getcwd(), os.listdir(".")]
def interfaces(request): return [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
"""
LIMITS = Limits(seconds=600.0, memory=4 << 30, file_bytes=16 << 20, files=64)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "limited_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(name: str, limits: Limits = LIMITS, **request: Any) -> Any:
        return run_limited(f"limited_work:{name}", request, limits)

    return run


def test_it_gives_back_what_the_work_returns(call: Any) -> None:
    assert call("double", x=21) == 42
    with pytest.raises(RefusedError, match=r"^it is cut short$"):
        call("refuse")
    with pytest.raises(LimitError, match=r"^its model fails: ValueError: two lines$"):
        call("fail")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hog", "it needs more memory than it may have"),
        ("crash", "its process ended with signal 6"),
        ("leave", "its process ended with status 3"),
    ],
)
def test_what_is_over_a_limit_is_said(call: Any, name: str, expected: str) -> None:
    with pytest.raises(LimitError) as caught:
        call(name)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("name", ["sleep", "spin"])
def test_time_is_limited(call: Any, name: str) -> None:
    begin = time.monotonic()
    with pytest.raises(LimitError, match=r"^it took (longer than the 2 seconds|more processor time)"):
        call(name, replace(LIMITS, seconds=2.0))
    assert time.monotonic() - begin < 120


def test_files_are_limited(call: Any) -> None:
    for name in ("write", "open_many"):
        with pytest.raises(LimitError, match=r"File too large|Too many open files|signal 25"):
            call(name)


def test_no_network_and_no_program(call: Any) -> None:
    for name in ("connect", "run", "fork"):
        with pytest.raises(LimitError, match="is not allowed here"):
            call(name, port=9)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="a name space of its own is for root, or where users may have one"
)
def test_it_has_a_network_of_its_own(call: Any) -> None:
    assert call("interfaces") == ["lo"]


def test_it_knows_no_secrets_and_leaves_nothing(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KROHN_HOME", "/secret")
    monkeypatch.setenv("KROHN_IMPORT", "mine.py")
    names, folder, files = call("look")
    assert (names, files) == ([], [])
    assert not Path(folder).exists()


def test_a_real_submission_is_looked_at_in_one(run: Path, tmp_path: Path) -> None:
    (packed,) = pack([run])
    assert packed.claim.runs[0].parameters > 0
    text = (run / "config.json").read_text()
    (run / "config.json").write_text(text.replace('"width": 4', '"width": 5'))
    with pytest.raises(RequestError, match=r"its weights do not fit its config: .* of shape"):
        pack([run])
