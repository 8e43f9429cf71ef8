"""krohn generate"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from .options import Imports, Json, load_imports
from .output import print_json, print_table, progress


def command(
    task: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    split: Annotated[list[str], Parameter(negative=())],
    seed: int = 0,
    convention: str = "krohn",
    format: Literal["parquet", "jsonl", "csv"] = "parquet",
    distinct: Annotated[bool, Parameter(negative=())] = False,
    workers: int = 1,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Write a dataset folder, or go on with one: the Hugging Face layout, a card, Croissant metadata, a manifest.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    output
        The folder to make, or to go on with after an interruption.
    split
        NAME:COUNT:LO-HI, such as train:10000:1-40; repeatable.
    seed
        Root seed: the content depends on it, the task and the splits only.
    convention
        Whose alphabet, delimiters, lengths and labels: krohn, or a peer's name.
    format
        parquet, or jsonl or csv.
    distinct
        No word twice, in a split or in two.
    workers
        Processes.
    """
    from ..generators.conventions.registry import convention_task
    from ..generators.datasets import generate
    from ..generators.shards import parse_split

    codes = load_imports(imports)
    splits = [parse_split(text) for text in split]
    again = ["krohn", "generate", task, "-o", output.name]
    for text in split:
        again += ["--split", text]
    again += ["--seed", str(seed)]
    again += ["--convention", convention] if convention != "krohn" else []
    again += ["--format", format] if format != "parquet" else []
    again += ["--distinct"] if distinct else []
    for spec in imports or []:
        again += ["--import", spec]
    with progress(task, "words") as update:
        made = generate(
            convention_task(convention, task),
            output,
            splits,
            seed,
            workers,
            [code.path for code in codes],
            shlex.join(again),
            format,
            distinct,
            update,
        )
    if json:
        print_json(made)
        return
    table = [(name, row["words"], row["tokens"], row["sha256"]) for name, row in made["splits"].items()]
    print_table(("split", "words", "tokens", "sha256 of the content"), table, title=str(output))
