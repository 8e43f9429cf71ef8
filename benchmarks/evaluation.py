"""Speed of evaluation: tokens a second at growing lengths, plain and rounded; rounding beside a loop in PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from ..errors import RequestError
from ..evaluation.evaluate import evaluate
from ..generators.tasks import task
from ..kernels import parse_format
from ..kernels.diagonal import diagonal_scan
from ..models.zoo import build_model
from .measure import Row, keep_heap, peak_bytes, seconds

SHORTEST, LONGEST = 1 << 10, 1 << 16
WORDS = 8
TOKENS = 1 << 19
"""Evaluated at least for a time: short words as often as that takes."""
CASES = tuple((name, item) for name in ("aussm", "mamba", "lstm") for item in ("fp32", "bf16"))
"""The LSTM is rounded between calls of torch's own cell, a token at a time: most of the time is its own."""
PIECES = {64: 4096, 1024: 256}
"""Width of a rounded recurrence to the steps of a piece: what an evaluation feeds at a time, 2 MB of states."""
REPEATS = 32
"""Pieces of a word: the memory of the first is that of all others."""
STEPS = 256
"""Steps of the loop in PyTorch."""


def rows(longest: int = LONGEST) -> list[Row]:
    """Measure on one thread.

    Parameters
    ----------
    longest : int
        Length of the longest words, at least 1,024.

    Raises
    ------
    RequestError
        For a shorter one.
    """
    if longest < SHORTEST:
        raise RequestError(f"longest is {longest}: expected a length of at least {SHORTEST}")
    lengths = sorted({SHORTEST, 1 << (SHORTEST * longest).bit_length() // 2, longest})
    keep_heap()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = [row for case in CASES for row in _lengths(*case, lengths)]
        return [*found, *_memory(), *_rounding()]
    finally:
        torch.set_num_threads(before)


def _lengths(name: str, item: str, lengths: list[int]) -> list[Row]:
    model = build_model(name, 2, 2, {}, seed=0).eval()
    shortest, parity = lengths[0], task("parity")
    evaluate(model, parity, [shortest], [item], WORDS)
    rates = {}
    for length in lengths:
        calls = max(1, TOKENS // (WORDS * length))
        begin = time.process_time()
        for _ in range(calls):
            evaluate(model, parity, [length], [item], WORDS)
        rates[length] = calls * WORDS * length / (time.process_time() - begin)
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
    model = build_model("aussm", 2, 2, {"width": 4, "modes": 2}, seed=0).eval()

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
