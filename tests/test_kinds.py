"""Every kind of input, target and readout: streamed, written to disk, trained on and evaluated."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import krohn
from krohn.evaluation.evaluate import evaluate
from krohn.generators.datasets import generate
from krohn.generators.families import FAMILIES, register_task
from krohn.generators.kinds import (
    Classes,
    Inputs,
    Readout,
    Symbols,
    SymbolSets,
    Targets,
    TimedSymbols,
    Vectors,
    VectorTargets,
)
from krohn.generators.philox import draw_symbols
from krohn.generators.shards import Split
from krohn.generators.source import Key, Lengths, Source, Words
from krohn.generators.task import Task
from krohn.models.zoo import build_model
from krohn.training.config import training_config
from krohn.training.loop import train
from krohn.training.run import load_run, new_config


@dataclass(frozen=True, eq=False)
class Bits(Source):
    """Uniform bits; in every kind of input the bit is told, and in every kind of target the number of ones."""

    kind: str
    nested: ClassVar[bool] = True

    def lengths(self, low: int, high: int) -> range:
        return range(max(2, low), high + 1)

    def answers(self, lengths: Lengths) -> Lengths:
        return np.full_like(lengths, 2 * (self.kind == "sequence"))

    def draw(self, key: Key, first: int, words: Words) -> None:
        bits = draw_symbols(key, first, words.lengths, words.symbols.shape[1], 2)
        if self.kind == "vectors":
            words.symbols[..., 0], words.symbols[..., 1] = 1, bits
        elif words.delays is not None:
            words.symbols[:], words.delays[:] = 1, bits
        else:
            words.symbols[:] = bits
        self.label(words)

    def label(self, words: Words) -> None:
        told = words.symbols if words.delays is None else words.delays
        ones = (told[..., 1] if self.kind == "vectors" else told).cumsum(1)
        for b, length in enumerate(words.lengths):
            if self.kind == "sequence":  # the last two bits, backwards
                words.labels[b, length : length + 2] = told[b, length - 2 : length][::-1]
            elif self.kind == "sets":
                words.labels[b, :length, 0] = ones[b, :length] % 2
                words.labels[b, :length, 1] = 1
            elif self.kind == "vectors":
                words.labels[b, :length, 0] = ones[b, :length]
            elif self.kind == "some":  # a label where the symbol is 1, and at the beginning
                shown = (told[b, :length] == 1) | (np.arange(length) == 0)
                words.labels[b, :length] = np.where(shown, ones[b, :length] % 2, -100)
            else:
                words.labels[b, :length] = ones[b, :length] % 2


KINDS: dict[str, tuple[Inputs, Targets, Readout]] = {
    "sequence": (Symbols(2), Classes(2), Readout.SEQUENCE),
    "sets": (Symbols(2), SymbolSets(2), Readout.PREFIX),
    "vectors": (Vectors(2), VectorTargets(1), Readout.PREFIX),
    "timed": (TimedSymbols(2), Classes(2), Readout.PREFIX),
    "some": (Symbols(2), Classes(2), Readout.PREFIX),
}
EACH = pytest.mark.parametrize("kind", list(KINDS))


def made(kind: str) -> Task:
    return Task(f"bits:{kind}", 1, *KINDS[kind], Bits(kind))


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    register_task("bits", example="bits:sets")(lambda kind: made(kind))
    yield
    del FAMILIES["bits"]


@EACH
def test_tensors(kind: str) -> None:
    words = made(kind).sample(6, (2, 9), seed=4)
    batch = krohn.stream(f"bits:{kind}", 6, (2, 9), seed=4).at(0)
    if kind == "timed":
        assert batch.inputs.dtype == torch.float32
        for b, length in enumerate(words.lengths):
            assert batch.inputs[b, :length, :2].tolist() == [[0, 1]] * int(length)
            assert not batch.inputs[b, length:].any()
        assert words.delays is not None
        assert batch.inputs[..., 2].tolist() == words.delays.tolist()
    else:
        assert batch.inputs.dtype == (torch.float32 if kind == "vectors" else torch.int64)
        assert batch.inputs.tolist() == words.symbols.tolist()
    kinds = {"sets": torch.int8, "vectors": torch.float64}
    assert batch.labels.dtype == kinds.get(kind, torch.int64)
    assert np.array_equal(batch.labels.numpy(), words.labels, equal_nan=kind == "vectors")


def packed(row: Any, kind: str) -> bytes:
    """The bytes of a row that design.md's content hash is of."""
    out = struct.pack("<I", row.length)
    for symbol in row.input_ids:
        out += struct.pack("<2d", *symbol) if kind == "vectors" else struct.pack("<I", symbol)
    out += b"".join(struct.pack("<q", delay) for delay in getattr(row, "delays", []))
    out += struct.pack("<I", len(row.labels))
    for label in row.labels:
        if kind == "vectors":
            out += struct.pack("<d", *label)
        else:
            out += struct.pack("<2i", *label) if kind == "sets" else struct.pack("<i", label)
    return out


