"""The parallel order of a scan: models whose steps are composed in a tree, chunk after chunk."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from krohn.errors import RequestError
from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.precision import parse_item
from krohn.evaluation.running import Runner
from krohn.kernels import parse_format
from krohn.models.zoo import build_model

MODELS: dict[str, dict[str, Any]] = {
    "aussm": {"width": 4, "modes": 2, "layers": "a|f|a"},
    "aussm-mamba": {"width": 4, "modes": 2},
    "lru": {"width": 4, "modes": 3},
    "mamba": {"width": 4, "modes": 2, "signed": True},
    "s4d": {"width": 4, "modes": 2},
}
LONG = torch.randint(0, 2, (3, 40), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", MODELS)
def test_a_fine_format_changes_little_and_a_coarse_one_more(name: str) -> None:
    model = build_model(name, 2, 2, MODELS[name], seed=0).eval()
    exact, _ = Runner(model, parse_item("fp32"), "cpu", False).feed(LONG, None, 0)

    def error(item: str, order: str) -> float:
        runner = Runner(model, parse_item(item, order=order), "cpu", False)
        first, state = runner.feed(LONG[:, :16], None, 0)
        rest, _ = runner.feed(LONG[:, 16:], state, 16)
        return float((torch.cat([first, rest], 1) - exact).abs().max())

    assert 10 * error("e8m22", "parallel:16") < error("e8m3", "parallel:16")
    # As many roundings in another order: other errors.
    assert error("e8m3", "parallel:16") != error("e8m3", "sequential")
    # fp32 is the model as it is, in two pieces.
    assert error("fp32", "parallel:16") == error("fp32", "sequential") < 1e-6


@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
def test_counts_depend_on_the_chunk_and_not_on_the_batch(rounding: str) -> None:
    model = build_model("aussm", 5, 5, {"width": 8, "modes": 2}, seed=0)

    def counts(order: str, **options: Any) -> Any:
        return evaluate(model, "word:C5", [30, 300], ["e8m1"], 40, order=order, rounding=rounding, **options)

    found = counts("parallel:32")
    assert [score.order for score in found] == ["parallel:32"] * 2
    for options in ({"batch": 7}, {"piece": 5}, {"batch": 4, "piece": 100}):
        if rounding == "nearest" or "batch" not in options:
            assert counts("parallel:32", **options) == found
    assert counts("parallel:32") == found
    assert [score.correct for score in counts("parallel:8")] != [score.correct for score in found]


def test_a_model_of_ones_own_says_that_it_can() -> None:
    model = build_model("deltanet", 2, 2, {"width": 4, "heads": 1}, seed=0)
    message = r"^precision 'bf16' in order parallel:4: this model's steps cannot be composed in a tree: "
    with pytest.raises(RequestError, match=message):
        evaluate(model, "parity", [8], ["bf16"], 2, order="parallel:4")
    # What rounds no state is scanned as it is.
    (score,) = evaluate(model, "parity", [8], ["weights=bf16"], 2, order="parallel:4")
    assert score.total == 16


@pytest.mark.parametrize("order", ["chunked:8", "parallel:8"])
def test_a_chunk_is_fed_whole_where_rounding_is_drawn(order: str) -> None:
    model = build_model("lru", 2, 2, MODELS["lru"], seed=0).eval()
    runner = Runner(model, parse_item("bf16", "stochastic", order=order), "cpu", False)
    assert runner.begin(0, 3) == 8
    states = []
    for _ in range(2):
        _, state = runner.feed(LONG[:, :8], None, 0)
        assert state is not None
        states.append(state["0.h"])
    assert torch.equal(*states)
    assert torch.equal(parse_format("bf16")(states[0]), states[0])
    _, nearest = Runner(model, parse_item("bf16", order=order), "cpu", False).feed(LONG[:, :8], None, 0)
    assert nearest is not None
    assert not torch.equal(states[0], nearest["0.h"])
