"""Weights that cannot be, as cases: a kind, a name, what is done to a run, and what is said of it."""

from __future__ import annotations

import bz2
import hashlib
import json
import lzma
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import load_file, save_file


class Case(NamedTuple):
    """A submission that is refused."""

    kind: str
    name: str
    change: Callable[[Path], dict[str, Any] | None]
    """Spoils a copy of a whole run, and returns with which options it is submitted."""
    expected: str
    """What the message holds, or a pattern of it."""


WEIGHTS = "weights.safetensors"
F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def file_of(header: Any, body: bytes = bytes(8), size: int | None = None) -> bytes:
    """Return a safetensors file with a header of one's own."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + body


def bomb(run: Path) -> None:
    with zipfile.ZipFile(run / WEIGHTS, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", bytes(10_000_000))


def two(first: list[int], second: list[int]) -> bytes:
    return file_of({"a": {**F32, "data_offsets": first}, "b": {**F32, "data_offsets": second}}, bytes(16))


BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "0 bytes are no safetensors file"),
    "short": (b"abc", "3 bytes are no safetensors file"),
    "header of 2^63 bytes": (
        file_of({}, size=2**63),
        "its header would have 9,223,372,036,854,775,808 bytes",
    ),
    "header of 2 MB": (
        file_of({}, size=1 << 21),
        "its header would have 2,097,152 bytes: expected at most 1,048,576",
    ),
    "header past the end": (file_of({}, size=100), "its header would have 100 bytes, 10 are there"),
    "no JSON": (file_of(b"import os"), "not a JSON document"),
    "not UTF-8": (file_of(b"\xff\xfe"), "expected UTF-8"),
    "nested": (file_of(b"[" * 90_000), "nested too deeply"),
    "a list": (file_of([1]), "its header is no object"),
    "a number": (file_of(3), "its header is no object"),
    "no tensors": (file_of({}), "it has 0 tensors"),
    "metadata only": (file_of({"__metadata__": {"a": "b"}}), "it has 0 tensors"),
    "5000 tensors": (
        file_of({f"t{i}": {} for i in range(5000)}),
        "it has 5,000 tensors: expected 1 to 4,096",
    ),
    "a name twice": (file_of(b'{"a": 1, "a": 2}'), "key 'a' is there twice"),
    "a path": (file_of({"../../etc/passwd": F32}), "expected a name of letters, digits and dots"),
    "a name with a space": (file_of({"a b": F32}), "expected a name of letters"),
    "no name": (file_of({"": F32}), "expected a name of letters"),
    "a long name": (file_of({"a" * 300: F32}), "expected a name of letters"),
    "markup": (file_of({"<script>": F32}), "expected a name of letters"),
    "unicode": (file_of({"wei\u0261ht": F32}), "expected a name of letters"),
    "a null byte": (file_of({"a\0b": F32}), "expected a name of letters"),
    "a line break": (file_of({"a\nb": F32}), "expected a name of letters"),
    "an entry that is none": (file_of({"a": 5}), "expected dtype, shape and data_offsets"),
    "a key too many": (file_of({"a": {**F32, "code": "x"}}), "expected dtype, shape and data_offsets"),
    "a key too few": (file_of({"a": {"dtype": "F32"}}), "expected dtype, shape and data_offsets"),
    "no dtype": (file_of({"a": {**F32, "dtype": None}}), "has dtype None: expected one of"),
    "object dtype": (file_of({"a": {**F32, "dtype": "object"}}), "has dtype 'object'"),
    "dtype list": (file_of({"a": {**F32, "dtype": []}}), r"has dtype \[\]"),
    "negative shape": (file_of({"a": {**F32, "shape": [-2]}}), r"has shape \[-2\]"),
    "shape of floats": (file_of({"a": {**F32, "shape": [2.0]}}), r"has shape \[2.0\]"),
    "shape of booleans": (file_of({"a": {**F32, "shape": [True]}}), r"has shape \[True\]"),
    "shape text": (file_of({"a": {**F32, "shape": "2"}}), "has shape '2'"),
    "nine dimensions": (file_of({"a": {**F32, "shape": [1] * 8 + [2]}}), "at most 8 whole numbers"),
    "huge dimension": (file_of({"a": {**F32, "shape": [2**60]}}), "has shape"),
    "huge product": (file_of({"a": {**F32, "shape": [2**39] * 8}}), "expected F32 for each number"),
    "zero times huge": (file_of({"a": {**F32, "shape": [0, 2**41]}}), "has shape"),
    "offsets reversed": (file_of({"a": {**F32, "data_offsets": [8, 0]}}), "has -8 bytes"),
    "offsets negative": (file_of({"a": {**F32, "data_offsets": [-8, 0]}}), "data_offsets"),
    "offsets of three": (file_of({"a": {**F32, "data_offsets": [0, 8, 9]}}), "expected two whole numbers"),
    "offsets text": (file_of({"a": {**F32, "data_offsets": "08"}}), "expected two whole numbers"),
    "a gap": (two([0, 8], [12, 20]), "tensor b begins at byte 12, expected 8"),
    "an overlap": (two([0, 8], [4, 12]), "tensor b begins at byte 4, expected 8"),
    "the same bytes": (two([0, 8], [0, 8]), "begins at byte 0, expected 8"),
    "a gap before": (
        file_of({"a": {**F32, "data_offsets": [4, 12]}}, bytes(12)),
        "begins at byte 4, expected 0",
    ),
    "bytes past the end": (file_of({"a": F32}, bytes(4)), "its tensors have 8 bytes, 4 are there"),
    "bytes behind": (file_of({"a": F32}, bytes(9)), "its tensors have 8 bytes, 9 are there"),
    "NaN": (file_of({"a": F32}, np.array([1, np.nan], "<f4").tobytes()), "tensor a holds NaN or infinity"),
    "infinity": (
        file_of({"a": F32}, np.array([1, np.inf], "<f4").tobytes()),
        "tensor a holds NaN or infinity",
    ),
    "minus infinity": (file_of({"a": F32}, np.array([-np.inf, 0], "<f4").tobytes()), "NaN or infinity"),
    "NaN in bfloat16": (
        file_of({"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}, b"\xc0\x7f" * 4),
        "NaN or infinity",
    ),
    "NaN in half": (
        file_of({"a": {"dtype": "F16", "shape": [4], "data_offsets": [0, 8]}}, b"\x01\x7e" * 4),
        "NaN or infinity",
    ),
    "NaN in double": (
        file_of({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}, np.array([np.nan]).tobytes()),
        "NaN or infinity",
    ),
    "gzip": (b"\x1f\x8b" + bytes(20), "is a gzip archive: expected the file itself; nothing is unpacked"),
    "bzip2": (bz2.compress(b"weights"), "is a bzip2 archive"),
    "xz": (lzma.compress(b"weights"), "is an xz archive"),
    "zstd": (b"(\xb5/\xfd" + bytes(20), "is a zstd archive"),
    **{
        f"a pickle of protocol {protocol}": (
            pickle.dumps(print, protocol),
            "is a pickle: expected the file itself",
        )
        for protocol in (2, 3, 4, 5)
    },
    "a pickle of protocol 0": (pickle.dumps(print, 0), "is damaged: its header would have"),
    "Python": (b"import os; os.system('echo hello')", "is damaged: its header would have"),
}


def kind_of(name: str) -> str:
    """The issue's kind of a case of `BYTES`."""
    for word, kind in KINDS.items():
        if word in name:
            return kind
    return "tensors"


