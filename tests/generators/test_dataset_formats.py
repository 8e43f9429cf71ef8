"""Dataset files in every format, and what others read from them."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

import krohn
from krohn.errors import RequestError
from krohn.generators import shards
from krohn.generators.datasets import generate
from krohn.generators.shards import Split, shards_of
from krohn.generators.storage.columns import name_of_type, schema_of, table_of, type_called, words_of
from krohn.generators.storage.content import content_of
from krohn.generators.storage.distinct import mark_new, words_that_exist
from krohn.generators.storage.formats import FORMATS

KINDS = ("word:S3", "parity-final", "mod-ltr:5", "set", "binding:T1", "next-symbols:nested:4")
SPLITS = [Split("train", 600, 8, 12), Split("test", 50, 20, 24)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("formats")
    for form in FORMATS:
        generate(krohn.task("word:S3"), base / form, SPLITS, seed=2, format=form)
    return {form: base / form for form in FORMATS}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_what_was_written_is_read(name: str, form: str, tmp_path: Path) -> None:
    task = krohn.task(name)
    schema = schema_of(task)
    words = task.sample(300, (30, 40), seed=4)
    path = tmp_path / f"a.{form}"
    with FORMATS[form].writing(path, schema) as write:
        write(table_of(words, schema))
        write(table_of(words, schema).slice(7, 5))
    batches = list(FORMATS[form].batches(path, schema))
    assert all(batch.schema.equals(schema) for batch in batches)
    back = words_of(task, table_of(words, schema))
    assert np.array_equal(back.symbols, words.symbols)
    assert np.array_equal(back.labels, words.labels, equal_nan=words.labels.dtype == np.float64)
    digest = hashlib.sha256()
    inside = np.arange(words.symbols.shape[1]) < words.lengths[:, None]
    wide = "d" if words.symbols.dtype == np.float64 else "I"
    answers = "d" if words.labels.dtype == np.float64 else "i"
    for i in [*range(300), *range(7, 12)]:
        symbols = words.symbols[i][inside[i]].ravel().tolist()
        labels = words.labels[i][words.labelled[i]]
        digest.update(struct.pack(f"<I{len(symbols)}{wide}", words.lengths[i], *symbols))
        digest.update(struct.pack(f"<I{labels.size}{answers}", len(labels), *labels.ravel().tolist()))
    assert content_of(batches).sha256 == digest.hexdigest()


def test_formats_say_the_same(folders: dict[str, Path]) -> None:
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in folders.values()]
    assert len({manifest["splits"]["train"]["sha256"] for manifest in manifests}) == 1
    frames = [krohn.load(folder)["test"] for folder in folders.values()]
    for frame in frames[1:]:
        assert frame.columns.tolist() == frames[0].columns.tolist()
        for column in ("input_ids", "labels"):
            assert [x.tolist() for x in frame[column]] == [x.tolist() for x in frames[0][column]]


def test_text_is_plain(folders: dict[str, Path]) -> None:
    words = krohn.task("word:S3").sample(50, (20, 24), seed=2, split="test")
    with (folders["jsonl"] / "data" / "test-00000-of-00001.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    with (folders["csv"] / "data" / "test-00000-of-00001.csv").open() as file:
        table = list(csv.DictReader(file))
    for i, (row, other) in enumerate(zip(rows, table, strict=True)):
        n = words.lengths[i]
        expected = {"input_ids": words.symbols[i, :n].tolist(), "labels": words.labels[i, :n].tolist()}
        assert row == {**expected, "length": n}
        assert {key: [int(x) for x in other[key].split(" ")] for key in expected} == expected
        assert int(other["length"]) == n


def test_others_read_parquet(folders: dict[str, Path]) -> None:
    files = folders["parquet"] / "data" / "train-*.parquet"
    query = "select count(*), sum(length), sum(len(input_ids)), sum(list_sum(labels)) from read_parquet(?)"
    (found,) = duckdb.execute(query, [str(files)]).fetchall()
    frame = pd.read_parquet(next(files.parent.glob("train-*")))
    labels = sum(int(row.sum()) for row in frame["labels"])
    assert found == (600, frame["length"].sum(), frame["length"].sum(), labels)


CROISSANT = """
import itertools, json, sys, warnings
warnings.simplefilter("ignore")
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
rows = {split: list(itertools.islice(dataset.records(record_set=split), 3)) for split in ("train", "test")}
def plain(x):
    if isinstance(x, (bytes, str)):
        return x.decode() if isinstance(x, bytes) else x
    return [plain(y) for y in x] if hasattr(x, "__len__") else int(x)
