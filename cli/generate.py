"""krohn generate"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .options import Imports, Json, load_imports
from .output import print_json, print_table


def command(
    task: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    split: Annotated[list[str], Parameter(negative=())],
    seed: int = 0,
    workers: int = 1,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Write a dataset folder: Parquet in the Hugging Face layout, a card and a manifest.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    output
        The folder to make.
    split
        NAME:COUNT:LO-HI, such as train:10000:1-40; repeatable.
    seed
        Root seed: the content depends on it, the task and the splits only.
    workers
        Processes.
    """
    from ..generators.datasets import generate
    from ..generators.shards import parse_split
    from ..generators.tasks import task as find_task

    codes = load_imports(imports)
    splits = [parse_split(text) for text in split]
    again = [
        "krohn",
        "generate",
        task,
        "-o",
        output.name,
        *(part for text in split for part in ("--split", text)),
    ]
    made = generate(
        find_task(task),
        output,
        splits,
        seed,
        workers,
        [code.path for code in codes],
        shlex.join([*again, "--seed", str(seed)]),
    )
    if json:
        print_json(made)
        return
    table = [(name, row["words"], row["tokens"], row["sha256"]) for name, row in made["splits"].items()]
    print_table(("split", "words", "tokens", "sha256 of the content"), table, title=str(output))
