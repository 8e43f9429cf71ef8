"""Comparisons, published numbers, bit scans, drift, leaks and reports."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn

from krohn.errors import RequestError
from krohn.evaluation.bits import family_of, passing, theory_bits
from krohn.evaluation.compare import as_rows, baselines, compare, latex, published
from krohn.evaluation.drift import crossing_of, drift_of
from krohn.evaluation.evaluate import evaluate_run
from krohn.evaluation.leaks import leaks_of
from krohn.evaluation.precision import parse_item
from krohn.evaluation.report import write_report
from krohn.evaluation.results import Evaluation, Horizon, read_evaluation
from krohn.files import write_json
from krohn.generators.tasks import task
from krohn.training.run import Run


def evaluated(run: Run, folder: Path, model: str, seed: int, right: list[int]) -> Path:
    """Write an evaluation of 100 words with one label a length."""
    evaluate_run(run, [1, 2, 4], ["fp32"], words=100)
    found = read_evaluation(run.folder)
    rows = [
        score.model_copy(update={"correct": n, "total": 100, "words_correct": n, "squares": n})
        for score, n in zip(found.results, right, strict=True)
    ]
    folder.mkdir()
    changed = found.model_copy(update={"model": model, "seed": seed, "results": rows, "settings": {}})
    write_json(folder / "evaluation.json", changed.model_dump(mode="json"))
    return folder


@pytest.fixture
def folders(run: Run, tmp_path: Path) -> list[Path]:
    counts = {
        "good": [[100, 90, 80], [100, 100, 90], [100, 95, 90]],
        "bad": [[60, 50, 50], [60, 55, 50], [70, 50, 50]],
    }
    return [
        evaluated(run, tmp_path / f"{model}{seed}", model, seed, right)
        for model, seeds in counts.items()
        for seed, right in enumerate(seeds)
    ]


def test_means_intervals_and_tests_over_seeds(folders: list[Path]) -> None:
    found = compare(folders)
    good, bad = found.rows
    assert (good.model, bad.model, good.seeds) == ("good", "bad", [0, 1, 2])
    areas = np.array([[0.9, 0.975, 0.95], [0.525, 0.55, 0.55]])
    assert good.area == pytest.approx(areas[0].mean())
    assert good.area_median == pytest.approx(0.95)
    low, high = stats.t.interval(0.95, 2, areas[0].mean(), stats.sem(areas[0]))
    assert (good.area_low, good.area_high, good.interval) == (
        pytest.approx(low),
        pytest.approx(min(1, high)),
        "t",
    )
    assert good.accuracy == {1: 1.0, 2: pytest.approx(0.95), 4: pytest.approx(26 / 30)}
    (test,) = found.tests
    assert test.p == pytest.approx(stats.ttest_rel(*areas).pvalue)
    assert test.p_holm == pytest.approx(test.p)
    assert (test.pairs, test.test) == (3, "paired t")
    assert [row["accuracy_1"] for row in as_rows(found)] == [1.0, pytest.approx(19 / 30)]
    assert r"parity & good & 3 & 0.942" in latex(found)


def test_what_cannot_be_compared(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        compare(folders, precision="bf16")
    assert str(caught.value) == f"{folders[0]} was not evaluated in 'bf16': expected one of fp32"
    twin = shutil.copytree(folders[0], tmp_path / "twin")
    with pytest.raises(RequestError, match=r"are both good on parity, seed 0: expected one run a seed$"):
        compare([*folders, twin])


def test_baselines_and_published_numbers(folders: list[Path]) -> None:
    shipped = baselines()
    assert {document.task for document in shipped} >= {"parity"}
    assert all(len(document.weights_sha256) == 64 and document.decides for document in shipped)
    rows = published()
    assert all(row.source and row.protocol and row.metric for row in rows)
    assert next(r.value for r in rows if r.model == "PD-SSM" and r.task == "parity") == 99.9
    assert len(compare(folders, ["published"]).published) == len(rows)
    assert {row.source for row in compare([], ["baselines"]).rows} == {"baseline"}


def test_the_bits_that_pass_need_not_be_an_interval(run: Run) -> None:
    evaluate_run(run, [4, 8], ["fp32"], words=2)
    found = read_evaluation(run.folder)
    reached = {3: None, 4: 8, 5: 4, 6: 8, 7: 8}
    horizons = [
        Horizon(precision=f"state=e8m{bits}", threshold=0.99, horizon=horizon)
        for bits, horizon in reached.items()
    ]
    four, eight = passing(found.model_copy(update={"horizons": horizons}))
    assert (four.length, four.passes, four.fewest, four.settled) == (4, [4, 5, 6, 7], 4, 4)
    assert (eight.length, eight.passes, eight.fewest, eight.settled) == (8, [4, 6, 7], 4, 6)
    assert family_of("weights=e4m3+state=e8m5") is None
    assert family_of("state=q2.7") == ("state=q2.*", 7)
    assert family_of("phase=turn/6") is None
    assert theory_bits(2**20, 2) == pytest.approx(21 - math.log2(math.pi))


class Turning(nn.Module):
    """Parity as an angle that is off by `error` of a turn at every symbol; logits are its cosine, both ways."""

    def __init__(self, error: float) -> None:
        super().__init__()
        self.error = nn.Parameter(torch.tensor([error]))

    def forward(
        self, tokens: Tensor, state: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        before = torch.zeros(len(tokens), 1).to(self.error) if state is None else state["angle"]
        angle = before + (tokens * 0.5 + self.error).cumsum(1)
        cosine = torch.cos(2 * math.pi * angle)
        return torch.stack([cosine, -cosine], -1), {"angle": angle[:, -1:]}


def test_a_constant_error_crosses_when_it_has_to() -> None:
    # Logits of the classes are 2 √2 apart; half of that is reached where 1 - cos = 1, at a quarter of a turn.
    crossing = crossing_of(Turning(1 / 4000), task("parity"), trained=40, until=4000)
    assert crossing is not None
    assert crossing.separation == pytest.approx(2 * math.sqrt(2), rel=0.01)
    assert crossing.observed == pytest.approx(1000, rel=0.12)
    exact = crossing_of(Turning(0.0), task("parity"), trained=40, until=400)
    assert exact is not None
    assert exact.observed is None


def test_drift_is_the_distance_to_float64() -> None:
    fp32, coarse = drift_of(Turning(0.3), task("parity"), [parse_item("fp32"), parse_item("e8m4")], [100])
    assert fp32.state is not None
    assert coarse.state is not None
    assert 0 < fp32.state < 1e-5 < coarse.state
    assert fp32.logits is not None
    assert coarse.logits is not None
    assert fp32.logits < coarse.logits


def test_what_is_not_finite_is_no_number() -> None:
    (row,) = drift_of(Turning(math.inf), task("parity"), [parse_item("fp32")], [10])
    assert (row.state, row.logits) == (None, None)
    assert crossing_of(Turning(math.inf), task("parity"), trained=4, until=16) is None


def test_leaks_are_the_training_words_again(run: Run) -> None:
    rows = {row.length: row for row in leaks_of(run, [1, 3, 9], words=50, seed=0)}
    assert run.config.training is not None
    trained = task("parity").sample(8, (1, 8), run.config.training.seed, "train")
    for length in (1, 3):
        words = {tuple(w[:n]) for w, n in zip(trained.symbols, trained.lengths, strict=True) if n == length}
        tests = task("parity").sample(50, (length, length), 0, "test").symbols
        assert rows[length].seen == sum(tuple(word) in words for word in tests)
    assert rows[9].seen == 0


class Page(HTMLParser):
    """Collects tags and whatever a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        links = [str(value) for name, value in attributes if name in ("src", "href", "xlink:href")]
        self.fetched += [link for link in links if not link.startswith(("#", "data:"))]


