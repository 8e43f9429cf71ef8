"""krohn evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .options import Device, Imports, Json, load_imports, parse_device, parse_lengths
from .output import print_json, print_table, progress

if TYPE_CHECKING:
    from ..evaluation.results import Evaluation

KEYS = ("run", "task", "task_version", "convention", "model", "seed", "results", "horizons")


def command(
    runs: list[Path],
    /,
    *,
    lengths: str = "40,256,1024,4096",
    precision: str = "fp64,fp32,bf16,fp16",
    words: int = 512,
    seed: int = 0,
    batch: int = 512,
    device: Device = "cpu",
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Count right labels at each length in each precision; write evaluation.json and a figure into each run.

    Parameters
    ----------
    runs
        Run folders.
    lengths
        By comma.
    precision
        Items by comma: fp64, fp32, bf16, fp16, or state=FORMAT; narrower than fp32, the recurrent state is
        rounded after every step.
    words
        At each length.
    seed
        Root seed of the test words.
    batch
        Words at a time.
    """
    load_imports(imports)
    from ..evaluation.evaluate import evaluate_run
    from ..evaluation.figures import draw_run
    from ..training.run import load_run

    asked = list(dict.fromkeys(item.strip() for item in precision.split(",")))
    wanted = parse_lengths(lengths)
    where = parse_device(device)
    found = [load_run(run) for run in dict.fromkeys(runs)]
    for run in found:
        run.model()  # one that cannot be evaluated is refused before the first is
    documents = []
    for run in found:
        with progress(f"{run.config.model} on {run.config.task}", "tokens") as update:
            document = evaluate_run(
                run,
                wanted,
                asked,
                words,
                seed,
                batch,
                where,
                lambda done, total: update(done, total, ""),
            )
        draw_run(run, document)
        documents.append(document)
    if json:
        listed = [
            {key: value for key, value in d.model_dump(mode="json").items() if key in KEYS} for d in documents
        ]
        print_json(listed[0] if len(listed) == 1 else listed)
        return
    for document in documents:
        print_evaluation(document, wanted)


def print_evaluation(document: Evaluation, lengths: list[int]) -> None:
    """Print accuracies and horizons of one run."""
    rows = []
    for item in document.horizons:
        accuracy = {score.length: score.accuracy for score in document.scores(item.precision)}
        rows.append((item.precision, *(accuracy[length] for length in lengths), item.horizon))
    columns = ("precision", *(f"{length:,}" for length in lengths), "horizon")
    print_table(
        columns, rows, title=f"{document.run}: {document.model} on {document.task}, accuracy by length"
    )
