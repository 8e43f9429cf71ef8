"""What a command says to people: tables on stdout, uncut; messages on stderr."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Krohn = Callable[..., Any]


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def test_evaluate_prints_accuracies_and_horizons_in_the_order_asked(krohn: Krohn, run: Path) -> None:
    said = krohn("evaluate", run, "--lengths", "1,1000,5", "--precision", "fp32,bf16", "--words", "4")
    assert said.status == 0
    assert said.err == "4 words a length show no horizon: 0.99 takes at least 381, all of them right\n"
    title, head, fp32, bf16 = cells(said.out)
    assert " ".join(title) == "run: lstm on parity, accuracy by length"
    assert head == ["precision", "1", "1,000", "5", "horizon"]
    for name, row in (("fp32", fp32), ("bf16", bf16)):
        assert (row[0], row[-1]) == (name, "-")
        # Four words have four labels at length 1 and twenty at length 5.
        assert (float(row[1]) * 4).is_integer()
        assert (float(row[3]) * 20).is_integer()


def test_doubled_lengths_and_precisions_are_evaluated_once(krohn: Krohn, run: Path) -> None:
    said = krohn("evaluate", run, run, "--lengths", "2,2,3", "--precision", "fp32, fp32", "--words", "4")
    assert [row[0] for row in cells(said.out)] == ["run:", "precision", "fp32"]
    assert cells(said.out)[1] == ["precision", "2", "3", "horizon"]


def test_board_show_prints_a_row_and_build_says_where(krohn: Krohn, run: Path) -> None:
    said = krohn("submit", run, "--board", "board")
    (folder,) = Path("board/submissions").iterdir()
    assert (said.out, said.err) == ("", f"run is on board as {folder.name}, record 2: claimed\n")
    table = cells(krohn("board", "show", "--board", "board").out)
    assert table[0][0] == "parity:"
    assert table[1] == ["rank", "model", "tier", "track", "3", "9", "horizon", "fp32", "horizon", "bf16"]
    assert table[2][0] == "-"  # listed, not ranked
    assert "claimed" in table[2]
    said = krohn("board", "build", "--board", "board")
    assert (said.status, said.out) == (0, "")
    assert said.err == f"the page is {Path('board/index.html').resolve()}\n"
    assert Path("board/index.html").is_file()


def test_what_cannot_be_measured_again_keeps_its_rank(krohn: Krohn, run: Path) -> None:
    krohn("submit", run, "--board", "board")
    (folder,) = Path("board/submissions").iterdir()
    said = krohn("board", "verify", "--board", "board")
    assert (said.out, said.err) == ("", f"{folder.name} lstm: verified\n")
    said = krohn("board", "verify", folder.name, "--board", "board", "--limit", "1")
    first, reason = said.err.splitlines()
    assert first == f"{folder.name} lstm: not measured"
    assert reason.startswith("  not evaluated: it took longer than the 1 second")
    row = cells(krohn("board", "show", "--board", "board").out)[2]
    assert (row[0], "verified" in row) == ("1", True)


def test_a_table_is_never_cut_however_narrow_the_terminal(krohn: Krohn, monkeypatch: Any) -> None:
    wide = krohn("models").out
    monkeypatch.setenv("COLUMNS", "20")
    assert krohn("models").out == wide
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    assert re.sub(r"\x1b\[[0-9;]*m", "", krohn("models").out) == wide
    assert "…" not in wide


def test_train_says_how_the_validation_went(krohn: Krohn, run: Path) -> None:
    short = [
        "--set",
        "width=4",
        "--steps",
        "1",
        "--batch",
        "2",
        "--lengths",
        "3-3",
        "--validation-words",
        "2",
    ]
    said = krohn("train", "parity", "--model", "lstm", "--run", "new", *short)
    assert (said.status, said.out) == (0, "")
    assert said.err.startswith("new: validation ")
    assert said.err.endswith(" of 6 labels right\n")