def test_a_report_is_one_page_that_fetches_nothing(folders: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(folders[::3], path)
    page = Page()
    page.feed(path.read_text())
    assert page.fetched == []
    assert "script" not in page.tags
    assert page.tags.count("svg") == 2 + 2
    assert "good" in path.read_text()


def test_timed_tasks_are_counted_apart(parity_until: Callable[[int], nn.Module]) -> None:
    from krohn.evaluation.counting import count
    from krohn.evaluation.request import request
    from krohn.generators.clock_positions import timed_counts

    name = "timed:periodic:10"
    (counts,) = count(parity_until(10**6), task(name), request([60], ["fp32"], 30))
    words = task(name).sample(30, (60, 60), 0, "test")
    answers = words.symbols.cumsum(1) % 2
    expected = timed_counts(task(name), words, answers)
    (row,) = counts.clocks("fp32", [60])
    assert (row.dependent_correct, row.dependent_total) == expected["time_dependent"]
    assert (row.independent_correct, row.independent_total) == expected["time_independent"]


def test_an_old_file_without_what_came_later_is_read(run: Run) -> None:
    evaluate_run(run, [4], ["fp32"], words=2)
    found = read_evaluation(run.folder).model_dump(mode="json")
    for key in (
        "summaries",
        "clock",
        "leaks",
        "settings",
        "drift",
        "crossing",
        "decides",
        "backend",
        "versions",
    ):
        found.pop(key)
    assert Evaluation.model_validate(found).label == "lstm"