@EACH
def test_a_dataset_holds_inputs_and_labels_alone(kind: str, tmp_path: Path) -> None:
    summary = generate(made(kind), tmp_path / "d", [Split("all", 40, 1, 9)], seed=3)
    frame = krohn.load(tmp_path / "d")["all"]
    assert list(frame.columns) == ["input_ids", "labels", "length"] + ["delays"] * (kind == "timed")
    words = made(kind).sample(40, (1, 9), seed=3, split="all")
    digest = hashlib.sha256()
    rows: list[Any] = list(frame.itertuples())
    for row, symbols, labels, length, known in zip(
        rows, words.symbols, words.labels, words.lengths, words.labelled, strict=True
    ):
        assert row.length == length
        assert [np.asarray(symbol).tolist() for symbol in row.input_ids] == symbols[:length].tolist()
        assert [np.asarray(label).tolist() for label in row.labels] == labels[known].tolist()
        digest.update(packed(row, kind))
    assert summary["splits"]["all"]["sha256"] == digest.hexdigest()
    card = (tmp_path / "d" / "README.md").read_text()
    assert f"Inputs {KINDS[kind][0]}, labels {KINDS[kind][1]}." in card
    assert ("`delays` (since the symbol before)" in card) == (kind == "timed")


@pytest.mark.parametrize(
    ("kind", "model"),
    [*((kind, "lstm") for kind in KINDS), ("vectors", "aussm"), ("vectors", "mamba"), ("sequence", "aussm")],
)
def test_the_zoo_trains_and_evaluates(kind: str, model: str, tmp_path: Path) -> None:
    keys = {"steps": 3, "batch": 8, "lengths": (2, 6), "validation_words": 12, "save_every": 1}
    config = new_config(krohn.task(f"bits:{kind}"), model, {"width": 8}, training_config(keys), [])
    validation = train(config, tmp_path / "run")["validation"]
    counted = made(kind).sample(8, (2, 6), 0, "validation").labelled.sum()
    counted += made(kind).sample(8, (2, 6), 0, "validation", first=8).labelled[:4].sum()
    assert validation["total"] == counted
    run = load_run(tmp_path / "run")
    assert (run.config.inputs, run.config.outputs) == (made(kind).model_inputs, made(kind).model_outputs)
    scores = evaluate(run.model(), f"bits:{kind}", [20, 5], ["fp32", "fp64", "bf16"], words=9)
    assert [(score.precision, score.length, score.words) for score in scores][:3] == [
        ("fp32", 20, 9),
        ("fp32", 5, 9),
        ("fp64", 20, 9),
    ]
    known = made(kind).sample(9, (20, 20), 0, "test").labelled
    assert scores[0].total == known.sum()
    assert evaluate(run.model(), f"bits:{kind}", [20, 5], ["fp32"], words=9, batch=4) == scores[:2]


@EACH
def test_an_lstm_learns_every_kind(kind: str, tmp_path: Path) -> None:
    keys = {"steps": 250, "batch": 64, "lengths": (2, 3), "lr": 0.02, "log_every": 100}
    config = new_config(krohn.task(f"bits:{kind}"), "lstm", {"width": 16}, training_config(keys), [])
    validation = train(config, tmp_path / "run")["validation"]
    assert validation["correct"] > 0.97 * validation["total"]


