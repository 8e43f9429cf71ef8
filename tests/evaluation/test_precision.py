"""What a precision item does to a model, against a loop that rounds with numpy and ml_dtypes."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.precision import parse_item
from krohn.generators.tasks import task

TYPES: dict[str, Any] = {
    "fp64": np.float64,
    "fp32": np.float32,
    "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
}
MODULUS, LENGTH, WORDS = 61, 256, 5


class Rotor(nn.Module):
    """Counts modulo 61 by turning a 61st of a circle for every 1; right as long as the angle is."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = nn.Parameter(torch.tensor(1 / MODULUS))

    def forward(
        self, tokens: Tensor, state: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        angle = torch.zeros(len(tokens), dtype=self.turn.dtype) if state is None else state["angle"]
        logits = torch.zeros(*tokens.shape, MODULUS, dtype=self.turn.dtype)
        for t in range(tokens.shape[1]):
            angle = torch.remainder(angle + tokens[:, t] * self.turn, 1.0)
            answer = (angle * MODULUS).round().long() % MODULUS
            logits[torch.arange(len(tokens)), t, answer] = 1
        return logits, {"angle": angle}


def literal(name: str) -> list[int]:
    """Return how many labels of each word are right, one step of one word at a time."""
    # Only fp64 computes in double precision; the narrow formats round the state after each step in fp32.
    own = np.float64 if name == "fp64" else np.float32
    turn, right = own(np.float32(1 / MODULUS)), []
    for word in task(f"count:{MODULUS}").sample(WORDS, (LENGTH, LENGTH), 0, "test").symbols:
        angle, count, known = own(0), 0, 0
        for symbol in word:
            stepped = own(np.mod(own(angle + own(symbol) * turn), own(1)))
            known = (known + int(symbol)) % MODULUS
            # The answer is read off before the state is rounded for the next step.
            count += int(np.round(stepped * own(MODULUS))) % MODULUS == known
            angle = own(TYPES[name](stepped))
        right.append(count)
    return right


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("prefix", ["", "state="])
def test_the_state_is_rounded_after_every_step(name: str, prefix: str) -> None:
    right = literal(name)
    (score,) = evaluate(Rotor(), f"count:{MODULUS}", [LENGTH], [prefix + name], words=WORDS)
    assert score.precision == prefix + name
    assert (score.correct, score.squares) == (sum(right), sum(count**2 for count in right))


def test_the_narrow_formats_lose_what_the_wide_ones_keep() -> None:
    # Otherwise the comparison above could not fail.
    right = {name: sum(literal(name)) for name in TYPES}
    assert right["fp64"] == right["fp32"] == WORDS * 256
    assert right["fp32"] > right["fp16"] > right["bf16"] > 0


def test_fp64_computes_what_fp32_cannot_hold() -> None:
    class Tally(nn.Module):
        """Parity as that of a tally that begins at 2^25, where fp32 no longer holds odd numbers."""

        def __init__(self) -> None:
            super().__init__()
            self.begin = nn.Parameter(torch.tensor(2.0**25))

        def forward(
            self, tokens: Tensor, state: dict[str, Tensor] | None = None
        ) -> tuple[Tensor, dict[str, Tensor]]:
            tally = self.begin.expand(len(tokens)) if state is None else state["tally"]
            answers = []
            for symbols in tokens.unbind(1):
                tally = tally + symbols
                answers.append(tally % 2 == 1)
            return nn.functional.one_hot(torch.stack(answers, 1).long(), 2).float(), {"tally": tally}

    wide, narrow = evaluate(Tally(), "parity", [50], ["fp64", "fp32"], words=10)
    assert wide.correct == wide.total == 500
    # In fp32 adding 1 changes nothing, so that the answer is always even.
    labels = task("parity").sample(10, (50, 50), 0, "test").labels
    assert narrow.correct == sum(int(label) == 0 for word in labels for label in word)


def test_precisions_leave_the_model_as_it_is() -> None:
    model = Rotor()
    evaluate(model, f"count:{MODULUS}", [20], ["fp64", "bf16"], words=2)
    assert model.turn.dtype == torch.float32
    assert model.turn.item() == np.float32(1 / MODULUS)


def test_scores_come_in_the_order_asked_for() -> None:
    items, lengths = ["fp16", "fp32", "state=bf16"], [40, 5, 300]
    scores = evaluate(Rotor(), f"count:{MODULUS}", lengths, items, words=2)
    assert [(score.precision, score.length) for score in scores] == [(i, n) for i in items for n in lengths]


def test_whole_numbers_in_a_state_are_not_rounded() -> None:
    class Sum(nn.Module):
        """Parity as that of a sum of large odd numbers, none of which a narrow format holds."""

        def forward(
            self, tokens: Tensor, state: dict[str, Tensor] | None = None
        ) -> tuple[Tensor, dict[str, Tensor]]:
            before = torch.tensor([0]) if state is None else state["sum"]
            sums = before[:, None] + (tokens * (2**20 + 1)).cumsum(1)
            return nn.functional.one_hot(sums % 2, 2).float(), {"sum": sums[:, -1]}

    scores = evaluate(Sum(), "parity", [300], ["bf16", "fp16"], words=3)
    assert [score.correct for score in scores] == [3 * 256] * 2


@pytest.mark.parametrize(
    ("text", "rounds"),
    [
        ("fp64", False),
        ("fp32", False),
        ("bf16", True),
        ("fp16", True),
        ("e4m3", True),
        ("e3m4", True),
        ("q3.4", True),
    ],
)
def test_only_formats_narrower_than_fp32_round(text: str, rounds: bool) -> None:
    assert (parse_item(text).rounding is not None) == rounds
    assert (parse_item(f"state={text}").rounding is not None) == rounds
