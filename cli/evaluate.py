"""krohn evaluate"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from .options import Device, Imports, Json, load_imports, parse_device, parse_lengths
from .output import print_json, print_table, progress, say

if TYPE_CHECKING:
    from ..evaluation.results import Evaluation

GRID = "40,64..65536"


def command(
    runs: list[Path],
    /,
    *,
    lengths: str | None = None,
    precision: str = "fp64,fp32,bf16,fp16",
    words: int = 512,
    adaptive: Annotated[bool, Parameter(negative=())] = False,
    rounding: Literal["nearest", "zero", "stochastic"] = "nearest",
    overflow: Literal["infinity", "saturate"] | None = None,
    order: str = "sequential",
    drift: Annotated[bool, Parameter(negative=())] = False,
    seed: int = 0,
    batch: int = 512,
    piece: int | None = None,
    device: Device = "cpu",
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Count right labels at each length in each precision; write evaluation.json and a figure into each run.

    An evaluation that was killed goes on where it was when it is asked for again.

    Parameters
    ----------
    runs
        Run folders, or folders of several seeds' runs.
    lengths
        By comma; LO..HI doubles from LO to HI [40,64..65536; where a task has no words of these, the next that it has].
    precision
        Items by comma: FORMAT or TARGET=FORMAT joined by +; targets state, phase, weights, activations; formats
        fp64, fp32, tf32, bf16, fp16, e4m3, e5m2, eEmM, qI.F, turn/Q; e8m2..9 and turn/2^1..9 are ranges.
    words
        At each length.
    adaptive
        Begin with 64 words a length and spend the rest where it is not settled whether accuracy is 0.99.
    rounding
        Nearest (ties to even), toward zero, or stochastic.
    overflow
        What too large a number becomes [as the format is defined].
    order
        sequential: the state is rounded after every step; chunked:C: at the end of every C; parallel:C: every C
        steps are composed in a tree, all that is composed rounded (models of diagonal linear recurrences).
    drift
        Measure the drift of state and logits against float64, and the length at which it should cross what the
        read-out bears.
    seed
        Root seed of the test words and of stochastic rounding.
    batch
        Words at a time.
    piece
        Tokens fed at a time [as many as stay in the cache].
    """
    load_imports(imports)
    from ..evaluation.bits import passing
    from ..evaluation.counting import check
    from ..evaluation.evaluate import evaluate_run
    from ..evaluation.figures import draw_run
    from ..evaluation.grid import possible
    from ..evaluation.request import request
    from ..training.folders import runs_in
    from ..training.run import load_run

    wanted = parse_lengths(doubled(GRID if lengths is None else lengths))
    items = list(dict.fromkeys(item.strip() for item in precision.split(",")))
    where = parse_device(device)
    options: dict[str, Any] = {
        "adaptive": adaptive, "rounding": rounding, "overflow": overflow, "order": order, "piece": piece
    }  # fmt: skip
    asked = []
    for run in map(load_run, runs_in(runs)):
        own = possible(run.task, wanted) if lengths is None else wanted
        # One that cannot be evaluated is refused before the first is.
        check(run.model(), run.task, request(own, items, words, seed, batch, where, **options))
        asked.append((run, own))
    documents = []
    for number, (run, own) in enumerate(asked, 1):
        many = f" ({number} of {len(asked)})" if len(asked) > 1 else ""
        with progress(f"{run.config.model} on {run.config.task}{many}", "tokens") as update:
            document = evaluate_run(
                run,
                own,
                items,
                words,
                seed,
                batch,
                where,
                lambda done, total: update(done, total, ""),
                drift=drift,
                **options,
            )
        draw_run(run, document)
        documents.append(document)
    if json:
        listed = [
            {**document.model_dump(mode="json"), "bits": [row.model_dump() for row in passing(document)]}
            for document in documents
        ]
        print_json(listed[0] if len(listed) == 1 else listed)
        return
    for document in documents:
        print_evaluation(document)


def doubled(text: str) -> str:
    """Return lengths with ranges written out.

    Examples
    --------
    >>> doubled("40,64..300")
    '40,64,128,256,300'
    """

    def write_out(match: re.Match[str]) -> str:
        low, high = int(match[1]), int(match[2])
        found = [low]
        while 0 < found[-1] < high:
            found.append(min(2 * found[-1], high))
        return ",".join(map(str, found))

    return re.sub(r"(\d+)\.\.(\d+)", write_out, text)


def print_evaluation(document: Evaluation) -> None:
    """Print accuracies, horizons and what follows from them, of one run."""
    from ..evaluation.bits import passing
    from ..evaluation.intervals import least_words
    from ..evaluation.results import THRESHOLD

    rows = []
    lengths = list(dict.fromkeys(score.length for score in document.results))
    for item in document.horizons:
        accuracy = {score.length: score.accuracy for score in document.scores(item.precision)}
        rows.append((item.precision, *(accuracy[length] for length in lengths), item.horizon))
    columns = ("precision", *(f"{length:,}" for length in lengths), "horizon")
    print_table(
        columns, rows, title=f"{document.run}: {document.model} on {document.task}, accuracy by length"
    )
    words, least = max(score.words for score in document.results), math.ceil(least_words(THRESHOLD))
    if words < least:
        say(
            f"{words} words a length show no horizon: {THRESHOLD:g} takes at least {least}, all of them right"
        )
    for clock in document.clock:
        apart = (
            (clock.dependent_correct, clock.dependent_total),
            (
                clock.independent_correct,
                clock.independent_total,
            ),
        )
        where, elsewhere = (f"{right / total:.3f}" if total else "-" for right, total in apart)
        print(
            f"{clock.precision}, length {clock.length:,}: {where} where the clock matters, {elsewhere} elsewhere"
        )
    if bits := passing(document):
        table = [
            (row.family, row.length, row.fewest, row.settled, " ".join(map(str, row.passes)) or "-")
            for row in bits
        ]
        print_table(("items", "length", "fewest bits", "all from", "bits that keep the length"), table)
    if document.drift:
        print_table(
            ("precision", "length", "drift of the state", "of the logits"),
            [(row.precision, row.length, _small(row.state), _small(row.logits)) for row in document.drift],
        )
    if document.crossing:
        crossing = document.crossing
        predicted = "never" if crossing.predicted is None else f"after {crossing.predicted:,.0f} symbols"
        observed = "not" if crossing.observed is None else f"after {crossing.observed:,} symbols"
        print(f"spread should cross the margin {predicted}; it did {observed}, within {crossing.until:,}")
    if not document.decides:
        print(f"made on {document.device}: the CPU's kernels decide")


def _small(value: float | None) -> str:
    return "-" if value is None else f"{value:.1e}"