class Knows(nn.Module):
    """Answers every kind rightly; for `sequence` it takes whole words only."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, tokens: Tensor, state: dict[str, Tensor] | None = None) -> Any:
        told = tokens[..., -1] if tokens.dim() == 3 else tokens
        bits = told.clamp(max=1).to(torch.int64) * (told < 2)
        ones = bits.cumsum(1) + (state["ones"] if state else 0)
        before = torch.zeros(len(bits), 2, dtype=torch.int64) if state is None else state["last"]
        whole = torch.cat([before, bits], 1)
        after = {"ones": ones[:, -1:], "last": whole[:, -2:]}
        if self.kind == "vectors":
            return ones.unsqueeze(-1).double() + 0.4, after
        if self.kind == "sets":
            return torch.stack([(ones % 2 * 2 - 1), torch.ones_like(ones)], -1).double(), after
        answer = ones % 2
        if self.kind == "sequence":
            # At the first answer the last bit stands one back; at the second, the one before it three back.
            compute = told == 2
            position = torch.arange(told.shape[1])
            first = compute & (position == compute.int().argmax(1, keepdim=True))
            shifted = torch.stack([whole.roll(k, 1)[:, 2:] for k in (1, 3)], 0)
            answer = torch.where(first, shifted[0], shifted[1])
        return nn.functional.one_hot(answer, 2).double(), after


@pytest.mark.parametrize("kind", ["vectors", "sets", "timed", "some"])
def test_a_model_that_knows_is_right_everywhere(kind: str) -> None:
    for score in evaluate(Knows(kind), made(kind), [3, 300, 40], words=11):
        assert score.correct == score.total
        assert score.words_correct == 11
        known = made(kind).sample(11, (score.length,) * 2, 0, "test").labelled[:, -256:].sum(1)
        assert (score.total, score.squares) == (known.sum(), (known**2).sum())


def test_a_sequence_counts_its_answers() -> None:
    class Whole(nn.Module):
        def forward(self, tokens: Tensor) -> Tensor:
            return Knows("sequence")(tokens)[0]  # type: ignore[no-any-return]

    for score in evaluate(Whole(), made("sequence"), [3, 300, 40], words=11):
        assert (score.correct, score.total, score.words_correct, score.squares) == (22, 22, 11, 44)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            lambda: evaluate(build_model("lstm", 2, 2, {}, 0), made("some"), [4, 1], words=2),
            "task 'bits:some' has no words of length 1: expected such as 2",
        ),
        (
            lambda: generate(made("some"), Path("never"), [Split("a", 1, 1, 1)]),
            "task 'bits:some' has no words of length 1: expected such as 2",
        ),
        (
            lambda: krohn.task("parity").label(np.zeros((2, 3, 4)), np.array([3, 3])),
            "task 'parity' was given symbols of shape (2, 3, 4): expected (B, L)",
        ),
        (
            lambda: made("vectors").label(np.zeros((2, 3)), np.array([3, 3])),
            "task 'bits:vectors' was given symbols of shape (2, 3): expected (B, L, dimension)",
        ),
        (
            lambda: build_model("lstm", 3, 2, {}, 0, vectors=True)(torch.zeros(2, 3)),
            "tokens have shape (2, 3): expected (B, L, 3) with L at least 1",
        ),
    ],
)
def test_error_texts(request_: Any, message: str) -> None:
    with pytest.raises(krohn.RequestError) as caught:
        request_()
    assert str(caught.value) == message


def test_a_training_on_lengths_that_words_cannot_have_leaves_nothing(tmp_path: Path) -> None:
    config = new_config(made("some"), "lstm", {}, training_config({"lengths": (1, 1)}), [])
    with pytest.raises(krohn.RequestError) as caught:
        train(config, tmp_path / "run")
    assert str(caught.value) == "task 'bits:some' has no words of length 1: expected such as 2"
    assert not list(tmp_path.iterdir())
