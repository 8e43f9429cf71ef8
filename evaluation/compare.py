"""Models side by side: means, medians and intervals over seeds, and paired tests corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import DamagedFileError, RequestError
from ..files import read_json
from .intervals import area
from .results import OWN, Evaluation, read_evaluation
from .seeds import holm, paired_test, seed_interval

HERE = Path(__file__).parent
BASELINES = HERE / "baselines"
PUBLISHED = HERE / "published.yaml"


class Side(BaseModel):
    """One model on one task, over its seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    model: str
    source: str
    """``run`` or ``baseline``."""
    seeds: list[int]
    accuracy: dict[int, float]
    """Length to the mean over seeds."""
    area: float
    """Mean over seeds of the area under accuracy against log length, over the lengths that all of the task have."""
    area_median: float
    area_low: float | None
    area_high: float | None
    interval: str
    """How the interval was made: ``t`` below 10 seeds, ``bootstrap``, or ``none`` for one seed."""
    horizon_median: float
    """0 stands for none."""
    horizon_low: int
    horizon_high: int


class Test(BaseModel):
    """Two models of a task, seed by seed, on the area."""

    __test__ = False  # not a class of tests

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    first: str
    second: str
    pairs: int
    difference: float
    test: str
    p: float | None
    p_holm: float | None
    """Corrected by Holm for all the tests of the comparison."""


class Published(BaseModel):
    """A number that others have published; it is never mixed with measured ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    model: str
    value: float | None
    """None where the source says that it fails."""
    metric: str
    protocol: str
    source: str
    provenance: str
    """``read`` in the source itself, or ``second-hand``."""


class Comparison(BaseModel):
    """What ``krohn compare --json`` prints."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    precision: str
    rows: list[Side]
    tests: list[Test]
    published: list[Published] = []


def baselines() -> list[Evaluation]:
    """Return the evaluations that the project ships.

    Raises
    ------
    DamagedFileError
        Where one does not follow the schema.
    """
    found = []
    for path in sorted(BASELINES.glob("*.json")):
        try:
            found.append(Evaluation.model_validate(read_json(path)))
        except ValidationError as error:
            raise DamagedFileError(f"{path} is damaged: {error.errors()[0]['msg']}") from None
    return found


def published() -> list[Published]:
    """Return the published numbers, each with its source.

    Examples
    --------
    >>> {row.provenance for row in published()} <= {"read", "second-hand"}
    True
    """
    rows = []
    for table in yaml.safe_load(PUBLISHED.read_text()):
        common = {key: table[key] for key in ("metric", "protocol", "source", "provenance")}
        for model, values in table["values"].items():
            rows += [
                Published(task=task, model=model, value=value, **common)
                for task, value in zip(table["tasks"], values, strict=True)
            ]
    return rows


def compare(folders: Sequence[Path], extras: Sequence[str] = (), precision: str = OWN) -> Comparison:
    """Compare evaluated runs, by task, in one precision.

    Parameters
    ----------
    folders : sequence of Path
        Evaluated runs; those of the same model, settings and task are seeds of one another.
    extras : sequence of str
        ``baselines``: the project's own evaluations; ``published``: numbers from papers.
    precision : str

    Raises
    ------
    RequestError
        Where a run was not evaluated in that precision, two runs are the same, or a task's runs share no length.
    """
    entered = [(read_evaluation(folder), "run") for folder in folders]
    for folder, (document, _) in zip(folders, entered, strict=True):
        if not document.scores(precision):
            has = ", ".join(dict.fromkeys(score.precision for score in document.results))
            raise RequestError(f"{folder} was not evaluated in {precision!r}: expected one of {has}")
    if "baselines" in extras:
        entered += [(found, "baseline") for found in baselines() if found.scores(precision)]
    rows, tests = [], []
    for task in dict.fromkeys(document.task for document, _ in entered):
        here = [(document, kind) for document, kind in entered if document.task == task]
        if any(kind == "run" for _, kind in here) or not folders:
            sides, tested = _task(task, here, precision)
            rows += sides
            tests += tested
    corrected = holm([test.p for test in tests])
    tests = [test.model_copy(update={"p_holm": p}) for test, p in zip(tests, corrected, strict=True)]
    numbers = published() if "published" in extras else []
    return Comparison(precision=precision, rows=rows, tests=tests, published=numbers)


