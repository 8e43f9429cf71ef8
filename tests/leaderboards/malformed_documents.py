"""Configs and evaluations that cannot be, as cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .malformed_weights import Case

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


CONFIGS: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "task": (("task",), "parityy", "is of another run|unknown task"),
    "task markup": (("task",), "<img src=x onerror=alert(1)>", "is of another run"),
    "task path": (("task",), "file:../../../etc/passwd", "is of another run"),
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


KINDS = {
    "a forged hash": "forged hash",
    "no hash": "forged hash",
    "a pickle": "pickles",
    "an archive": "archives",
    "model path": "path traversal",
    "task path": "path traversal",
}
DOCUMENTS = ("config.json", "evaluation.json")


def written(name: str, data: bytes) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / name).write_bytes(data)

    return change


def changed(name: str, keys: tuple[str | int, ...], value: Any) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        put(run / name, keys, value)

    return change


CASES = [
    *(
        Case(KINDS.get(case, "documents"), f"{name}: {case}", written(name, data), expected)
        for name in DOCUMENTS
        for case, (data, expected) in TEXTS.items()
    ),
    *(
        Case(KINDS.get(case, "configs"), case, changed("config.json", *given), expected)
        for case, (*given, expected) in CONFIGS.items()
    ),
    *(
        Case(KINDS.get(case, "evaluations"), case, changed("evaluation.json", *given), expected)
        for case, (*given, expected) in EVALUATIONS.items()
    ),
]
