"""An evaluation killed five times and resumed is the same; another request begins anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from krohn.evaluation import counting
from krohn.evaluation.evaluate import PARTIAL, evaluate_run
from krohn.evaluation.running import Runner
from krohn.training.run import Run

ASKED: dict[str, Any] = {
    "lengths": [5, 9, 30], "precision": ["fp32", "bf16", "weights=e4m3"], "words": 12, "batch": 5
}  # fmt: skip


def test_killed_five_times_and_resumed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate_run(run, **ASKED)
    path = run.folder / "evaluation.json"
    whole = path.read_bytes()
    path.unlink()
    honest, batches = counting._run, [0]

    def killed(*arguments: Any) -> Any:
        batches[0] += 1
        if batches[0] in (1, 3, 5, 7, 9):
            raise KeyboardInterrupt
        return honest(*arguments)

    monkeypatch.setattr(counting, "_run", killed)
    for kill in range(5):
        with pytest.raises(KeyboardInterrupt):
            evaluate_run(run, **ASKED)
        assert not path.exists()
        assert (run.folder / PARTIAL).exists() == (kill > 0)
    evaluate_run(run, **ASKED)
    assert path.read_bytes() == whole
    assert batches[0] == 9 + 5  # 9 batches, one of each kill's begun twice
    assert not (run.folder / PARTIAL).exists()


@pytest.mark.parametrize("asked", [{"precision": ["fp32"]}, {"precision": ["bf16"], "order": "chunked:7"}])
def test_killed_within_a_batch_it_goes_on_within_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    asked = {"lengths": [50, 90], "words": 3, "piece": 10, **asked}
    evaluate_run(run, **asked)
    path = run.folder / "evaluation.json"
    whole = path.read_bytes()
    honest, begins = Runner.feed, []

    def killed(runner: Runner, tokens: Any, state: Any, step: int) -> Any:
        if state is not None or step:
            begins.append(step)
        if len(begins) in (2, 4, 7, 9, 10):
            begins.append(-1)
            raise KeyboardInterrupt
        return honest(runner, tokens, state, step)

    monkeypatch.setattr(Runner, "feed", killed)
    monkeypatch.setattr(counting, "PAUSE", 0.0)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            evaluate_run(run, **asked)
    evaluate_run(run, **asked)
    assert path.read_bytes() == whole
    fed = [begin for begin in begins if begin >= 0]
    assert fed == sorted(fed)  # never from the left again
    assert len(list(run.folder.glob("evaluation.partial*"))) == 0


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("piece", [16, 1000])
def test_the_file_does_not_depend_on_batch_and_piece(run: Run, batch: int, piece: int) -> None:
    asked = {**ASKED, "lengths": [5, 90]}
    evaluate_run(run, **asked)
    path = run.folder / "evaluation.json"
    whole = path.read_bytes()
    evaluate_run(run, **{**asked, "batch": batch}, piece=piece)
    assert path.read_bytes() == whole


def test_counts_of_another_request_are_not_taken(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate_run(run, [5], ["fp32"], words=6, seed=1)
    expected = (run.folder / "evaluation.json").read_bytes()
    partial: Path = run.folder / PARTIAL
    kept = {"scores": {"5": dict.fromkeys(("correct", "total", "words_correct", "words", "squares"), 1)}}
    counts = {"fp32": {"5:0:6": {**kept, "clock": {}, "errors": [], "positions": {}}}}
    partial.write_text(json.dumps({"identity": {"seed": 0}, "counts": counts}))
    evaluate_run(run, [5], ["fp32"], words=6, seed=1)
    assert (run.folder / "evaluation.json").read_bytes() == expected
