"""Trackers are shown what metrics.jsonl holds, in files of the run's own folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from krohn.errors import RequestError
from krohn.training.config import RunConfig
from krohn.training.loop import train
from krohn.training.metrics import trackers_of


def test_tensorboard_is_shown_the_metrics(tmp_path: Path, small: Callable[..., RunConfig]) -> None:
    run, config = tmp_path / "run", small(validate_every=6, log_every=2)
    plain = train(config, tmp_path / "plain")["weights_sha256"]

    def stop(step: int, loss: float) -> None:
        if step == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, run, watch=stop, trackers=("tensorboard",))
    assert train(config, run, resume=True, trackers=("tensorboard",))["weights_sha256"] == plain
    shown = EventAccumulator(str(run / "tensorboard"))
    shown.Reload()
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for name in ("loss", "lr"):
        assert [(one.step, one.value) for one in shown.Scalars(name)] == [
            (row["step"], pytest.approx(row[name])) for row in rows
        ]
    (first, second) = shown.Scalars("validation accuracy")
    right = rows[2]["validation"]
    assert (first.step, second.step) == (6, 12)
    assert first.value == pytest.approx(right["correct"] / right["total"])


def test_an_unknown_tracker_and_one_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError) as refused:
        trackers_of("tensorbord")
    assert str(refused.value) == (
        "unknown tracker 'tensorbord': expected one of tensorboard, trackio; did you mean 'tensorboard'?"
    )
    monkeypatch.setitem(sys.modules, "trackio", None)
    with pytest.raises(RequestError) as refused:
        trackers_of("tensorboard,trackio")
    assert str(refused.value).startswith("tracker 'trackio' cannot be used (")
    assert str(refused.value).endswith("): expected it to be installed, pip install 'krohn[track]'")