KINDS = {
    "pickle": "pickles",
    "Python": "pickles",
    "a path": "path traversal",
    "header": "huge headers",
    "5000 tensors": "huge headers",
    "NaN": "NaN weights",
    "infinity": "NaN weights",
    **dict.fromkeys(("gzip", "bzip2", "xz", "zstd"), "archives"),
}


def writing(data: bytes) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / WEIGHTS).write_bytes(data)

    return change


def linked(target: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        kept = (run / WEIGHTS).rename(run.with_name("elsewhere"))
        (run / WEIGHTS).symlink_to(target or kept)

    return change


def pipe(run: Path) -> None:
    (run / WEIGHTS).unlink()
    os.mkfifo(run / WEIGHTS)  # nobody writes to it: reading must not wait


def folder(run: Path) -> None:
    (run / WEIGHTS).unlink()
    (run / WEIGHTS).mkdir()


def sparse(run: Path) -> None:
    with (run / WEIGHTS).open("wb") as file:
        file.truncate(2 << 30)  # two gigabytes of nothing


def exchanged(tensors: Callable[[dict[str, Any], str], dict[str, Any]]) -> Callable[[Path], None]:
    """Give a run other weights, and the evaluation that says so."""

    def change(run: Path) -> None:
        own = load_file(run / WEIGHTS)
        save_file(tensors(own, sorted(own)[0]), run / WEIGHTS)
        sha256 = hashlib.sha256((run / WEIGHTS).read_bytes()).hexdigest()
        told = json.loads((run / "evaluation.json").read_text())
        (run / "evaluation.json").write_text(json.dumps({**told, "weights_sha256": sha256}))

    return change


def flipped(place: int) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        data = bytearray((run / WEIGHTS).read_bytes())
        data[-1 - 4 * place] ^= 1
        (run / WEIGHTS).write_bytes(data)

    return change


FIT = "its weights do not fit its config: "
CASES = [
    *(Case(kind_of(name), name, writing(data), expected) for name, (data, expected) in BYTES.items()),
    Case("zip bombs", "weights", bomb, "is a zip archive: expected the file itself; nothing is unpacked"),
    Case("symlinks", "weights", linked(""), f"{WEIGHTS} is a link: expected a plain file"),
    Case(
        "symlinks", "weights out of it", linked("/etc/passwd"), f"{WEIGHTS} is a link: expected a plain file"
    ),
    Case(
        "path traversal",
        "weights by ..",
        linked("../elsewhere"),
        f"{WEIGHTS} is a link: expected a plain file",
    ),
    Case("files", "a pipe", pipe, f"{WEIGHTS} is no plain file"),
    Case("files", "a folder", folder, f"{WEIGHTS} is no plain file"),
    Case("files", "two gigabytes", sparse, "has 2,147,483,648 bytes: expected at most 1,073,741,824"),
    Case(
        "tensors",
        "one more",
        exchanged(lambda own, name: {**own, "more": own[name]}),
        FIT + "the model has no more",
    ),
    Case(
        "tensors",
        "one less",
        exchanged(lambda own, name: {k: v for k, v in own.items() if k != name}),
        " is missing",
    ),
    Case(
        "tensors",
        "narrower",
        exchanged(lambda own, name: {**own, name: own[name][..., :1]}),
        " is F32 of shape ",
    ),
    Case(
        "tensors",
        "wider",
        exchanged(lambda own, name: {**own, name: own[name].astype("f8")}),
        " is F64 of shape ",
    ),
    *(
        Case("forged hash", f"bit {place}", flipped(place), "was evaluated with other weights|NaN")
        for place in range(20)
    ),
]
