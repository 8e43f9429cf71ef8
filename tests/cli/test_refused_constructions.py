"""krohn construct: what it refuses, in one line each."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Krohn = Callable[..., Any]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "constructions.md"
EXAMPLES = re.findall(r"^\$ krohn (construct .*)\n(krohn: .*)$", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        *((line, message.removeprefix("krohn: ")) for line, message in EXAMPLES),
        (
            "construct flipflop:2 --model aussm --run new",
            "model 'aussm' cannot compute this machine: a symbol sends two states to one, and a rotor never forgets; "
            "aussm-mamba, rnn and deltaproduct can",
        ),
        (
            "construct count:4096 --model rnn --run new",
            "this construction in 'rnn' needs a width of 8193: expected at most 4096; no quotients are "
            "searched of a machine of 4096 states",
        ),
        (
            "construct parity --model aussm --width 0 --run new",
            "width is 0: expected at least 3, which this construction in 'aussm' needs",
        ),
        (
            "construct parity --model aussn --run new",
            "unknown target of constructions: 'aussn': expected one of aussm, "
            "aussm-mamba, deltaproduct, mamba, rnn; did you mean 'aussm'?",
        ),
        (
            "construct parity --model lstm --run new",
            "model 'lstm' has no construction: expected aussm, aussm-mamba, deltaproduct, mamba or rnn for a finite "
            "machine",
        ),
        (
            "construct history:product --model wave --run new",
            "task 'history:product' is no linear system: expected one that is, such as binding:T1 or fibonacci",
        ),
    ],
)
def test_refusals(
    krohn: Krohn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = krohn(*line.split())
    assert (said.status, said.out, said.err) == (2, "", f"krohn: {message}\n")
    assert not list(tmp_path.iterdir())


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 5
