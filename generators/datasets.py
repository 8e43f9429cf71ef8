"""Dataset folders: Parquet in the Hugging Face layout, a card, and a manifest with the content hash of each split."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ..errors import DamagedFileError, RequestError
from ..files import new_folder, read_json, write_bytes, write_json
from ..names import positive
from .kinds import Readout, TimedSymbols
from .shards import Split, shards_of, summary_of, write_shard
from .task import Task


def generate(
    task: Task,
    folder: Path,
    splits: list[Split],
    seed: int = 0,
    workers: int = 1,
    imports: list[str] | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Write a dataset folder, whole or not at all.

    Parameters
    ----------
    task : Task
    folder : Path
        Must not exist yet.
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

    Returns
    -------
    dict
        ``path`` and ``splits``: words, tokens and sha256 of each.

    Raises
    ------
    RequestError
        Where the folder exists, a split is named twice, or a number is out of range.
    StorageError
        Where the disk is full; nothing is left.
    """
    positive("workers", workers)
    for split in splits:
        task.lengths(split.low, split.high)
    names = [split.name for split in splits]
    if not names:
        raise RequestError("no split: expected at least one --split NAME:COUNT:LO-HI")
    for name in names:
        if names.count(name) > 1:
            raise RequestError(
                f"split {name!r} is named {names.count(name)} times: expected names of their own"
            )
    with new_folder(folder) as temporary:
        shards = [
            shard for split in splits for shard in shards_of(split, task.name, seed, temporary / "data")
        ]
        (temporary / "data").mkdir()
        if workers == 1 or len(shards) == 1:
            for shard in shards:
                write_shard(shard, [])
        else:
            with ProcessPoolExecutor(min(workers, len(shards)), mp_context=get_context("spawn")) as pool:
                list(pool.map(write_shard, shards, [imports or []] * len(shards)))
        made = {split.name: summary_of(temporary, split) for split in splits}
        manifest = {
            "schema_version": 1,
            "task": task.name,
            "task_version": task.version,
            "convention": "krohn",
            "seed": seed,
            "splits": {
                split.name: {**made[split.name], "lengths": [split.low, split.high]} for split in splits
            },
        }
        write_json(temporary / "manifest.json", manifest)
        write_bytes(temporary / "README.md", _card(task, manifest, command).encode())
    return {"path": str(folder), "splits": made}


_LABELS = {
    Readout.PREFIX: "one a position, where it has one",
    Readout.FINAL: "one, after the last position",
    Readout.SEQUENCE: "the answer, read after the word",
}


def _card(task: Task, manifest: dict[str, Any], command: str) -> str:
    splits = manifest["splits"]
    files = "\n".join(f"  - split: {name}\n    path: data/{name}-*.parquet" for name in splits)
    rows = "\n".join(
        f"| {name} | {made['words']:,} | {made['lengths'][0]}-{made['lengths'][1]} | {made['tokens']:,} "
        f"| `{made['sha256']}` |"
        for name, made in splits.items()
    )
    delays = ", `delays` (since the symbol before)" if isinstance(task.inputs, TimedSymbols) else ""
    again = f"Made by\n\n```\n{command}\n```\n\n" if command else ""
    return (
        f"---\nconfigs:\n- config_name: default\n  data_files:\n{files}\n---\n\n"
        f"# {task.name}\n\n"
        f"{again}Task `{task.name}`, version {task.version}, readout {task.readout.value}, seed {manifest['seed']}. "
        f"Inputs {task.inputs}, labels {task.targets}.\n\n"
        "| split | words | lengths | tokens | sha256 of the content |\n|---|---|---|---|---|\n"
        f"{rows}\n\n"
        f"Columns: `input_ids` (the word), `labels` ({_LABELS[task.readout]}), `length`{delays}. The hash is "
        "sha256 over the rows: uint32 length, uint32 symbols (or float64 vectors), delays where there are any "
        "(int64 or float64), uint32 number of labels, labels (int32, or float64 vectors), little-endian.\n"
    )


def load(folder: Path | str) -> dict[str, pd.DataFrame]:
    """Return the splits of a dataset folder as pandas frames.

    Raises
    ------
    RequestError
        Where the folder holds no manifest.
    DamagedFileError
        Where the manifest is none, or a Parquet file is missing or cut short.
    """
    folder = Path(folder)
    if not (folder / "manifest.json").is_file():
        raise RequestError(f"{folder} is no dataset: expected a folder with manifest.json")
    try:
        splits = read_json(folder / "manifest.json")["splits"]
        words = {str(name): int(split["words"]) for name, split in splits.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise DamagedFileError(
            f"{folder / 'manifest.json'} is damaged: expected splits and their words"
        ) from None
    return {name: _read_split(folder, name, count) for name, count in words.items()}


def _read_split(folder: Path, name: str, words: int) -> pd.DataFrame:
    paths = sorted((folder / "data").glob(f"{name}-[0-9]*.parquet"))
    try:
        frames = [pd.read_parquet(path) for path in paths]
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedFileError(
            f"split {name!r} of {folder} is damaged: {str(error).splitlines()[0]}"
        ) from None
    found = sum(len(frame) for frame in frames)
    if found != words:
        raise DamagedFileError(f"split {name!r} of {folder} holds {found} words: expected {words}")
    return pd.concat(frames, ignore_index=True)
