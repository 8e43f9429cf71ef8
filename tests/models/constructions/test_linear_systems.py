"""Linear systems in `wave` and `rnn`, against the tasks' own labels and against whole numbers of Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from krohn.errors import RequestError
from krohn.generators.tasks import task
from krohn.generators.tensors import to_tensors
from krohn.models.constructions import construct
from krohn.models.constructions.system import LinearSystem
from krohn.training.construct import subject_of
from krohn.training.loss import correct_of

MODELS = ["wave", "rnn"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["binding:T1", "binding:T2", "binding:T3", "binding:T4", "binding:T4:real"])
def test_bindings_are_exact_for_10_000_steps(name: str, model: str, build: Any) -> None:
    found = task(name)
    batch = to_tensors(found, found.sample(2, (10_000, 10_000), 0, "test"))
    network = build(construct(subject_of(found), model), 8, 8, vectors=True)
    with torch.inference_mode():
        y, _ = network(batch.inputs)
    known = ~batch.labels.isnan()
    assert torch.equal(y[known].double(), batch.labels[known].double())


@pytest.mark.parametrize("model", MODELS)
def test_means_have_no_errors_in_10_000_steps(model: str, build: Any) -> None:
    found = task("history:mean")
    batch = to_tensors(found, found.sample(2, (10_000, 10_000), 0, "test"))
    with torch.inference_mode():
        y, _ = build(construct(subject_of(found), model), 8, 8, vectors=True)(batch.inputs)
    right, known = correct_of(found.targets, y, batch.labels)
    assert bool((right == known).all())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", ["fibonacci", "fibonacci:5", "fibonacci:3:2"])
def test_fibonacci_is_exact_as_far_as_the_format_holds_whole_numbers(
    name: str, model: str, build: Any
) -> None:
    found = task(name)
    longest = int(found.source.lengths(1, 1_000)[-1])
    batch = to_tensors(found, found.sample(32, (longest, longest), 0, "test"))
    size = found.model_inputs
    network = build(construct(subject_of(found), model), size, size, vectors=True)
    known = ~batch.labels.isnan()
    with torch.inference_mode():
        single, _ = network(batch.inputs)
        double, _ = network.double()(batch.inputs.double())
    assert torch.equal(double[known], batch.labels[known].double())
    small = known & (batch.labels.nan_to_num().abs().cummax(1).values < 2**22)
    assert torch.equal(single[small].double(), batch.labels[small].double())


def test_fibonacci_in_whole_numbers_of_any_size_is_exact_for_10_000_steps() -> None:
    """The arithmetic ends at step 78, not the weights: those of `rnn` are whole numbers, and so is all they make."""
    made = construct(subject_of(task("fibonacci:2:1")), "rnn")
    rows = {
        name: [{j: int(w) for j, w in enumerate(row) if w} for row in value.tolist()]
        for name, value in made.weights.items()
        if value.dim() == 2
    }
    assert all(bool((value == value.round()).all()) for value in made.weights.values())
    bias = [int(value) for value in made.weights["layers.0.cell.bias_ih_l0"].tolist()]

    def times(name: str, x: list[int]) -> list[int]:
        return [sum(w * x[j] for j, w in row.items()) for row in rows[name]]

    h = [0] * made.width
    before, last = 1, -1
    for t in range(10_000):
        x = times("embedding.weight", [(before, last)[t] if t < 2 else 0])
        driven = zip(
            times("layers.0.cell.weight_ih_l0", x), times("layers.0.cell.weight_hh_l0", h), bias, strict=True
        )
        h = [max(0, sum(parts)) for parts in driven]
        if t >= 2:
            before, last = last, before + last
            stream = [a + b for a, b in zip(x, h, strict=True)]
            assert times("head.weight", stream) == [last]
    assert len(str(abs(last))) == 2089


@pytest.mark.parametrize("model", MODELS)
def test_any_linear_system_is_followed(model: str, build: Any) -> None:
    rng = np.random.default_rng(5)
    S, d = 3, 4
    maps = rng.integers(-1, 2, (S, d, d)) / 4
    u = np.zeros((1, 60, d))
    u[0, :S] = rng.choice([-1.0, 1.0], (S, d))
    history = list(u[0, :S])
    for _ in range(S, 60):
        history.append(sum((maps[k] @ history[-1 - k] for k in range(S)), np.zeros(d)))
    network = build(construct(LinearSystem(maps), model), d, d, vectors=True).double()
    pieces, state = [], None
    with torch.inference_mode():
        for begin in range(0, 60, 7):
            y, state = network(torch.from_numpy(u[:, begin : begin + 7]), state)
            pieces.append(y)
    found = torch.cat(pieces, 1)[0, S:].numpy()
    np.testing.assert_allclose(found, np.stack(history)[S:], rtol=1e-12, atol=1e-12)


def test_units_of_the_rnn_are_as_many_as_numbers_are_held() -> None:
    # T1 holds 64 numbers, T2 to T4 36: the non-zero eigenvalues of their systems.
    assert construct(subject_of(task("binding:T1")), "rnn").width == 4 * 64 + 8
    assert construct(subject_of(task("binding:T3")), "rnn").width == 4 * 36 + 8
    assert construct(subject_of(task("binding:T3")), "wave").width == 18


def test_what_is_no_linear_system_or_no_target_is_refused() -> None:
    with pytest.raises(
        RequestError, match=r"^task 'history:product' is no linear system: expected one that is, such as"
    ):
        subject_of(task("history:product"))
    with pytest.raises(
        RequestError, match=r"^width is 17: expected at least 18, which this construction in 'wave' needs$"
    ):
        construct(subject_of(task("binding:T1")), "wave", width=17)


@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        (
            "binding:T1",
            "aussm",
            "model 'aussm' holds finite machines only, and this task is a linear system: expected rnn or wave",
        ),
        (
            "parity",
            "wave",
            "model 'wave' holds linear systems only, and this task is a finite machine: "
            "expected aussm, aussm-mamba, deltaproduct, mamba or rnn",
        ),
        (
            "fibonacci",
            "lstm",
            "model 'lstm' has no construction: expected rnn or wave for a linear system",
        ),
        (
            "binding:T1",
            "wafe",
            "unknown target of constructions: 'wafe': expected one of rnn, wave; did you mean 'wave'?",
        ),
    ],
)
def test_a_model_of_another_kind_is_refused_with_those_that_fit(name: str, model: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        construct(subject_of(task(name)), model)
    assert str(caught.value) == message