def _task(task: str, entered: list[tuple[Evaluation, str]], precision: str) -> tuple[list[Side], list[Test]]:
    groups: dict[tuple[str, str], dict[int, Evaluation]] = {}
    for document, kind in entered:
        seeds = groups.setdefault((document.label, kind), {})
        if document.seed in seeds:
            raise RequestError(
                f"{document.run} and {seeds[document.seed].run} are both {document.label} on {task}, seed "
                f"{document.seed}: expected one run a seed"
            )
        seeds[document.seed] = document
    lengths = set.intersection(
        *({score.length for score in document.scores(precision)} for document, _ in entered)
    )
    if not lengths:
        raise RequestError(
            f"the runs on {task} share no length in {precision!r}: expected the same --lengths"
        )
    areas = {
        key: {
            seed: area([(s.length, s.accuracy) for s in document.scores(precision) if s.length in lengths])
            for seed, document in seeds.items()
        }
        for key, seeds in groups.items()
    }
    sides = [_side(task, key, groups[key], areas[key], sorted(lengths), precision) for key in groups]
    tests = []
    for first, second in combinations(groups, 2):
        shared = sorted(set(areas[first]) & set(areas[second]))
        if not shared:
            continue
        found = paired_test([areas[first][s] for s in shared], [areas[second][s] for s in shared])
        tests.append(
            Test(
                task=task,
                first=_name(first),
                second=_name(second),
                pairs=len(shared),
                difference=found.difference,
                test=found.test,
                p=found.p,
                p_holm=None,
            )
        )
    return sorted(sides, key=lambda side: (-side.area, side.model)), tests


def _name(key: tuple[str, str]) -> str:
    return key[0] if key[1] == "run" else f"{key[0]} (baseline)"


def _side(
    task: str,
    key: tuple[str, str],
    seeds: dict[int, Evaluation],
    areas: dict[int, float],
    lengths: list[int],
    precision: str,
) -> Side:
    values = list(areas.values())
    found = seed_interval(values)
    low = None if found.low is None else max(0.0, found.low)
    high = None if found.high is None else min(1.0, found.high)
    horizons = [
        next(row.horizon or 0 for row in document.horizons if row.precision == precision)
        for document in seeds.values()
    ]
    accuracy = {
        length: sum(
            next(score.accuracy for score in document.scores(precision) if score.length == length)
            for document in seeds.values()
        )
        / len(seeds)
        for length in lengths
    }
    return Side(
        task=task,
        model=_name(key),
        source=key[1],
        seeds=sorted(seeds),
        accuracy=accuracy,
        area=found.mean,
        area_median=median(values),
        area_low=low,
        area_high=high,
        interval=found.method,
        horizon_median=median(horizons),
        horizon_low=min(horizons),
        horizon_high=max(horizons),
    )


def latex(comparison: Comparison) -> str:
    r"""Return a table for LaTeX with booktabs.

    Examples
    --------
    >>> print(latex(Comparison(precision="fp32", rows=[], tests=[])).splitlines()[0])
    \begin{tabular}{llrrrr}
    """
    lines = [
        r"\begin{tabular}{llrrrr}",
        r"\toprule",
        r"task & model & seeds & area & 95\,\% interval & horizon \\",
        r"\midrule",
    ]
    for row in comparison.rows:
        between = "--" if row.area_low is None else f"[{row.area_low:.3f}, {row.area_high:.3f}]"
        cells = [
            row.task,
            row.model,
            str(len(row.seeds)),
            f"{row.area:.3f}",
            between,
            f"{row.horizon_median:g}",
        ]
        lines.append(" & ".join(_escape(cell) for cell in cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _escape(text: str) -> str:
    marks = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(marks.get(sign, f"\\{sign}" if sign in "&%$#_{}" else sign) for sign in text)


def as_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the rows flat, as for CSV: one column a length."""
    rows = []
    for row in comparison.rows:
        flat = row.model_dump(exclude={"accuracy", "seeds"})
        flat["seeds"] = " ".join(map(str, row.seeds))
        rows.append(flat | {f"accuracy_{length}": value for length, value in row.accuracy.items()})
    return rows
