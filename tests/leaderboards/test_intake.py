"""What is read as data is known by what it is: weights of any model and cards of any text, never an archive."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from safetensors.torch import save

from krohn.errors import DamagedFileError
from krohn.evaluation.evaluate import evaluate_run
from krohn.generators.tasks import task
from krohn.leaderboards.intake import ARCHIVES, MOST_BYTES, read_card, read_plain
from krohn.leaderboards.packing import pack
from krohn.leaderboards.tensors import LARGEST_HEADER, tensors_of
from krohn.models.zoo import build_model, models
from krohn.training.config import TrainingConfig
from krohn.training.loop import train
from krohn.training.run import load_run, new_config

MAGIC = {
    *(b"PK", b"\x1f\x8b", b"BZ", b"\xfd7", b"(\xb5"),
    *(b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
}
"""The first two bytes of archives and of pickles."""
ENTRY = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()


def read(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    return read_plain(path, MOST_BYTES["weights.safetensors"])


def test_weights_of_every_model_are_taken_at_every_width(tmp_path: Path) -> None:
    begins_like_another = set()
    for entry in models():
        for width in (8, 16, 24, 32, 48, 64, 96, 100, 128):
            model = build_model(entry.name, 2, 2, {"width": width}, seed=0)
            data = save(model.state_dict())
            assert tensors_of(read(tmp_path / "weights", data), "weights").keys() == model.state_dict().keys()
            if data[:2] in MAGIC:
                begins_like_another.add(entry.name)
    assert begins_like_another >= {"mamba", "s4d"}


@pytest.mark.parametrize("third", [0, 1, 8, 15])
@pytest.mark.parametrize("magic", sorted(MAGIC))
def test_a_header_may_have_any_length(tmp_path: Path, magic: bytes, third: int) -> None:
    size = int.from_bytes(magic + bytes([third]), "little")
    assert len(ENTRY) <= size <= LARGEST_HEADER
    data = size.to_bytes(8, "little") + ENTRY.ljust(size) + bytes(8)
    assert list(tensors_of(read(tmp_path / "weights", data), "weights")) == ["a"]


def test_a_run_whose_weights_begin_as_pickles_do_is_packed(near: None, tmp_path: Path) -> None:
    training = TrainingConfig(steps=1, batch=2, lengths=(1, 4), validation_words=4)
    folder = tmp_path / "run"
    train(new_config(task("parity"), "s4d", {"width": 24}, training, []), folder)
    evaluate_run(load_run(folder), [3], ["fp32"], words=4)
    assert (folder / "weights.safetensors").read_bytes()[:2] == b"\x80\x03"
    (packed,) = pack([folder])
    assert packed.claim.model == "s4d"


@pytest.mark.parametrize(
    "text", ["BZhou et al.: our model", "BZh9 and more", "PK: a title", "BZ", "(\N{MICRO SIGN}/", "{}", "µ"]
)
def test_a_card_may_begin_with_any_letters(tmp_path: Path, text: str) -> None:
    assert read_card(read(tmp_path / "card", text.encode()), "card") == text


def zipped(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "zip", "w") as archive:
        archive.writestr("weights", b"weights")
    return (folder / "zip").read_bytes()


def saved(folder: Path, zipped: bool) -> bytes:
    torch.save(
        build_model("s4d", 2, 2, {}, seed=0).state_dict(),
        folder / "pt",
        _use_new_zipfile_serialization=zipped,
    )
    return (folder / "pt").read_bytes()


def test_archives_and_pickles_are_named(tmp_path: Path) -> None:
    values = [None, {}, [1.0], "text", {"weights": [1, 2]}, b"bytes", 2**70, print]
    pickles = [pickle.dumps(value, protocol) for value in values for protocol in (2, 3, 4, 5)]
    found = {
        "a zip archive": [zipped(tmp_path), b"PK\x05\x06" + bytes(18), saved(tmp_path, True)],
        "a gzip archive": [gzip.compress(b"weights")],
        "a bzip2 archive": [bz2.compress(b"weights"), bz2.compress(b"", 1)],
        "an xz archive": [lzma.compress(b"weights")],
        "a zstd archive": [pa.compress(b"weights", codec="zstd", asbytes=True)],
        "a pickle": [*pickles, saved(tmp_path, False)],
    }
    assert found.keys() == ARCHIVES.keys()
    for kind, files in found.items():
        for data in files:
            with pytest.raises(DamagedFileError) as caught:
                read(tmp_path / "weights", data)
            expected = f"{tmp_path / 'weights'} is {kind}: expected the file itself; nothing is unpacked"
            assert str(caught.value) == expected
