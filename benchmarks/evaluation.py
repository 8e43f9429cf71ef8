"""Speed of evaluation: tokens a second at growing lengths, plain and rounded; rounding beside a loop in PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from ..evaluation.evaluate import evaluate
from ..generators.tasks import task
from ..kernels import parse_format
from ..kernels.diagonal import diagonal_scan
from ..models.zoo import build_model
from .measure import Row, keep_heap, peak_bytes, seconds

LENGTHS = (1 << 10, 1 << 15, 1 << 20)
WORDS = 16
CASES = (("aussm", "fp32"), ("aussm", "bf16"), ("mamba", "fp32"), ("mamba", "bf16"), ("lstm", "fp32"))
ROUNDED_LSTM = 1 << 12
"""The LSTM is rounded between calls of torch's own cell, a token at a time: its longest length here."""
PIECES = {64: 4096, 1024: 256}
"""Width of a rounded recurrence to the steps of a piece: what an evaluation feeds at a time, 2 MB of states."""
REPEATS = 32
"""Pieces of a word: the memory of the first is that of all others."""
STEPS = 256
"""Steps of the loop in PyTorch."""


def rows() -> list[Row]:
    """Measure on one thread."""
    keep_heap()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = [row for case in CASES for row in _lengths(*case, LENGTHS)]
        found += _lengths("lstm", "bf16", (LENGTHS[0], ROUNDED_LSTM))
        return [*found, *_memory(), *_rounding()]
    finally:
        torch.set_num_threads(before)


def _lengths(name: str, item: str, lengths: tuple[int, ...]) -> list[Row]:
    model = build_model(name, 2, 2, {}, seed=0).eval()
    parity = task("parity")
    times = seconds(
        {
            str(length): lambda length=length: evaluate(model, parity, [length], [item], WORDS)  # type: ignore[misc]
            for length in lengths
        },
        rounds=1,
    )
    rates = {length: WORDS * length / times[str(length)] for length in lengths}
    shortest = lengths[0]
    return [
        Row(
            f"evaluation {name} {item} L{length}",
            "tokens_per_second",
            rate,
            "tokens/s",
            f"L{shortest}",
            rate / rates[shortest],
        )
        for length, rate in rates.items()
    ]


def _memory() -> list[Row]:
    model = build_model("aussm", 2, 2, {}, seed=0).eval()

    def run(length: int) -> Callable[[], object]:
        return lambda: evaluate(model, "parity", [length], ["fp32"], 64)

    run(1 << 12)()
    short, long = (peak_bytes(run(length)) for length in (1 << 12, 1 << 18))
    if short is None or long is None:
        return []
    case = "evaluation aussm 64 words L262144"
    return [Row(case, "peak_bytes", long, "B", "L4096", long / short if short else None)]


def _rounding() -> list[Row]:
    found = []
    for width, piece in PIECES.items():
        drive = torch.randn(1, piece, width, 2)
        angles = torch.arange(width) * 1.0
        factor = torch.stack([torch.cos(angles), torch.sin(angles)], -1)
        times = seconds(
            {
                **{
                    name: lambda drive=drive, factor=factor, name=name: by_krohn(drive, factor, name, REPEATS)  # type: ignore[misc]
                    for name in ("bf16", "e4m3")
                },
                "torch loop": lambda drive=drive, factor=factor: by_torch(drive[:, :STEPS], factor),  # type: ignore[misc]
            },
            rounds=5,
            clock=time.process_time,
        )
        slow = STEPS / times["torch loop"]
        for name in ("bf16", "e4m3"):
            rate = REPEATS * piece / times[name]
            case = f"rounded recurrence {name} width {width}"
            found.append(Row(case, "steps_per_second", rate, "steps/s", "torch loop, bf16", rate / slow))
    return found


def by_krohn(drive: Tensor, factor: Tensor, name: str, pieces: int) -> Tensor:
    """Return the last state of h <- round(a h + b) over a word that repeats a piece.

    Examples
    --------
    >>> drive, factor = torch.randn(1, 9, 4, 2), torch.rand(4, 2)
    >>> torch.equal(by_krohn(drive, factor, "bf16", 2), by_torch(drive.repeat(1, 2, 1, 1), factor))
    True
    """
    rounding, state = parse_format(name), None
    for _ in range(pieces):
        _, state = diagonal_scan(drive, factor, state, rounding)
    assert state is not None
    return state.h


def by_torch(drive: Tensor, factor: Tensor) -> Tensor:
    """Return the last state of h <- round(a h + b), rounded to bfloat16 by bit operations, a step at a time.

    Examples
    --------
    >>> by_torch(torch.full((1, 3, 1, 2), 0.25), torch.tensor([[0.5, 0.0]]))
    tensor([[[0.4375, 0.4375]]])
    """
    a_re, a_im = factor.unbind(-1)
    re = im = torch.zeros_like(drive[:, 0, :, 0])
    for t in range(drive.shape[1]):
        b_re, b_im = drive[:, t].unbind(-1)
        re, im = _bf16(a_re * re - a_im * im + b_re), _bf16(a_re * im + a_im * re + b_im)
    return torch.stack([re, im], -1)


def _bf16(values: Tensor) -> Tensor:
    bits = values.contiguous().view(torch.int32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & -65536).view(torch.float32)
