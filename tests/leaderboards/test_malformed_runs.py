"""Configs, evaluations, cards, names and paths that cannot be: refused in one line, the board stays as it was."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krohn.errors import KrohnError
from krohn.leaderboards.packing import pack

Refuse = Callable[..., str]
LONG = 10**400

TEXTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a JSON document"),
    "cut short": (b'{"task": "par', "not a JSON document"),
    "not UTF-8": (b'{"task": "\xff"}', "expected UTF-8"),
    "NaN": (b'{"task": NaN}', "NaN is no number of JSON"),
    "infinity": (b'{"task": -Infinity}', "-Infinity is no number of JSON"),
    "nested": (b'{"a":' * 50_000, "nested too deeply"),
    "nested lists": (b"[" * 100_000, "nested too deeply"),
    "a key twice": (b'{"task": 1, "task": 2}', "key 'task' is there twice"),
    "5000 digits": (b'{"steps": ' + b"9" * 5000 + b"}", "not a JSON document"),
    "a list": (b"[]", "is damaged: "),
    "null": (b"null", "is damaged: "),
    "text": (b'"parity"', "is damaged: "),
    "no keys": (b"{}", "is damaged: "),
    "half a letter": (b'{"task": "\\ud800"}', "is damaged: "),
    "a pickle": (b"\x80\x04\x95", "is a pickle"),
    "an archive": (b"PK\x03\x04", "is a zip archive"),
}


@pytest.mark.parametrize("name", ["config.json", "evaluation.json"])
@pytest.mark.parametrize("case", TEXTS)
def test_texts_that_are_no_documents(refuse: Refuse, run: Path, name: str, case: str) -> None:
    data, expected = TEXTS[case]
    (run / name).write_bytes(data)
    refuse(run, expected)


CONFIGS: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "task": (("task",), "parityy", "is of another run|unknown task"),
    "task markup": (("task",), "<img src=x onerror=alert(1)>", "is of another run"),
    "task number": (("task",), 5, "config.json is damaged: task: "),
    "task null": (("task",), None, "config.json is damaged: task: "),
    "task version": (("task_version",), 99, "is of another run: its task_version is "),
    "model": (("model",), "lstmm", "is of another run: its model is 'lstm', expected 'lstmm'"),
    "model path": (("model",), "../../lstm", "is of another run"),
    "settings": (("settings",), {"width": 4, "depth": 2}, "has no key 'depth'"),
    "settings incomplete": (("settings",), {}, "its config leaves out settings of lstm"),
    "settings text": (("settings", "width"), "four", "width is 'four'"),
    "settings huge": (("settings", "width"), 10**6, "its weights do not fit its config"),
    "settings beyond": (("settings", "width"), LONG, "."),
    "settings negative": (("settings", "width"), -1, "."),
    "inputs": (("inputs",), 3, "its model has 3 inputs and 2 outputs: task parity has 2 and 2"),
    "inputs zero": (("inputs",), 0, "config.json is damaged: inputs: "),
    "outputs": (("outputs",), 10**9, "its model has 2 inputs and 1000000000 outputs"),
    "vectors": (("vectors",), True, "."),
    "convention": (("convention",), "other", "config.json is damaged: convention: "),
    "schema": (("schema_version",), 7, "config.json is damaged: schema_version: "),
    "track": (("track",), "stolen", "config.json is damaged: track: "),
    "constructed with a training": (
        ("track",),
        "constructed",
        "expected a training, unless the track is constructed",
    ),
    "more": (("__reduce__",), "os.system", "config.json is damaged: __reduce__: "),
    "training": (("training",), "a lot", "config.json is damaged: training: "),
    "steps": (("training", "steps"), 0, "config.json is damaged: training: steps: "),
    "steps beyond": (("training", "steps"), LONG, "."),
    "lengths": (("training", "lengths"), [9, 3], "config.json is damaged: training: "),
    "seed": (("training", "seed"), -1, "config.json is damaged: training: seed: "),
    "other seed": (("training", "seed"), 4, "is of another run: its seed is 3, expected 4"),
    "seed beyond": (("training", "seed"), 2**64, "config.json is damaged: training: seed: "),
    "imports": (("imports",), "os", "config.json is damaged: imports: "),
}


def put(path: Path, keys: tuple[str | int, ...], value: Any) -> None:
    document = json.loads(path.read_text())
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("case", CONFIGS)
def test_configs_that_cannot_be(refuse: Refuse, run: Path, case: str) -> None:
    keys, value, expected = CONFIGS[case]
    put(run / "config.json", keys, value)
    refuse(run, expected)


EVALUATIONS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a forged hash": (("weights_sha256",), "0" * 64, "was evaluated with other weights"),
    "no hash": (("weights_sha256",), "", "was evaluated with other weights"),
    "another task": (("task",), "word:C5", "is of another run: its task is 'word:C5', expected 'parity'"),
    "another version": (("task_version",), 8, "is of another run: its task_version is 8"),
    "another model": (("model",), "mamba", "is of another run: its model is 'mamba', expected 'lstm'"),
    "another seed": (("seed",), 9, "is of another run: its seed is 9, expected 3"),
    "no results": (("results",), [], "evaluation.json is damaged: it has no results"),
    "results text": (("results",), "all right", "evaluation.json is damaged: results: "),
    "more right than there are": (("results", 0, "correct"), 10**6, "expected 0 <= correct <= total"),
    "negative": (("results", 0, "correct"), -1, "expected 0 <= correct <= total"),
    "no words": (("results", 0, "words"), 0, "evaluation.json is damaged"),
    "more words than labels": (("results", 0, "words"), 10**5, "evaluation.json is damaged"),
    "squares": (("results", 0, "squares"), 0, "squares cannot belong to these counts"),
    "halves": (("results", 0, "correct"), 1.5, "evaluation.json is damaged"),
    "beyond": (("results", 0, "total"), LONG, "."),
    "length zero": (("results", 0, "length"), 0, "lengths are 0-0|expected lengths of at least 1"),
    "length negative": (("results", 0, "length"), -5, "length is -5|expected lengths of at least 1|lengths"),
    "a cell twice": (("results", 0, "length"), 3, "expected each precision and length once"),
    "a precision": (("results", 0, "precision"), "fp33", "unknown precision 'fp33'"),
    "a precision of markup": (("results", 0, "precision"), "<b>fp32</b>", "unknown precision"),
    "a format": (("results", 0, "precision"), "e999m999", "."),
    "a rounding": (("results", 0, "rounding"), "up", "."),
    "an overflow": (("results", 0, "overflow"), "explode", "cannot be rounded nearest with overflow explode"),
    "an order": (("results", 0, "order"), "random", "order 'random': expected sequential"),
    "a chunk of nothing": (("results", 0, "order"), "chunked:0", "order 'chunked:0'"),
    "a test seed": (("test_seed",), -1, "seed"),
    "a test seed beyond": (("test_seed",), LONG, "."),
    "words": (("words",), -3, "words"),
    "more": (("comment",), "<script>", "evaluation.json is damaged: comment: "),
    "versions": (("versions",), {"torch": ["2"]}, "evaluation.json is damaged: versions: "),
    "a long version": (("versions",), {"torch": "2" * 5000}, "environment"),
}


@pytest.mark.parametrize("case", EVALUATIONS)
def test_evaluations_that_cannot_be(refuse: Refuse, run: Path, case: str) -> None:
    keys, value, expected = EVALUATIONS[case]
    put(run / "evaluation.json", keys, value)
    refuse(run, expected)


@pytest.mark.parametrize("name", ["config.json", "evaluation.json"])
def test_files_that_are_none(refuse: Refuse, run: Path, tmp_path: Path, name: str) -> None:
    path = run / name
    kept = path.rename(tmp_path / "elsewhere")
    path.symlink_to(kept)
    refuse(run, f"{path} is a link: expected a plain file")
    path.unlink()
    os.mkfifo(path)
    refuse(run, f"{path} is no plain file")
    path.unlink()
    path.mkdir()
    refuse(run, f"{path} is no plain file")
    path.rmdir()
    with path.open("wb") as file:
        file.truncate(1 << 30)
    refuse(run, f"{path} has 1,073,741,824 bytes: expected at most ")


NAMES = {
    "markup": "<b>first</b>",
    "a script": "<script>alert(1)</script>",
    "an entity": "a&lt;b",
    "a quote": 'x" onload="y',
    "a line break": "first\nsecond",
    "a null byte": "a\0b",
    "an escape": "\x1b[31mred",
    "right to left": "\u202egnp.exe",
    "no width": "la\u200bst",
    "a byte order mark": "\ufefflast",
    "nothing": "",
    "a space": " ",
    "spaces around": " first ",
    "long": "x" * 81,
    "a pile": "a" + "\u0316" * 20,
    "not in normal form": "Zu\u0308rich",
    "half a letter": "\ud800",
    "a backslash": "..\\..",
    "a private letter": "\ue000",
    "a separator": "a\u2028b",
}


@pytest.mark.parametrize("case", NAMES)
def test_names_that_cannot_be_shown(refuse: Refuse, run: Path, case: str) -> None:
    refuse(
        run,
        f"^a name |^the claim of {run} is damaged: name: ",
        name=NAMES[case],
    )


def test_names_of_every_language_can(near: None, run: Path) -> None:
    for name in ("Züri-Grammatik", "автомат №5", "オートマトン", "آلة", "máquina (q = 60)", "Việt"):
        (packed,) = pack([run], name=name)
        assert packed.claim.name == name


def test_cards_that_are_none(refuse: Refuse, run: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    for data, expected in (
        (b"\xff\xfe", "is damaged: expected UTF-8"),
        (b"a\0b", r"holds '\\x00': expected printable text"),
        (b"\x1b[2J", r"holds '\\x1b'"),
        ("\u202e".encode(), r"holds '\\u202e'"),
        (b"x" * 65_537, "has 65,537 bytes: expected at most 65,536"),
        (b"PK\x03\x04", "is a zip archive"),
    ):
        card.write_bytes(data)
        refuse(run, expected, card=card)
    refuse(run, "no file ", card=tmp_path / "none.md")
    card.unlink()
    card.symlink_to("/etc/passwd")
    refuse(run, "is a link", card=card)
    (run / "README.md").symlink_to("/etc/passwd")
    refuse(run, "README.md is a link")


def test_paths_that_are_no_runs(refuse: Refuse, run: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "run"), "zip", run))
    refuse(archive, f"{archive} is no folder: expected a run folder")
    refuse(tmp_path / "none", "is no run: expected a folder with config.json")
    refuse(tmp_path, "is no run: expected a folder with config.json")
    refuse(tmp_path / ("x" * 300), "is no run: expected a folder with config.json")
    refuse(tmp_path / "a\nb", "expected a path of printable letters")
    refuse(tmp_path / ("y" * 2000), "expected a path of printable letters, at most 1024")
    refuse(Path("/dev/zero"), "is no folder")
    refuse(run, "unknown suite 'open-v2'", suite="open-v2")
    refuse(run, "unknown suite", suite="../open-v1")
    refuse(run, f"not yet a row of groups-v1: {re.escape(str(run))} is of parity, which", suite="groups-v1")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(data=st.data())
def test_whatever_stands_in_a_document_it_is_taken_or_refused_in_one_line(
    near: None, run: Path, data: st.DataObject
) -> None:
    path = run / data.draw(st.sampled_from(["config.json", "evaluation.json"]))
    whole = path.read_text()
    place = document = json.loads(whole)
    while True:
        key: Any = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place))))
        )
        if not place[key] or not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    # Sizes only: what a large model costs is for the limited process to find out.
    place[key] = data.draw(VALUES.filter(lambda value: not isinstance(value, int) or abs(value) < 10**4))
    path.write_text(json.dumps(document))
    line = "taken"
    try:
        pack([run])
    except KrohnError as error:
        line = str(error)
    finally:
        path.write_text(whole)
    assert line
    assert "\n" not in line
