"""Dataset folders: the same content from any number of workers, whole or absent, readable by others."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import krohn
import krohn.generators.philox
from krohn.errors import DamagedFileError, RequestError
from krohn.generators.datasets import generate, load
from krohn.generators.shards import Split, parse_split, shards_of

SPLITS = [Split("train", 10_000, 1, 40), Split("test", 1_000, 41, 256)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasets") / "word-s5"
    generate(krohn.task("word:S5"), path, SPLITS, seed=7, command="krohn generate word:S5 -o word-s5")
    return path


def manifest(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return document


def test_two_workers_make_the_same_files(folder: Path, tmp_path: Path) -> None:
    made = generate(krohn.task("word:S5"), tmp_path / "two", SPLITS, seed=7, workers=2)
    assert made["path"] == str(tmp_path / "two")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.*"))
    assert files == sorted(path.relative_to(tmp_path / "two") for path in (tmp_path / "two").rglob("*.*"))
    for file in files:
        if file.name != "README.md":  # the card of one of them names its command
            assert (folder / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert made["splits"].keys() == {"train", "test"}
    for name, split in made["splits"].items():
        assert split["sha256"] == manifest(folder)["splits"][name]["sha256"]
    assert [path.name for path in tmp_path.iterdir()] == ["two"]


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: split.name)
def test_the_hash_is_of_the_rows(folder: Path, split: Split) -> None:
    table = pq.read_table(folder / "data" / f"{split.name}-00000-of-00001.parquet")
    digest, tokens = hashlib.sha256(), 0
    for row in table.to_pylist():
        symbols, labels = row["input_ids"], row["labels"]
        assert len(symbols) == len(labels) == row["length"]
        assert split.low <= row["length"] <= split.high
        digest.update(struct.pack(f"<I{len(symbols)}I", len(symbols), *symbols))
        digest.update(struct.pack(f"<I{len(labels)}i", len(labels), *labels))
        tokens += len(symbols)
    key = krohn.generators.philox.stream_key(7, "word:S5@2", split.name)
    assert manifest(folder)["splits"][split.name] == {
        "words": split.count,
        "tokens": tokens,
        "sha256": digest.hexdigest(),
        "lengths": [split.low, split.high],
        "key": key.tolist(),
    }


def test_rows_are_the_words_of_the_stream(folder: Path) -> None:
    frame = krohn.load(folder)["test"]
    words = krohn.task("word:S5").sample(3, (41, 256), seed=7, split="test", first=500)
    for i in range(3):
        length = words.lengths[i]
        row = frame.iloc[500 + i]
        assert row["length"] == length
        assert row["input_ids"].tolist() == words.symbols[i, :length].tolist()
        assert row["labels"].tolist() == words.labels[i, :length].tolist()


def test_a_final_readout_has_one_label_a_word(tmp_path: Path) -> None:
    made = generate(krohn.task("parity-final"), tmp_path / "d", [Split("all", 50, 1, 9)], seed=1)
    digest = hashlib.sha256()
    for word, labels in krohn.load(tmp_path / "d")["all"][["input_ids", "labels"]].itertuples(index=False):
        assert labels.tolist() == [word.tolist().count(1) % 2]
        digest.update(struct.pack(f"<I{len(word)}IIi", len(word), *word, 1, labels[0]))
    assert made["splits"]["all"]["sha256"] == digest.hexdigest()


def test_large_alphabets_take_two_bytes(tmp_path: Path) -> None:
    generate(krohn.task("flipflop:300"), tmp_path / "d", [Split("a", 20, 50, 60)], seed=1)
    frame = krohn.load(tmp_path / "d")["a"]
    assert frame["input_ids"][0].dtype == np.uint16
    assert max(word.max() for word in frame["input_ids"]) > 255


def test_the_cut_into_shards_covers_every_word_once(tmp_path: Path) -> None:
    shards = shards_of(Split("big", 1_000_000, 5, 100), krohn.task("parity"), 0, tmp_path)
    numbers = np.concatenate([np.arange(s.first, s.first + s.count) for s in shards])
    assert np.array_equal(numbers, np.arange(1_000_000))
    assert len(shards) > 1
    assert [s.path.name for s in shards] == [
        f"big-{i:05d}-of-{len(shards):05d}.parquet" for i in range(len(shards))
    ]
    # A word longer than a shard still has a shard of its own.
    assert [s.count for s in shards_of(Split("long", 2, 1, 10**9), krohn.task("parity"), 0, tmp_path)] == [
        1,
        1,
    ]


OPEN = """
    import json, sys
    import datasets
    datasets.disable_progress_bars()
    opened = datasets.load_dataset(sys.argv[1])
    print(json.dumps({
        name: [len(rows), sorted(rows.features), rows[7]["input_ids"], rows[7]["labels"], rows[7]["length"]]
        for name, rows in opened.items()
    }))
