"""Precision items beyond the state, against models rounded by hand."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from krohn.evaluation.evaluate import evaluate
from krohn.evaluation.precision import parse_item
from krohn.evaluation.running import Runner, direct_state
from krohn.kernels import parse_format
from krohn.models.zoo import build_model

TOKENS = torch.tensor([[1, 0, 1, 1, 0, 1, 0, 0, 1, 1]])


def run(item: str, model: nn.Module, **options: Any) -> tuple[Tensor, dict[str, Tensor]]:
    runner = Runner(model, parse_item(item, **options), "cpu", False)
    piece = runner.begin(0, 1) or TOKENS.shape[1]
    logits, state = [], None
    for begin in range(0, TOKENS.shape[1], piece):
        y, state = runner.feed(TOKENS[:, begin : begin + piece], state, begin)
        logits.append(y)
    assert state is not None
    return torch.cat(logits, 1), state


@pytest.mark.parametrize("name", ["lstm", "mamba", "aussm"])
def test_weights_are_rounded_once_and_the_model_stays(name: str) -> None:
    model, by_hand = (build_model(name, 2, 2, {"width": 8}, seed=0).eval() for _ in range(2))
    with torch.no_grad():
        for parameter in by_hand.parameters():
            rounded = parameter.numpy().astype(ml_dtypes.bfloat16).astype(np.float32)
            parameter.copy_(torch.from_numpy(rounded))
        assert torch.equal(run("weights=bf16", model)[0], by_hand(TOKENS)[0])
    fresh = build_model(name, 2, 2, {"width": 8}, seed=0).state_dict()
    assert all(torch.equal(value, fresh[key]) for key, value in model.state_dict().items())


def test_activations_are_what_modules_put_out() -> None:
    model: Any = build_model("lstm", 2, 3, {"width": 8}, seed=0).eval()
    to_bf16 = parse_format("bf16")
    with torch.no_grad():
        x = to_bf16(model.embedding(TOKENS))
        y, _ = model.layers[0].cell(to_bf16(model.norms[0](x)))
        expected = to_bf16(model.head(to_bf16(model.norm(x + to_bf16(y)))))
    assert torch.equal(run("activations=bf16", model)[0], expected)
    assert not torch.equal(run("fp32", model)[0], expected)


def test_a_phase_item_sets_the_lattice() -> None:
    settings = {"width": 8, "drive": False}
    plain: Any = build_model("aussm", 2, 5, settings, seed=0).eval()
    on_lattice = build_model("aussm", 2, 5, {**settings, "phase_lattice": 12}, seed=0).eval()
    with torch.no_grad():
        expected = on_lattice(TOKENS)[0]
    assert torch.equal(run("phase=turn/12", plain)[0], expected)
    assert plain.layers[0].phase_lattice == 0


@pytest.mark.parametrize("lattice", [0, 7])
def test_chunked_order_rounds_at_the_end_of_every_chunk(lattice: int) -> None:
    model = build_model("aussm", 2, 2, {"width": 8, "phase_lattice": lattice}, seed=0).eval()
    to_bf16 = parse_format("bf16")
    with torch.no_grad():
        logits, state = [], None
        for begin in range(0, 10, 4):
            y, state = model(TOKENS[:, begin : begin + 4], state)
            # h = exp(2πi G) z, by numpy; rounding it lets the next chunk begin without a phase.
            turns = state["0.phase"].numpy() / (lattice or 2.0**32)
            z = state["0.z"].double().numpy()
            h = np.exp(2j * np.pi * turns) * (z[..., 0] + 1j * z[..., 1])
            pair = torch.from_numpy(np.stack([h.real, h.imag], -1)).float()
            state = {**state, "0.z": to_bf16(pair), "0.phase": torch.zeros_like(state["0.phase"])}
            logits.append(y)
    found, after = run("bf16", model, order="chunked:4")
    assert torch.allclose(found, torch.cat(logits, 1), atol=1e-6)
    assert after["0.z"].dtype == torch.float32
    assert torch.equal(to_bf16(after["0.z"]), after["0.z"])


def test_the_state_of_a_rotor_is_compared_as_it_turns() -> None:
    model = build_model("aussm", 2, 2, {"width": 4, "drive": False, "convolution": False}, seed=0).eval()
    with torch.no_grad():
        _, state = model(TOKENS)
        _, rounded = Runner(model, parse_item("e8m23"), "cpu", False).feed(TOKENS, None, 0)
    assert rounded is not None
    (own,) = direct_state(model, state).values()
    assert not torch.allclose(own, state["0.z"], atol=1e-2)
    (direct,) = (value for name, value in rounded.items() if name == "0.z")
    assert own.shape == direct.shape


def test_stochastic_rounding_is_right_on_average_and_draws_by_the_seed() -> None:
    class Halves(nn.Module):
        """Adds a quarter to a state of whole numbers and answers whether it rose."""

        def forward(
            self, tokens: Tensor, state: dict[str, Tensor] | None = None
        ) -> tuple[Tensor, dict[str, Tensor]]:
            sums = torch.zeros(len(tokens)) if state is None else state["sum"]
            answers = []
            for t in range(tokens.shape[1]):
                answers.append((sums >= 1).long())
                sums = torch.full_like(sums, 0.25) + 0 * tokens[:, t]
            return F.one_hot(torch.stack(answers, 1), 2).float(), {"sum": sums}

    # In q3.0 a quarter becomes 1 in one of four words, drawn anew at every step.
    runner = Runner(Halves(), parse_item("q3.0", "stochastic"), "cpu", False)
    tokens, state, rose = torch.zeros(4000, 2, dtype=torch.int64), None, []
    assert runner.begin(0, 64) == 1
    for step in range(2):
        logits, state = runner.feed(tokens[:, step : step + 1], state, step)
        rose.append(logits[..., 1].mean().item())
    assert rose[0] == 0
    assert rose[1] == pytest.approx(0.25, abs=0.04)
    scores = [
        evaluate(Halves(), "parity", [30], ["q3.0"], 64, seed, rounding="stochastic")[0] for seed in (0, 0, 1)
    ]
    assert scores[0] == scores[1] != scores[2]
    assert scores[0].rounding == "stochastic"


def test_rows_echo_how_they_were_rounded() -> None:
    model = build_model("lstm", 2, 2, {"width": 4}, seed=0)
    (score,) = evaluate(
        model, "parity", [4], ["e4m3"], 2, rounding="zero", overflow="infinity", order="chunked:2"
    )
    assert (score.rounding, score.overflow, score.order) == ("zero", "infinity", "chunked:2")
    assert evaluate(model, "parity", [4], ["e4m3"], 2)[0].overflow == "saturate"
