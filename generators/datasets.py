"""Dataset folders: files in the Hugging Face layout, a card, Croissant metadata, and a manifest with content hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import pandas as pd
import pyarrow as pa

from .. import __version__
from ..errors import DamagedFileError, RequestError, StorageError
from ..files import read_json, write_bytes, write_json
from ..names import lookup, positive
from .kinds import Classes
from .philox import stream_key
from .shards import Shard, Split, shards_of
from .storage.card import card
from .storage.columns import name_of_type, schema_of, type_called
from .storage.content import Content, content_of
from .storage.croissant import croissant
from .storage.distinct import skipped_of
from .storage.folder import MANIFEST, UNFINISHED, claimed
from .storage.formats import FORMATS, Format
from .storage.workers import made
from .task import Task

if TYPE_CHECKING:
    from .storage.torch_words import TorchWords

Progress = Callable[[int, int, str], None]


def generate(
    task: Task,
    folder: Path,
    splits: list[Split],
    seed: int = 0,
    workers: int = 1,
    imports: list[str] | None = None,
    command: str = "",
    format: str = "parquet",
    distinct: bool = False,
    progress: Progress = lambda done, total, note: None,
) -> dict[str, Any]:
    """Write a dataset folder, or go on with one that the same request began.

    Files come under their final names only when they are whole; the manifest comes last.

    Parameters
    ----------
    task : Task
    folder : Path
        New or empty, or what this request has left there.
    splits : list of Split
        Each with a name of its own.
    seed : int
        Root seed; the content does not depend on anything else.
    workers : int
        Processes.
    imports : list of str, optional
        Files of the user's that a worker loads to know the task.
    command : str
        What to print on the card as the command that makes this folder again.
    format : str
        ``parquet``, ``jsonl`` or ``csv``.
    distinct : bool
        Whether no word may come twice, neither in a split nor in two.
    progress : callable
        ``progress(done, total, note)``, in words.

    Returns
    -------
    dict
        ``path`` and ``splits``: words, tokens and sha256 of each.

    Raises
    ------
    RequestError
        Where the folder holds something else, a split is named twice, a number is out of range, or more distinct
        words are asked for than there are.
    StorageError
        Where the disk is full. Finished files stay: the same request goes on.
    """
    form = lookup("format", format, FORMATS)
    request = _request(task, splits, seed, workers, format, distinct)
    with claimed(folder, request) as manifest:
        skipped = skipped_of(task, splits, seed) if distinct else [None] * len(splits)
        shards = [
            shard
            for split, left_out in zip(splits, skipped, strict=True)
            for shard in shards_of(split, task, seed, folder / "data", format, left_out)
        ]
        missing = [shard for shard in shards if not shard.path.exists()]
        if manifest is not None and not missing:
            return _summary(folder, manifest)
        total = sum(shard.words for shard in shards)
        there = total - sum(shard.words for shard in missing)
        progress(there, total, "")
        try:
            with made(
                missing, task, workers, imports or [], lambda words: progress(there + words, total, "")
            ) as whole:
                contents = _contents(task, form, splits, shards, whole)
        except StorageError as error:
            done = sum(shard.path.exists() for shard in shards)
            raise StorageError(f"{error}; {_kept(done, len(shards))}") from None
        progress(total, total, "")
        manifest = _manifest(task, request, contents)
        files = {s.name: [shard.path for shard in shards if shard.split is s] for s in splits}
        described = f"Words of the task {task.name}, labelled, as krohn {__version__} makes them."
        metadata = croissant(
            re.sub(r"\W+", "-", task.name), described, f"{task.version}.0.0", schema_of(task), files
        )
        write_json(folder / "croissant.json", metadata)
        write_bytes(folder / "README.md", card(task, splits, contents, manifest, command).encode())
        write_json(folder / MANIFEST, manifest)
    return _summary(folder, manifest)


def _request(
    task: Task, splits: list[Split], seed: int, workers: int, format: str, distinct: bool
) -> dict[str, Any]:
    positive("workers", workers)
    if seed < 0:
        raise RequestError(f"seed is {seed}: expected a whole number of at least 0")
    names = [split.name for split in splits]
    if not names:
        raise RequestError("no split: expected at least one --split NAME:COUNT:LO-HI")
    for split in splits:
        task.lengths(split.low, split.high)
        if names.count(split.name) > 1:
            raise RequestError(
                f"split {split.name!r} is named {names.count(split.name)} times: expected names of their own"
            )
    return {
        "task": task.name,
        "task_version": task.version,
        "convention": task.convention,
        "seed": seed,
        "format": format,
        "distinct": distinct,
        "request": {s.name: {"words": s.count, "lengths": [s.low, s.high]} for s in splits},
    }


def _kept(done: int, all_: int) -> str:
    return f"{done} of {all_} files are finished and stay: the same command goes on"


def _contents(
    task: Task, form: Format, splits: list[Split], shards: list[Shard], whole: Iterator[Shard]
) -> dict[str, Content]:
    """Read all files in their order, each when it is whole."""
    schema = schema_of(task)
    classes = task.targets.size if isinstance(task.targets, Classes) else None
    coming: set[Path] = set()

    def batches(split: Split) -> Iterable[pa.RecordBatch]:
        for shard in shards:
            if shard.split is not split:
                continue
            while not shard.path.exists() and shard.path not in coming:
                coming.add(next(whole).path)
            try:
                yield from form.batches(shard.path, schema)
            except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
                what = str(error).splitlines()[0]
                raise DamagedFileError(
                    f"{shard.path} is damaged: {what}; without it the same command makes it anew"
                ) from None

    found = {}
    for split in splits:
        others = [other for other in splits if other is not split]
        low = max(split.low, min((other.low for other in others), default=split.high + 1))
        high = min(split.high, max((other.high for other in others), default=0))
        found[split.name] = content_of(batches(split), classes, (low, high))
    for _ in whole:
        pass
    return found


def _manifest(task: Task, request: dict[str, Any], contents: Mapping[str, Content]) -> dict[str, Any]:
    splits = {
        name: {
            "words": content.words,
            "tokens": content.tokens,
            "sha256": content.sha256,
            "lengths": request["request"][name]["lengths"],
            "key": [int(part) for part in stream_key(request["seed"], task.identity, name)],
        }
        for name, content in contents.items()
    }
    generator = {"name": "krohn", "version": __version__}
    columns = {column.name: name_of_type(column.type) for column in schema_of(task)}
    return {"schema_version": 1, "generator": generator, **request, "columns": columns, "splits": splits}


def _summary(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("words", "tokens", "sha256")
    splits = {name: {key: row[key] for key in keys} for name, row in manifest["splits"].items()}
    return {"path": str(folder), "splits": splits}


@overload
def load(folder: Path | str, form: Literal["pandas"] = "pandas") -> dict[str, pd.DataFrame]: ...


@overload
def load(folder: Path | str, form: Literal["torch"]) -> dict[str, TorchWords]: ...


def load(folder: Path | str, form: Literal["pandas", "torch"] = "pandas") -> Mapping[str, Any]:
    """Return the splits of a dataset folder.

    Parameters
    ----------
    folder : Path
    form : str
        ``pandas``: data frames; ``torch``: datasets for a `DataLoader`, with batches like those of `stream`.

    Raises
    ------
    RequestError
        Where the folder holds no manifest, or is not finished.
    DamagedFileError
        Where the manifest is none, or a file is missing or cut short.
    """
    folder = Path(folder)
    tables = read_tables(folder)
    if lookup("form", form, {"pandas": False, "torch": True}):
        from .conventions.registry import convention_task
        from .storage.torch_words import TorchWords

        manifest = read_json(folder / MANIFEST)
        task = convention_task(manifest["convention"], manifest["task"])
        return {name: TorchWords(task, table) for name, table in tables.items()}
    return {name: table.to_pandas() for name, table in tables.items()}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a dataset folder; see `load` for what it raises."""
    path = folder / MANIFEST
    if not path.is_file():
        if (folder / UNFINISHED).is_file():
            raise RequestError(
                f"{folder} is not finished: expected the command that began it again, to go on"
            )
        raise RequestError(f"{folder} is no dataset: expected a folder with manifest.json")
    try:
        manifest = dict(read_json(path))
        for split in manifest["splits"].values():
            int(split["words"])
        if (
            not {"task", "convention", "format", "columns"} <= manifest.keys()
            or manifest["format"] not in FORMATS
        ):
            raise KeyError
    except (AttributeError, KeyError, TypeError, ValueError):
        raise DamagedFileError(f"{path} is damaged: expected splits and their words") from None
    return manifest


def read_tables(folder: Path) -> dict[str, pa.Table]:
    """Return the rows of every split; see `load` for what it raises."""
    manifest = read_manifest(folder)
    return {
        name: _read_split(folder, name, int(split["words"]), FORMATS[manifest["format"]], manifest["columns"])
        for name, split in manifest["splits"].items()
    }


def _read_split(folder: Path, name: str, words: int, form: Format, columns: Mapping[str, str]) -> pa.Table:
    paths = sorted((folder / "data").glob(f"{name}-[0-9]*.{form.suffix}"))
    schema = pa.schema([(column, type_called(kind)) for column, kind in columns.items()])
    try:
        batches = [batch for path in paths for batch in form.batches(path, schema)]
        table = pa.Table.from_batches(batches, schema)
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedFileError(
            f"split {name!r} of {folder} is damaged: {str(error).splitlines()[0]}"
        ) from None
    if len(table) != words:
        raise DamagedFileError(f"split {name!r} of {folder} holds {len(table)} words: expected {words}")
    return table
