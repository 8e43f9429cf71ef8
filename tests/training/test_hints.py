"""Hints along the derived series, and batches in parts: what they compute, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import krohn
from krohn.automata.algebra.derived_quotients import derived_quotients
from krohn.errors import RequestError
from krohn.models.aussm import UnitaryLayer
from krohn.models.zoo import build_model
from krohn.training.config import training_config
from krohn.training.hints import Hinted
from krohn.training.loop import train
from krohn.training.run import load_run, new_config


@pytest.mark.parametrize(
    ("task", "orders"),
    # Orders of G/G', G/G'' … short of G: from the derived series in any textbook; A5 is perfect.
    [
        ("word:C6", []),
        ("word:S3", [2]),
        ("word:A4", [3]),
        ("word:S4", [2, 6]),
        ("word:Q8", [4]),
        ("word:A5", []),
    ],
)
def test_quotients_are_those_of_the_derived_series(task: str, orders: list[int]) -> None:
    machine = krohn.task(task).machine
    assert machine is not None
    quotients = derived_quotients(machine)
    assert [quotient.states for quotient in quotients] == orders
    words = np.random.default_rng(0).integers(0, machine.symbols, (300, 12))
    for quotient in quotients:
        ends: dict[int, int] = {}
        for word in words:  # what the machine ends in decides what the quotient ends in
            state, coset = machine.start, quotient.start
            for symbol in word:
                state = machine.semiautomaton.delta[state, symbol]
                coset = quotient.semiautomaton.delta[coset, symbol]
            assert ends.setdefault(int(state), int(coset)) == coset
        assert set(ends.values()) == set(range(quotient.states))


def test_the_first_hint_of_s3_is_the_sign() -> None:
    machine = krohn.task("word:S3").machine
    assert machine is not None
    (sign,) = derived_quotients(machine)
    odd = []
    for row in machine.semiautomaton.delta.T:
        matrix = np.zeros((6, 6))
        matrix[np.arange(6), row] = 1
        # On the six elements a transposition is three swaps, so its sign is that of the permutation of states.
        odd.append(round(float(np.linalg.det(matrix))) < 0)
    assert sign.semiautomaton.delta[0].astype(bool).tolist() == odd


def test_a_hint_is_the_cross_entropy_of_a_readout_between_the_layers() -> None:
    task = krohn.task("word:S3")
    model: Any = build_model("gru", 6, 6, {"width": 5, "layers": "g|f|g"}, seed=0)
    hinted = Hinted(model, task, seed=1)
    batch = krohn.stream("word:S3", 4, (2, 7), seed=0).at(0)
    hinted(batch.inputs)
    found = hinted.loss(batch)
    x = model.embedding(batch.inputs)
    for layer, norm in zip(model.layers[:2], model.norms[:2], strict=True):
        x = x + layer(norm(x))[0]
    log = torch.log_softmax(hinted.readouts[0](x), -1)
    delta = hinted.machines[0].semiautomaton.delta
    terms = []
    for b, length in enumerate(batch.lengths.tolist()):
        coset = 0
        for t in range(length):
            coset = delta[coset, int(batch.inputs[b, t])]
            terms.append(-log[b, t, int(coset)])
    torch.testing.assert_close(found, torch.stack(terms).mean())


def config_of(task: str, layers: str, **keys: Any) -> Any:
    given = {"steps": 4, "batch": 8, "lengths": (1, 6), "validation_words": 8, "save_every": 2, **keys}
    return new_config(krohn.task(task), "gru", {"width": 6, "layers": layers}, training_config(given), [])


def test_hints_are_recorded_resumed_and_not_in_the_weights(tmp_path: Path) -> None:
    config = config_of("word:S3", "g|f|g", hints="series")
    whole = train(config, tmp_path / "whole")
    assert whole["hints"] == [{"before_layer": 2, "classes": 2}]
    assert json.loads((tmp_path / "whole" / "config.json").read_text())["training"]["hints"] == "series"

    class KilledError(Exception):
        pass

    def kill(step: int, loss: float) -> None:
        if step == 3:
            raise KilledError

    with pytest.raises(KilledError):
        train(config, tmp_path / "part", watch=kill)
    assert train(config, tmp_path / "part", resume=True)["weights_sha256"] == whole["weights_sha256"]
    assert load_run(tmp_path / "whole").model()(torch.zeros(1, 3, dtype=torch.int64))[0].shape == (1, 3, 6)
    plain = train(config_of("word:S3", "g|f|g"), tmp_path / "plain")
    assert plain["weights_sha256"] != whole["weights_sha256"]
    assert "hints" not in plain


@pytest.mark.parametrize("task", ["word:S3", "parity-final"])
def test_a_batch_in_parts_takes_the_same_steps(task: str, tmp_path: Path) -> None:
    weights = []
    for parts in (1, 3):
        train(config_of(task, "g|f|g", accumulate=parts), tmp_path / str(parts))
        weights.append(load_run(tmp_path / str(parts)).model().state_dict())
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("task", "layers", "text"),
    [
        ("word:C5", "g|g", "hints on word:C5: its derived series has no quotient in between"),
        (
            "word:S4",
            "g|f|g",
            "hints on word:S4 for 2 quotients: expected at least 3 layers besides f, there are 2",
        ),
        (
            "flipflop:2",
            "g|g",
            "symbol 1 of the machine takes two states to one: expected a machine of a group, whose symbols are "
            "permutations",
        ),
    ],
)
def test_hints_that_cannot_be(task: str, layers: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=f"^{re.escape(text)}$"):
        train(config_of(task, layers, hints="series"), tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("autocast", ["bf16", "fp16"])
def test_sixteen_bits_take_nearly_the_same_steps(autocast: str, tmp_path: Path) -> None:
    weights = []
    for name in ("none", autocast):
        train(config_of("word:S3", "g|f|g", autocast=name, steps=1, lr=1e-3), tmp_path / name)
        weights.append(load_run(tmp_path / name).model().state_dict())
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert all(value.dtype == torch.float32 for value in weights[1].values())
    # Adam's first step is as long as the learning rate, whatever the gradient: what is left is its sign.
    off = torch.cat([(weights[1][name] - value).abs().flatten() for name, value in weights[0].items()])
    assert off.mean() < 2e-4


@pytest.mark.parametrize("projection", ["dense", "per-head"])
def test_phases_are_exempt_from_autocast(projection: str) -> None:
    # The features are rounded to bfloat16, and so are exact in float32: phases of them must be those of float32.
    layer: Any = UnitaryLayer(8, 2, drive=False, convolution=False, projection=projection, heads=2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(parameter.bfloat16())
    x = torch.eye(8).unsqueeze(0)  # what comes out of the first map is one column of it, exactly
    with torch.no_grad():
        _, plain = layer(x)
        with torch.autocast("cpu", torch.bfloat16):
            _, sixteen = layer(x)
    off = (plain["phase"] - sixteen["phase"]).abs().max().item() / 2**32
    assert off < 1e-5  # turns; the sum of 8 phases in bfloat16 would be off by 1e-3
