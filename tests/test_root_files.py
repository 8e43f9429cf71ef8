"""Files that are whole or absent, messages with the nearest name, and the import of a user's code."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krohn.errors import DamagedFileError, KrohnError, RequestError, StorageError, TrainingError
from krohn.files import appending, new_folder, read_json, replacing, sha256_of, write_bytes, write_json
from krohn.names import lookup, nearest, positive
from krohn.user_code import load_user_code


def test_exit_statuses() -> None:
    # 2: the request was wrong; 1: the work failed.
    assert [error.exit_status for error in (KrohnError, DamagedFileError, StorageError, TrainingError)] == [
        1
    ] * 4
    assert RequestError.exit_status == 2
    assert issubclass(RequestError, ValueError)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.bin"
    write_bytes(path, b"first")
    with path.open("rb") as reader:
        write_bytes(path, b"second")
        # Who had the file open reads on in the old one: it was never cut or written over.
        assert reader.read() == b"first"
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.bin"]
    assert sha256_of(path) == hashlib.sha256(b"second").hexdigest()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "a.bin"
    with pytest.raises(StorageError) as caught:
        write_bytes(path, b"x")
    assert str(caught.value) == f"cannot write {path}: File exists; nothing was left half-written"


FULL_DISK = """
    import resource, sys
    from pathlib import Path
    from krohn.files import new_folder, write_bytes
    here = Path(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        write_bytes(here / "a.bin", b"x" * 1001)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
    try:
        with new_folder(here / "folder") as folder:
            (folder / "small").write_bytes(b"x")
            (folder / "large").write_bytes(b"x" * 1001)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def test_a_full_disk(tmp_path: Path) -> None:
    # A limit on the size of files fails a write as a full disk does, with an OSError in the middle of it.
    (tmp_path / "a.bin").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        f"StorageError: cannot write {tmp_path / 'a.bin'}: File too large; nothing was left half-written",
        f"StorageError: cannot write {tmp_path / 'folder'}: File too large; nothing was left half-written",
    ]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_lines_for_a_full_disk(tmp_path: Path) -> None:
    # Linux's own full disk; what is buffered fails no later than at the end.
    with pytest.raises(StorageError) as caught, appending(Path("/dev/full")) as file:
        file.write("line")
    assert str(caught.value) == "cannot write /dev/full: No space left on device"
    for line in ("a\n", "b\n"):
        with appending(tmp_path / "log") as file:
            file.write(line)
    assert (tmp_path / "log").read_text() == "a\nb\n"


def test_json_goes_round(tmp_path: Path) -> None:
    document = {"b": [1, 2.5, None], "a": "θ"}
    write_json(tmp_path / "x.json", document)
    text = (tmp_path / "x.json").read_text()
    assert text.endswith("}\n")
    assert "θ" in text
    assert list(read_json(tmp_path / "x.json")) == ["b", "a"]
    assert read_json(tmp_path / "x.json") == json.loads(text) == document


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_json_has_no_such_number(tmp_path: Path, number: float) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(StorageError) as caught:
        write_json(path, {"a": [1.0, number]})
    assert (
        str(caught.value)
        == f"cannot write {path}: Out of range float values are not JSON compliant: {number}"
    )
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"a": 1', "Expecting ',' delimiter: line 1 column 8 (char 7)"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_json_that_is_damaged(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError) as caught:
        read_json(path)
    assert str(caught.value) == f"{path} is damaged: not a JSON document ({why})"


def test_json_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        read_json(tmp_path / "none.json")
    assert str(caught.value) == f"no file {tmp_path / 'none.json'}"


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder"
    with new_folder(path) as temporary:
        (temporary / "a").write_text("a")
        assert not path.exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["folder"]
    assert (path / "a").read_text() == "a"
    assert path.stat().st_mode & 0o777 == 0o755  # others may read it


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(RequestError) as caught, new_folder(tmp_path / "taken"):
        pass
    assert str(caught.value) == f"{tmp_path / 'taken'} exists already: expected a folder name that is free"


def test_a_folder_that_another_process_makes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    with pytest.raises(RequestError) as caught, new_folder(path) as temporary:  # noqa: PT012
        (temporary / "mine").touch()
        path.mkdir()
        (path / "theirs").touch()
    assert str(caught.value) == f"{path} exists already: another process made it meanwhile"
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    assert (path / "theirs").exists()


@given(name=st.text(st.characters(codec="ascii", categories=["L"]), min_size=2, max_size=12))
def test_a_name_in_another_case_is_nearest(name: str) -> None:
    assert nearest(name.swapcase(), ["12345", name]) == name
    assert nearest(name, ["12345", "67890"]) is None


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            lambda: lookup("fruit", "aple", {"pear": 1, "apple": 2}),
            "unknown fruit 'aple': expected one of apple, pear; did you mean 'apple'?",
        ),
        (
            lambda: lookup("fruit", "zz", {"pear": 1, "apple": 2}),
            "unknown fruit 'zz': expected one of apple, pear",
        ),
        (lambda: positive("size", -3), "size is -3: expected a whole number of at least 1"),
    ],
)
def test_texts_of_names(request_: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        request_()
    assert str(caught.value) == message


def test_a_users_file_runs_once_and_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(f"with open({str(tmp_path / 'runs')!r}, 'a') as file:\n    file.write('x')\n")
    code = load_user_code(str(path))
    assert load_user_code(str(path)) == code
    assert (tmp_path / "runs").read_text() == "x"
    assert code.path == str(path.resolve())
    assert code.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # A module by name.
    assert load_user_code("json").path == json.__file__


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = 1\n\nprint(y)\n", "NameError: name 'y' is not defined (mine.py, line 3)"),
        ("x = (\n", "SyntaxError: '(' was never closed (mine.py, line 1)"),
        ("def f():\n    raise OSError('two\\nlines')\n\n\nf()\n", "OSError: two lines (mine.py, line 5)"),
        (
            "import nothing_of_this_name\n",
            "ModuleNotFoundError: No module named 'nothing_of_this_name' (mine.py, line 1)",
        ),
        (
            "from krohn import register_task\n@register_task('parity')\ndef f(): ...\n",
            "task 'parity' is registered already: expected a name that is free (mine.py, line 2)",
        ),
    ],
)
def test_a_users_file_that_fails(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(RequestError) as caught:
        load_user_code(str(path))
    assert str(caught.value) == f"--import {path}: {why}"
    # Nothing half-loaded stays: once mended, the file loads.
    path.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n")
    assert load_user_code(str(path)).path == str(path.resolve())
    assert (tmp_path / "ran").exists()


def test_user_code_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.py"
    for spec, why in [
        (str(path), f"no file {path}"),
        ("nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("sys", "expected a file or a module that has one"),
    ]:
        with pytest.raises(RequestError) as caught:
            load_user_code(spec)
        assert str(caught.value) == f"--import {spec}: {why}"