found = {split: [{key: plain(value) for key, value in row.items()} for row in many] for split, many in rows.items()}
print(json.dumps({"errors": sorted(issues.errors), "rows": found}))
"""


@pytest.mark.parametrize("form", FORMATS)
def test_croissant_validates(folders: dict[str, Path], form: str) -> None:
    path = folders[form] / "croissant.json"
    done = subprocess.run([sys.executable, "-c", CROISSANT, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["errors"] == []
    words = krohn.task("word:S3").sample(3, (8, 12), seed=2)
    for i, row in enumerate(found["rows"]["train"]):
        symbols = words.symbols[i, : words.lengths[i]].tolist()
        shown = " ".join(map(str, symbols)) if form == "csv" else symbols
        assert row["train/input_ids"] == shown
        assert row["train/length"] == words.lengths[i]


def test_croissant_of_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 1 << 12)
    splits = [Split("train", 600, 8, 12), Split("test", 300, 20, 24)]
    generate(krohn.task("word:S3"), tmp_path / "d", splits, seed=2)
    assert len(list((tmp_path / "d" / "data").glob("train-*"))) == 2
    path = tmp_path / "d" / "croissant.json"
    done = subprocess.run([sys.executable, "-c", CROISSANT, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["errors"] == []


@pytest.mark.parametrize("name", ["word:S3", "parity-final", "mod-ltr:5", "bucket-sort"])
def test_torch_batches_are_those_of_the_stream(name: str, tmp_path: Path) -> None:
    generate(krohn.task(name), tmp_path / "d", [Split("train", 64, 8, 12)], seed=9)
    words = krohn.load(tmp_path / "d", "torch")["train"]
    assert len(words) == 64
    loader = DataLoader(words, batch_size=16, collate_fn=words.collate)
    stream = iter(krohn.stream(name, batch=16, lengths=(8, 12), seed=9))
    for batch, expected in zip(loader, stream, strict=False):
        for part, other in zip(batch, expected, strict=True):
            assert torch.equal(part, other)
    one = words[3]
    assert one.inputs.shape[0] == one.labels.shape[0]
    assert int(one.lengths) == words.table["length"][3].as_py()


def test_distinct_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 1 << 10)
    splits = [Split("train", 900, 1, 9), Split("test", 122, 1, 9)]
    made = generate(krohn.task("parity"), tmp_path / "d", splits, distinct=True, workers=1)
    frames = krohn.load(tmp_path / "d")
    words = [tuple(word) for frame in frames.values() for word in frame["input_ids"]]
    assert len(words) == len(set(words)) == 1022 == sum(2**n for n in range(1, 10))
    assert {name: row["words"] for name, row in made["splits"].items()} == {"train": 900, "test": 122}
    # They are those of the stream, in its order, without those that came before.
    stream = krohn.task("parity").sample(20_000, (1, 9))
    seen: dict[tuple[int, ...], None] = {}
    for word, length in zip(stream.symbols.tolist(), stream.lengths, strict=True):
        seen.setdefault(tuple(word[:length]))
    assert words[:900] == list(itertools.islice(seen, 900))


@pytest.mark.parametrize(
    ("name", "splits", "message"),
    [
        (
            "parity",
            ["a:2047:1-10"],
            "'a' asks for 2,047 distinct words of lengths 1-10 of task 'parity': 2,046 exist",
        ),
        (
            "parity",
            ["a:8:3-3", "b:7:1-3"],
            "'b' asks for 7 distinct words of lengths 1-3 of task 'parity': 14 exist, 8 of them in other splits",
        ),
        ("word:S3", ["a:217:3"], "'a' asks for 217 distinct words of length 3 of task 'word:S3': 216 exist"),
        ("mod-ltr:3", ["a:82:3"], "'a' asks for 82 distinct words of length 3 of task 'mod-ltr:3': 27 exist"),
        (
            "mod-brackets:5",
            ["a:7:1"],
            "'a' asks for 7 distinct words of length 1 of task 'mod-brackets:5': no more than 5 new ones came in",
        ),
    ],
)
def test_more_distinct_words_than_exist(name: str, splits: list[str], message: str, tmp_path: Path) -> None:
    parsed = [shards.parse_split(text) for text in splits]
    with pytest.raises(RequestError) as caught:
        generate(krohn.task(name), tmp_path / "d", parsed, distinct=True)
    assert str(caught.value).startswith(f"split {message}")
    assert not list(tmp_path.iterdir())


def test_how_many_words_exist() -> None:
    for name in ("parity", "word:S3", "mod-ltr:3", "reverse", "bucket-sort:3", "set:4", "square-root"):
        task = krohn.task(name)
        length = int(task.source.lengths(3, 9)[0])
        words = task.sample(20_000, (length, length))
        found = len(np.unique(words.symbols[:, :length], axis=0))
        assert words_that_exist(task, length, length, 10**9) == found, name
    assert words_that_exist(krohn.task("parity"), 1, 10**6, 1000) == 1022  # it stops at once


def test_marking_is_exact() -> None:
    hashes = np.random.default_rng(1).integers(1, 50, 400).astype(np.uint64) << np.uint64(40)
    taken = np.zeros(1024, np.uint64)
    seen: set[int] = set()
    expected = []
    for value in hashes.tolist():
        expected.append(value not in seen and len(seen) < 30)
        if expected[-1]:
            seen.add(value)
    assert mark_new(hashes, taken, 30).tolist() == expected


def test_skipped_words_split_among_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_SHARD", 40)
    skipped = np.array([0, 1, 10, 11, 12, 25, 33])
    found = shards_of(Split("a", 30, 1, 4), krohn.task("parity"), 0, tmp_path, "csv", skipped)
    numbers = [np.setdiff1d(np.arange(s.first, s.first + s.count), s.skipped) for s in found]
    assert [len(part) for part in numbers] == [10, 10, 10] == [s.words for s in found]
    assert np.concatenate(numbers).tolist() == np.setdiff1d(np.arange(1000), skipped)[:30].tolist()


def test_overlap_on_the_card(tmp_path: Path) -> None:
    splits = [Split("train", 400, 1, 12), Split("validation", 300, 1, 12), Split("test", 10, 13, 20)]
    generate(krohn.task("parity"), tmp_path / "d", splits)
    frames = krohn.load(tmp_path / "d")
    train = {tuple(word) for word in frames["train"]["input_ids"]}
    bins: dict[str, list[bool]] = {}
    for word in frames["validation"]["input_ids"]:
        name = next(n for n, high in (("1-2", 2), ("3-4", 4), ("5-8", 8), ("9-12", 12)) if len(word) <= high)
        bins.setdefault(name, []).append(tuple(word) in train)
    card = (tmp_path / "d" / "README.md").read_text().splitlines()
    for name, found in bins.items():
        assert f"| validation | train | {name} | {sum(found) / len(found):.4f} |" in card
    assert "| test | train | all | 0 (no length in common) |" in card
    assert "| class | abelian |" in card


def test_types_by_name() -> None:
    for name in KINDS:
        for column in schema_of(krohn.task(name)):
            assert type_called(name_of_type(column.type)).equals(column.type)


def test_memory_stays_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TOKENS_A_BATCH", 1 << 16)
    peaks: list[Any] = []
    generate(krohn.task("parity"), tmp_path / "warm", [Split("a", 1000, 30, 40)])
    for words in (20_000, 160_000):
        tracemalloc.start()
        generate(krohn.task("parity"), tmp_path / str(words), [Split("a", words, 30, 40)])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
