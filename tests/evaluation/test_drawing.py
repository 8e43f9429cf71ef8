"""The figure of a run: a valid file that shows what was counted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from PIL import Image

from krohn.automata.drawing.files import write_figure
from krohn.evaluation.evaluate import evaluate_run
from krohn.evaluation.figures import draw_run, run_figure
from krohn.training.run import Run

SVG = "{http://www.w3.org/2000/svg}"


def test_a_run_is_drawn_as_svg_with_its_texts(run: Run) -> None:
    document = evaluate_run(run, [4, 4096], ["fp32", "state=bf16"], words=2)
    path = draw_run(run, document)
    assert path == run.folder / "evaluation.svg"
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    texts = {"".join(element.itertext()) for element in root.iter(f"{SVG}text")}
    assert {"lstm on parity", "fp32", "state=bf16", "4", "4,096", "length", "accuracy"} <= texts
    before = path.read_bytes()
    assert draw_run(run, document).read_bytes() == before


def test_an_ending_of_png_makes_a_png(run: Run, tmp_path: Path) -> None:
    document = evaluate_run(run, [4, 8], ["fp32"], words=2)
    write_figure(tmp_path / "figure.png", run_figure(document, 8, None))
    with Image.open(tmp_path / "figure.png") as image:
        assert image.format == "PNG"
        assert image.width > image.height > 100
        # Something is drawn: a blank canvas has one colour.
        assert len(np.unique(np.asarray(image.convert("L")))) > 10


def test_lines_bars_and_chance_are_those_of_the_counts(run: Run) -> None:
    document = evaluate_run(run, [16, 4], ["fp32", "bf16"], words=20)
    (axes,) = run_figure(document, 8, 0.5).axes
    for container, item in zip(axes.containers, ["fp32", "bf16"], strict=True):
        scores = sorted(document.scores(item), key=lambda score: score.length)
        assert isinstance(container, ErrorbarContainer)
        line, _, (bars,) = container.lines
        assert list(np.asarray(line.get_xdata())) == [4, 16]
        assert list(np.asarray(line.get_ydata())) == [score.correct / score.total for score in scores]
        for segment, score in zip(bars.get_segments(), scores, strict=True):
            assert segment[:, 1].tolist() == pytest.approx(score.interval)
    constant = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert [list(np.unique(np.asarray(line.get_ydata()))) for line in constant] == [[0.5]]
    assert not [line for line in run_figure(document, 8, None).axes[0].lines if line.get_linestyle() == ":"]


def test_chance_of_the_task_is_drawn_where_it_has_a_machine(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The best constant answer to parity is right half of the time.
    drawn = []
    monkeypatch.setattr("krohn.evaluation.figures.write_figure", lambda path, figure: drawn.append(figure))
    draw_run(run, evaluate_run(run, [4], ["fp32"], words=2))
    lines = [line for line in drawn[0].axes[0].lines if line.get_linestyle() == ":"]
    assert [list(np.unique(np.asarray(line.get_ydata()))) for line in lines] == [[0.5]]


@pytest.mark.parametrize("name", ["costs $5", "$\\bad$", "_hidden", "a & <b>"])
def test_any_name_is_drawn_as_it_is(run: Run, name: str) -> None:
    document = evaluate_run(run, [4], ["fp32"], words=2)
    rows = [score.model_copy(update={"precision": name}) for score in document.results]
    horizons = [found.model_copy(update={"precision": name}) for found in document.horizons]
    renamed = document.model_copy(update={"model": name, "results": rows, "horizons": horizons})
    root = ElementTree.parse(draw_run(run, renamed)).getroot()
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    assert f"{name} on parity" in texts
    assert name in texts