"""


def test_hugging_face_opens_the_folder(folder: Path, tmp_path: Path) -> None:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    environment["HF_DATASETS_CACHE"] = str(tmp_path / "cache")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OPEN), str(folder)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    opened = json.loads(done.stdout)
    assert list(opened) == ["train", "test"]
    for name, (rows, features, symbols, labels, length) in opened.items():
        frame = krohn.load(folder)[name]
        assert rows == len(frame) == {"train": 10_000, "test": 1_000}[name]
        assert features == ["input_ids", "labels", "length"]
        assert [symbols, labels] == [frame[column][7].tolist() for column in ("input_ids", "labels")]
        assert length == frame["length"][7]


def test_the_card_says_what_this_is(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    head = (
        "---\nconfigs:\n- config_name: default\n  data_files:\n"
        "  - split: train\n    path: data/train-*.parquet\n"
        "  - split: test\n    path: data/test-*.parquet\n---\n\n# word:S5\n"
    )
    assert card.startswith(head)
    assert "\n```\nkrohn generate word:S5 -o word-s5\n```\n" in card
    assert "Task `word:S5`, version 2, convention krohn, readout prefix, seed 7." in card
    for name, lengths in (("train", "1-40"), ("test", "41-256")):
        made = manifest(folder)["splits"][name]
        row = f"| {name} | {made['words']:,} | {lengths} | {made['tokens']:,} | `{made['sha256']}` |"
        assert row in card.splitlines()


@pytest.mark.parametrize(
    ("splits", "options", "message"),
    [
        ([], {}, "no split: expected at least one --split NAME:COUNT:LO-HI"),
        ([Split("a", 1, 1, 1)] * 2, {}, "split 'a' is named 2 times: expected names of their own"),
        ([Split("a", 1, 1, 1)], {"workers": 0}, "workers is 0: expected a whole number of at least 1"),
        ([Split("a", 1, 1, 1)], {"seed": -1}, "seed is -1: expected a whole number of at least 0"),
    ],
)
def test_requests_that_are_wrong(
    tmp_path: Path, splits: list[Split], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        generate(krohn.task("parity"), tmp_path / "d", splits, **options)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


FORM = "expected NAME:COUNT:LO-HI, such as train:10000:1-40"
LENGTHS = "expected LO-HI with 1 <= LO <= HI, such as 1-40"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train", f"split 'train': {FORM}"),
        ("train:5", f"split 'train:5': {FORM}"),
        ("train:x:1-4", f"split 'train:x:1-4': {FORM}"),
        ("train:5:1-", f"split 'train:5:1-': {FORM}"),
        ("train:5:1-4:6", f"split 'train:5:1-4:6': {FORM}"),
        ("../up:5:1-4", f"split '../up:5:1-4': {FORM}"),
        (":5:1-4", f"split ':5:1-4': {FORM}"),
        ("train:5:4-1", f"lengths are 4-1: {LENGTHS}"),
        ("train:5:0-4", f"lengths are 0-4: {LENGTHS}"),
        ("train:0:1-4", "count of split 'train' is 0: expected a whole number of at least 1"),
        ("train:-2:1-4", "count of split 'train' is -2: expected a whole number of at least 1"),
    ],
)
def test_splits_that_are_wrong(text: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_split(text)
    assert str(caught.value) == message


def test_splits_that_are_right() -> None:
    assert parse_split("train:10000:1-40") == Split("train", 10000, 1, 40)
    assert parse_split("test_2:5:12") == Split("test_2", 5, 12, 12)


def test_damaged_folders(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with pytest.raises(RequestError) as refused:
        load(path)
    assert str(refused.value) == f"{path} is no dataset: expected a folder with manifest.json"
    generate(krohn.task("parity"), path, [Split("a", 100, 1, 9)])
    parquet = path / "data" / "a-00000-of-00001.parquet"
    whole = parquet.read_bytes()
    parquet.write_bytes(whole[:-20])
    with pytest.raises(DamagedFileError) as caught:
        load(path)
    assert str(caught.value).startswith(f"split 'a' of {path} is damaged: ")
    assert "\n" not in str(caught.value)
    parquet.unlink()
    with pytest.raises(DamagedFileError) as caught:
        load(path)
    assert str(caught.value) == f"split 'a' of {path} holds 0 words: expected 100"
    # A copy under a second name is as wrong as a shard that is missing.
    for number in (0, 1):
        (path / "data" / f"a-0000{number}-of-00002.parquet").write_bytes(whole)
    with pytest.raises(DamagedFileError) as caught:
        load(path)
    assert str(caught.value) == f"split 'a' of {path} holds 200 words: expected 100"
    for text in ("[]", "{}", '{"splits": {"a": {}}}', '{"splits": 3}'):
        (path / "manifest.json").write_text(text)
        with pytest.raises(DamagedFileError) as caught:
            load(path)
        assert str(caught.value) == f"{path / 'manifest.json'} is damaged: expected splits and their words"
    assert caught.value.exit_status == 1
