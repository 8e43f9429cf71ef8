"""Weights that are none: each is refused in one line before a tensor is loaded, and the board stays as it was."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

Refuse = Callable[..., str]
F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def file_of(header: Any, body: bytes = bytes(8), size: int | None = None) -> bytes:
    """Return a safetensors file with a header of one's own."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + body


def bomb(path: Path) -> bytes:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", bytes(10_000_000))
    return path.with_suffix(".zip").read_bytes()


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
    "bzip2": (b"BZh" + bytes(20), "is a bzip2 archive"),
    "xz": (b"\xfd7zXZ" + bytes(20), "is an xz archive"),
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


@pytest.mark.parametrize("case", BYTES)
def test_bytes_that_are_no_weights(refuse: Refuse, run: Path, case: str) -> None:
    data, expected = BYTES[case]
    (run / "weights.safetensors").write_bytes(data)
    refuse(run, expected)


def test_a_zip_bomb_is_not_unpacked(refuse: Refuse, run: Path) -> None:
    (run / "weights.safetensors").write_bytes(bomb(run / "weights"))
    refuse(run, "is a zip archive: expected the file itself; nothing is unpacked")


def test_files_that_are_none(refuse: Refuse, run: Path, tmp_path: Path) -> None:
    weights = run / "weights.safetensors"
    kept = weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(kept)
    refuse(run, f"{weights} is a link: expected a plain file")
    weights.unlink()
    weights.symlink_to("/etc/passwd")
    refuse(run, f"{weights} is a link: expected a plain file")
    weights.unlink()
    os.mkfifo(weights)  # nobody writes to it: reading must not wait
    refuse(run, f"{weights} is no plain file")
    weights.unlink()
    weights.mkdir()
    refuse(run, f"{weights} is no plain file")
    weights.rmdir()
    with weights.open("wb") as file:
        file.truncate(2 << 30)  # two gigabytes of nothing
    refuse(run, f"{weights} has 2,147,483,648 bytes: expected at most 1,073,741,824")


def exchange(run: Path, tensors: dict[str, Any]) -> None:
    """Give a run other weights, and the evaluation that says so."""
    save_file(tensors, run / "weights.safetensors")
    sha256 = hashlib.sha256((run / "weights.safetensors").read_bytes()).hexdigest()
    told = json.loads((run / "evaluation.json").read_text())
    (run / "evaluation.json").write_text(json.dumps({**told, "weights_sha256": sha256}))


def test_weights_of_another_model(refuse: Refuse, run: Path) -> None:
    own = load_file(run / "weights.safetensors")
    name = sorted(own)[0]
    exchange(run, {**own, "more": own[name]})
    refuse(run, f"{run}: its weights do not fit its config: the model has no more")
    exchange(run, {key: value for key, value in own.items() if key != name})
    refuse(run, f"{run}: its weights do not fit its config: the model's {name} is missing")
    exchange(run, {**own, name: own[name][..., :1]})
    refuse(run, f"its weights do not fit its config: {name} is F32 of shape ")
    exchange(run, {**own, name: own[name].astype("f8")})
    refuse(run, f"its weights do not fit its config: {name} is F64 of shape ")


@pytest.mark.parametrize("place", range(20))
def test_a_flipped_bit_of_the_weights_is_a_forged_hash(refuse: Refuse, run: Path, place: int) -> None:
    path = run / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1 - 4 * place] ^= 1
    path.write_bytes(data)
    refuse(run, f"{run} was evaluated with other weights|NaN")
