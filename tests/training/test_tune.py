"""A search: what is proposed, what a kill leaves, what is chosen and by what, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from krohn.cli import main
from krohn.errors import RequestError, TrainingError
from krohn.training.config import RunConfig, training_config
from krohn.training.run import load_run
from krohn.training.search import Choice, Range, parse_search
from krohn.training.tune import tune

Small = Callable[..., RunConfig]
SPACE: dict[str, Range | Choice] = {
    "lr": Range(1e-4, 1e-1, whole=False, log=True),
    "warmup": Range(0.0, 0.5, whole=False, log=False),
    "optimiser": Choice(("adamw", "sgd")),
    "batch": Range(4, 9, whole=True, log=False),
}


def maker(small: Small, **keys: Any) -> Callable[[Mapping[str, Any]], RunConfig]:
    return lambda values: small(**{**keys, **values})


def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path: Path, small: Small) -> None:
    make = maker(small)
    expected = tune(tmp_path / "unbroken", SPACE, make, 6)
    assert [trial["number"] for trial in expected["trials"]] == list(range(6))

    def stop(number: int, step: int) -> None:
        if (number, step) == (3, 7):
            raise KeyboardInterrupt

    killed = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt):
        tune(killed, SPACE, make, 6, watch=stop)
    assert not (killed / "best").exists()
    tune(killed, SPACE, make, 5, resume=True)
    found = tune(killed, SPACE, make, 6, resume=True)
    assert found["trials"] == expected["trials"] == json.loads((killed / "trials.json").read_text())
    assert found["best"] == expected["best"]
    for number in range(6):
        name = f"trial-{number:03d}/weights.safetensors"
        assert (killed / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def test_the_best_by_validation_is_chosen_and_says_among_how_many(tmp_path: Path, small: Small) -> None:
    found = tune(tmp_path / "runs", SPACE, maker(small), 4, seed=1)
    for trial in found["trials"]:
        config = load_run(tmp_path / "runs" / f"trial-{trial['number']:03d}").config
        assert config == small(**trial["values"])
        assert config.tuned_trials is None
        assert 1e-4 <= trial["values"]["lr"] <= 1e-1
        assert trial["values"]["batch"] in range(4, 10)
    shares = [trial["correct"] / trial["total"] for trial in found["trials"]]
    assert shares[found["best"]] == max(shares)
    best = load_run(tmp_path / "runs" / "best")
    assert best.config == small(**found["trials"][found["best"]]["values"]).model_copy(
        update={"tuned_trials": 4}
    )
    kept = tmp_path / "runs" / f"trial-{found['best']:03d}" / "weights.safetensors"
    assert (best.folder / "weights.safetensors").read_bytes() == kept.read_bytes()
    assert json.loads((best.folder / "result.json").read_text())["tuned_trials"] == 4


def test_proposals_are_spread_as_the_space_says(tmp_path: Path, small: Small) -> None:
    # Before there is anything to learn from, the estimator draws evenly: here over the logarithm.
    found = tune(tmp_path / "runs", {"lr": SPACE["lr"]}, maker(small, steps=1, validation_words=1), 10)
    logs = sorted(math.log10(trial["values"]["lr"]) for trial in found["trials"])
    assert len(set(logs)) == 10
    assert logs[0] < -3 < -2 < logs[-1]


def test_a_trial_that_diverges_counts_and_is_not_chosen(tmp_path: Path, small: Small) -> None:
    make = maker(small, optimiser="sgd", warmup=0)
    space = {"lr": Choice(("1e38", "0.01")), "clip": Choice(("1e38",))}
    found = tune(tmp_path / "runs", space, make, 6)
    wild = [trial for trial in found["trials"] if trial["values"]["lr"] == "1e38"]
    assert 0 < len(wild) < 6
    assert all(trial["correct"] is None and "lower lr (1e+38)" in trial["error"] for trial in wild)
    assert found["trials"][found["best"]]["values"]["lr"] == "0.01"
    assert load_run(tmp_path / "runs" / "best").config.tuned_trials == 6
    assert tune(tmp_path / "runs", space, make, 6, resume=True) == found
    with pytest.raises(TrainingError) as caught:
        tune(
            tmp_path / "wild",
            {"lr": Choice(("1e38",))},
            maker(small, optimiser="sgd", warmup=0, clip=1e38),
            2,
        )
    assert str(caught.value).startswith("all 2 trials diverged: expected a lower lr; the first: the ")


def test_another_search_is_refused(tmp_path: Path, small: Small) -> None:
    run, space = tmp_path / "runs", {"batch": Choice(("4", "8"))}
    tune(run, space, maker(small), 1)
    for changed, what in (
        ({"space": {"batch": Choice(("4",))}}, "space"),
        ({"make": maker(small, steps=13)}, "fixed"),
        ({"seed": 5}, "seed"),
    ):
        request: dict[str, Any] = {"space": space, "make": maker(small), **changed}
        with pytest.raises(RequestError) as refused:
            tune(run, trials=2, resume=True, **request)
        assert str(refused.value) == (
            f"{run} holds a search with another {what}: a resumed search keeps what it was"
        )
    with pytest.raises(RequestError) as refused:
        tune(run, space, maker(small), 1)
    assert str(refused.value) == f"{run} exists already: expected a folder name that is free"
    with pytest.raises(RequestError) as refused:
        tune(tmp_path / "none", space, maker(small), 1, resume=True)
    assert str(refused.value) == f"{tmp_path / 'none'} is no search: expected a folder with search.json"


WRITTEN = "expected KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=A,B,C, such as lr=1e-4..1e-1:log"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr", f"--search 'lr': {WRITTEN}"),
        ("lr=", f"--search 'lr=': {WRITTEN}"),
        ("lr=1..", f"--search 'lr=1..': {WRITTEN}"),
        ("lr=1,,2", f"--search 'lr=1,,2': {WRITTEN}"),
        ("lr=2..1", "--search 'lr=2..1': expected LOW below HIGH"),
        ("lr=0..1:log", "--search 'lr=0..1:log': expected LOW below HIGH, above 0"),
        (
            "lengths=1,2",
            "--search lengths: expected a key that trains better, not one that changes the choice",
        ),
    ],
)
def test_spaces_that_are_none(text: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_search(text, ["width"])
    assert str(refused.value) == message


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError) as refused:
        parse_search("widht=1,2", ["width"])
    assert str(refused.value).startswith("unknown key to search 'widht': expected one of ")
    assert str(refused.value).endswith("; did you mean 'width'?")


def test_what_is_written_of_numbers() -> None:
    assert parse_search("steps=10..20", []) == ("steps", Range(10, 20, whole=True, log=False))
    assert parse_search("batch=4..64:log", []) == ("batch", Range(4, 64, whole=True, log=True))
    assert parse_search("clip=.5..2e1", []) == ("clip", Range(0.5, 20, whole=False, log=False))
    assert parse_search("drive=true,false", ["drive"]) == ("drive", Choice(("true", "false")))
    assert training_config({"batch": "16", "lr": "1e-3"}).batch == 16


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = "tune parity --model lstm --run runs --steps 2 --batch 4 --lengths 1-6 --validation-words 4"
    line += " --search lr=1e-3..1e-1:log --search width=4,8"
    for more, status in ((" --trials 3 --json", 0), (" --trials 3 --resume", 0), (" --lr 1 --trials 2", 2)):
        with pytest.raises(SystemExit) as left:
            main((line + more).split())
        assert left.value.code == status
        out, err = capsys.readouterr()
        if status:
            assert err == "krohn: --search lr, which is given a value too: expected one of the two\n"
        elif "--json" in more:
            found = json.loads(out)
            assert found["run"] == "runs"
            assert len(found["trials"]) == 3
        else:
            assert out.split()[:5] == ["trial", "lr", "width", "right", "labels"]
            assert err.startswith(
                f"runs/best: trial {found['best']}, chosen among 3 on words of training lengths"
            )
