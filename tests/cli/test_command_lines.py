"""Command lines that are wrong: status 2, one line that says what was given, expected and near, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Krohn = Callable[..., Any]

COMMANDS = (
    "audit, bench, board, check, compare, construct, demo, evaluate, generate, models, report, show, snap, submit, "
    "tasks, train, tune"
)
BENCHES = "expected one of automata, board, evaluation, generators, kernels, layers"
EVALUATE = (
    "--adaptive, --batch, --device, --drift, --import, --json, --lengths, --order, --overflow, --piece, --precision, "
    "--rounding, --seed, --words"
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trian", f"unknown command 'trian': expected one of {COMMANDS}; did you mean 'train'?"),
        ("Bench", f"unknown command 'Bench': expected one of {COMMANDS}; did you mean 'bench'?"),
        ("--jsn", f"unknown command '--jsn': expected one of {COMMANDS}"),
        (
            "board shwo",
            "unknown command 'shwo': expected one of build, check, index, reproduce, season, serve, show, verify; "
            "did you mean 'show'?",
        ),
        ("bench xyz", f"unknown WHAT 'xyz': {BENCHES}"),
        ("bench kernel", f"unknown WHAT 'kernel': {BENCHES}; did you mean 'kernels'?"),
        ("bench", f"krohn bench is given no WHAT: {BENCHES}"),
        (
            "bench automata --longest 4096",
            "--longest is given with 'automata': expected evaluation, which alone has lengths",
        ),
        ("bench automata more", "krohn bench takes no 'more': expected no more words"),
        ("tasks parity", "krohn tasks takes no 'parity': expected no more words"),
        (
            "tasks --jsno",
            "unknown option '--jsno': expected one of --class, --import, --json; did you mean '--json'?",
        ),
        ("models --json=3", "--json is '3': expected true or false"),
        ("show", "show what: expected one of a task's name, --regex and --file, such as krohn show parity"),
        (
            "evaluate run --lenghts 3",
            f"unknown option '--lenghts': expected one of {EVALUATE}; did you mean '--lengths'?",
        ),
        (
            "evaluate run --lenghts=3",
            f"unknown option '--lenghts': expected one of {EVALUATE}; did you mean '--lengths'?",
        ),
        ("evaluate", "krohn evaluate is given no RUNS: expected a path"),
        ("evaluate run --words many", "--words is 'many': expected a whole number"),
        ("evaluate run --words 1.5", "--words is '1.5': expected a whole number"),
        ("evaluate run --words", "krohn evaluate is given no --words: expected a whole number"),
        ("evaluate run --words 2 --words 3", "--words is given more than once: expected it once"),
        ("generate parity --split a:1:1-2", "krohn generate is given no --output: expected a path"),
        ("generate parity -o data", "krohn generate is given no --split: expected a value"),
        (
            "generate parity -o data --splt a:1:1-2",
            "krohn generate is given no --split: expected a value; did you mean '--split' by '--splt'?",
        ),
        ("train parity --model lstm", "krohn train is given no --run: expected a path"),
        ("train parity --run new", "krohn train is given no --model: expected a value"),
        ("train parity --model lstm --run new --lr fast", "--lr is 'fast': expected a number"),
        (
            "train parity --model lstm --run new --optimiser adamww",
            "unknown --optimiser 'adamww': expected one of adam, adamw, sgd; did you mean 'adamw'?",
        ),
        ("submit run", "krohn submit is given no --board: expected a path"),
        ("submit --board board", "krohn submit is given no RUNS: expected a path"),
        ("board show", "krohn board show is given no --board: expected a path"),
        (
            "board build --baord b",
            "krohn board build is given no --board: expected a path; did you mean '--board' by '--baord'?",
        ),
        ("demo --steps many", "--steps is 'many': expected a whole number"),
        (
            "demo --worker 2",
            "unknown option '--worker': expected one of --output, --seed, --steps, --workers, -o; "
            "did you mean '--workers'?",
        ),
    ],
)
def test_one_line_and_nothing_written(
    krohn: Krohn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = krohn(*line.split())
    assert (said.status, said.out, said.err) == (2, "", f"krohn: {message}\n")
    assert not list(tmp_path.iterdir())
