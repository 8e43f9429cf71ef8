"""Several seeds: each is the run that it would be alone; what is finished stays, what was broken off goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from krohn.cli import main
from krohn.errors import RequestError, TrainingError
from krohn.leaderboards.seeds import suite_seeds
from krohn.leaderboards.suite import suite
from krohn.training.config import RunConfig
from krohn.training.folders import runs_in
from krohn.training.loop import train
from krohn.training.run import load_run
from krohn.training.seeds import side_by_side, train_seeds

Small = Callable[..., RunConfig]


@pytest.mark.parametrize("at_once", [1, 2])
def test_each_seed_is_the_run_that_it_would_be_alone(tmp_path: Path, small: Small, at_once: int) -> None:
    told: list[int] = []
    configs = [small(seed=seed) for seed in (4, 5, 6)]
    results = train_seeds(configs, tmp_path / "runs", progress=told.append, at_once=at_once)
    alone = [train(config, tmp_path / str(config.seed)) for config in configs]
    for result, one, config in zip(results, alone, configs, strict=True):
        assert result["run"] == str(tmp_path / "runs" / f"seed-{config.seed}")
        for key in ("weights_sha256", "validation", "steps"):
            assert result[key] == one[key]
        assert load_run(result["run"]).config == config
    assert told == sorted(told)
    assert told[-1] <= 36


def test_a_resumed_one_keeps_the_finished_and_goes_on_with_the_others(tmp_path: Path, small: Small) -> None:
    configs = [small(seed=seed) for seed in (0, 1, 2)]
    expected = [train(config, tmp_path / f"alone-{config.seed}")["weights_sha256"] for config in configs]
    train(configs[0], tmp_path / "runs" / "seed-0")
    weights = tmp_path / "runs" / "seed-0" / "weights.safetensors"
    before = weights.stat().st_mtime_ns

    def stop(step: int, loss: float) -> None:
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(configs[1], tmp_path / "runs" / "seed-1", watch=stop)
    told: list[int] = []
    results = train_seeds(configs, tmp_path / "runs", resume=True, progress=told.append, at_once=1)
    assert [result["weights_sha256"] for result in results] == expected
    assert weights.stat().st_mtime_ns == before
    assert (min(told), max(told)) == (18, 36)  # 12 of the first, the sixth step of the second; all


def test_others_get_to_their_end_where_one_diverges(tmp_path: Path, small: Small) -> None:
    wild = small(seed=1, lr=1e38, clip=1e38, optimiser="sgd", warmup=0)
    with pytest.raises(TrainingError) as caught:
        train_seeds([small(seed=0), wild, small(seed=2)], tmp_path / "runs", at_once=1)
    assert str(caught.value).startswith("1 of 3 seeds failed; seed 1: the ")
    assert (tmp_path / "runs" / "seed-2" / "result.json").is_file()
    assert not (tmp_path / "runs" / "seed-1" / "result.json").exists()


def test_what_is_refused(tmp_path: Path, small: Small) -> None:
    train_seeds([small()], tmp_path / "runs", at_once=1)
    with pytest.raises(RequestError) as refused:
        train_seeds([small()], tmp_path / "runs")
    assert str(refused.value) == f"{tmp_path / 'runs'} exists already: expected a folder name that is free"
    with pytest.raises(RequestError) as refused:
        train_seeds([small(lr=0.5)], tmp_path / "runs", resume=True)
    assert str(refused.value) == (
        f"{tmp_path / 'runs' / 'seed-0'} was trained with lr = 0.01, not 0.5: a resumed training keeps its config"
    )


def test_as_many_at_once_as_there_are_cpus() -> None:
    cpus = len(os.sched_getaffinity(0))
    assert side_by_side(1000, 1) == cpus
    assert side_by_side(1, 1) == side_by_side(5, 1000) == 1


def test_the_command_trains_evaluates_and_compares_a_folder_of_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small = "--set width=4 --steps 3 --batch 4 --lengths 1-6 --validation-words 4"
    for line in (
        f"train parity --model lstm --run runs --seed 9 --seeds 2 --json {small}",
        f"train parity --model lstm --run runs --seed 9 --seeds 3 --resume --json {small}",
        "evaluate runs --lengths 8,9 --precision fp32 --words 5 --json",
        "compare runs --json",
    ):
        with pytest.raises(SystemExit) as left:
            main(line.split())
        out = capsys.readouterr().out
        assert left.value.code == 0
        if line.startswith("train"):
            names = [result["run"] for result in json.loads(out)]
            assert names == [f"runs/seed-{seed}" for seed in (9, 10, 11)][: len(names)]
    assert [path.name for path in runs_in([Path("runs")])] == ["seed-9", "seed-10", "seed-11"]
    assert all((path / "evaluation.json").is_file() for path in runs_in([Path("runs")]))
    (row,) = json.loads(out)["rows"]
    assert row["seeds"] == [9, 10, 11]
    assert runs_in([Path("runs/seed-10"), Path("runs")]) == [Path(f"runs/seed-{i}") for i in (10, 9, 11)]
    assert runs_in([Path("elsewhere")]) == [Path("elsewhere")]


def test_a_suites_seeds_follow_from_the_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = suite("groups-v1").task_names[0]
    line = f"train {task} --model lstm --set width=4 --run runs --suite groups-v1 --batch 2"
    for more, message in (
        ("", None),
        (" --seed 3", "--seed 3 with --suite groups-v1, whose seeds follow from the config: drop one"),
        (" --lengths 1-9", "lengths are 1-9: groups-v1 is trained on {0}-{1}"),
        (
            " --steps 1280001",
            "steps are 1,280,001 and batch is 2, 2,560,002 words: groups-v1 is trained on at most 2,560,000",
        ),
        (
            " --init runs",
            "--init runs with --suite groups-v1, whose trainings begin from their own seeds: drop one",
        ),
    ):
        steps = "" if "steps" in more else " --steps 1"
        with pytest.raises(SystemExit) as left:
            main([*f"{line}{steps} --seeds 2 --validation-words 2 --json{more}".split()])
        out, err = capsys.readouterr()
        lengths = suite("groups-v1").training_lengths
        assert lengths is not None
        if message:
            assert left.value.code == 2
            assert err == f"krohn: {message.format(*lengths)}\n"
            continue
        seeds = suite_seeds("groups-v1", "lstm", {"width": 4}, task, 2)
        assert [result["run"] for result in json.loads(out)] == [f"runs/seed-{seed}" for seed in seeds]
        assert [load_run(f"runs/seed-{seed}").training.lengths for seed in seeds] == [lengths] * 2
    with pytest.raises(SystemExit) as left:
        main(["train", "parity", "--model", "lstm", "--run", "other", "--suite", "groups-v1"])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("krohn: unknown task of groups-v1 'parity': expected one of ")
