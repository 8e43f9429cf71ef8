"""Machines with resets in `aussm-mamba`, and without groups in `mamba`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from krohn.automata.machine import Machine
from krohn.automata.semiautomaton import Semiautomaton
from krohn.errors import RequestError
from krohn.generators.tasks import task
from krohn.models.constructions import construct

Wrong = Callable[..., int]

WITHOUT_GROUPS = [
    "flipflop:4",
    *(f"tomita:{k}" for k in (1, 2, 4, 7)),
    "even-pairs",
    "gridworld:4",
    "dyck:1:3",
]
WITH_GROUPS = [
    *(
        "tomita:3",
        "tomita:5",
        "tomita:6",
        "mod-ltr:5",
        "abab",
        "permutation-reset:S3",
        "parity-final",
        "word:S4",
    ),
    "timed:relative:3",
]


def machine(name: str) -> Machine:
    found = task(name).machine
    assert found is not None
    return found


@pytest.mark.parametrize("name", [*WITHOUT_GROUPS, *WITH_GROUPS])
def test_machines(name: str, wrong: Wrong) -> None:
    own = machine(name)
    made = construct(own, "aussm-mamba")
    assert ("a" in made.settings["layers"]) == (name in WITH_GROUPS and not name.startswith("timed"))
    assert wrong(made, own, 10_000) == 0


@pytest.mark.parametrize("name", WITHOUT_GROUPS)
def test_mamba_alone(name: str, wrong: Wrong) -> None:
    own = machine(name)
    made = construct(own, "mamba")
    assert set(made.settings["layers"]) <= set("mf|")
    assert wrong(made, own, 5_000) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*(f"tomita:{k}" for k in range(1, 8)), "even-pairs", "flipflop:4", "mod-ltr:5"]
)
def test_a_million_symbols(name: str, wrong: Wrong) -> None:
    own = machine(name)
    assert wrong(construct(own, "aussm-mamba"), own, 1_000_000, words=10) == 0


def _random(
    random_machine: Callable[..., Machine], wrong: Wrong, sizes: tuple[int, ...], count: int, length: int
) -> None:
    rng = np.random.default_rng(7)
    layers, widths, entries = [], [], []
    for number in range(10 * count):
        own = random_machine(rng, sizes[number % len(sizes)], 2 + number // len(sizes) % 2)
        try:
            made = construct(own, "aussm-mamba")
        except RequestError as error:
            if "is not solvable" not in str(error):
                raise
            continue
        assert wrong(made, own, length) == 0, own.delta.tolist()
        layers.append(made.layers)
        widths.append(made.width)
        entries.append(max(made.lookups))
        if len(layers) == count:
            break
    assert len(layers) == count
    for what, values in (("layers", layers), ("width", widths), ("entries", entries)):
        print(
            f"{what}: median {np.median(values):.0f}, 90 % {np.quantile(values, 0.9):.0f}, most {max(values)}"
        )
    assert max(entries) <= 500


def test_random_machines(random_machine: Callable[..., Machine], wrong: Wrong) -> None:
    _random(random_machine, wrong, (3, 4, 5, 6), 20, 1_000)


@pytest.mark.slow
def test_two_hundred_random_machines(random_machine: Callable[..., Machine], wrong: Wrong) -> None:
    _random(random_machine, wrong, (3, 4, 5, 6), 200, 10_000)


@pytest.mark.slow
def test_thirty_random_machines_of_seven_states(random_machine: Callable[..., Machine], wrong: Wrong) -> None:
    _random(random_machine, wrong, (7,), 30, 10_000)


def test_groups_of_two_classes_share_a_register(wrong: Wrong) -> None:
    """Two pairs of states, each swapped by one symbol, and symbols that lead from pair to pair."""
    swap, there, back = [1, 0, 3, 2], [2, 3, 2, 2], [1, 0, 0, 1]
    own = Machine(Semiautomaton(np.array([swap, there, back]).T), 0, range(4))
    made = construct(own, "aussm-mamba")
    assert {"a", "m"} <= set(made.settings["layers"])
    assert wrong(made, own, 10_000, words=2) == 0


def test_a_machine_of_one_state(wrong: Wrong) -> None:
    own = Machine(Semiautomaton([[0, 0]]), 0, [1], classes=3)
    for model in ("aussm", "aussm-mamba", "mamba"):
        assert wrong(construct(own, model), own, 50) == 0


@pytest.mark.parametrize("model", ["aussm", "mamba", "aussm-mamba"])
@pytest.mark.parametrize("group", ["A5", "S5"])
def test_groups_that_are_not_solvable(model: str, group: str) -> None:
    with pytest.raises(RequestError) as caught:
        construct(machine(f"word:{group}:generators"), model)
    assert str(caught.value) == (
        f"model {model!r} cannot compute this machine: its group A5 is not solvable, and diagonal layers of a finite "
        "precision track solvable groups only, whatever their number (arXiv 2603.01959); rnn and deltaproduct can"
    )


# Seven states whose permutations generate S7: no group of 5,040 elements is to be decomposed for a refusal.
SEVEN = [
    ([[1, 0], [2, 2], [4, 5], [6, 1], [5, 3], [0, 4], [3, 6]], 0, [0, 1, 0, 1, 0, 1, 1]),
    ([[0, 4, 0], [0, 2, 6], [0, 6, 3], [0, 5, 1], [0, 1, 2], [0, 3, 5], [0, 0, 4]], 2, [1, 4, 4, 3, 1, 1, 3]),
]


@pytest.mark.parametrize("model", ["mamba", "aussm-mamba"])
@pytest.mark.parametrize(("delta", "start", "outputs"), SEVEN)
def test_large_groups_are_refused_before_anything_is_decomposed(
    delta: list[list[int]], start: int, outputs: list[int], model: str
) -> None:
    with pytest.raises(RequestError, match="its group A7 is not solvable, and diagonal layers"):
        construct(Machine(Semiautomaton(np.array(delta)), start, outputs), model)


@pytest.mark.parametrize(
    ("name", "reason"), [("word:S6", "A6 is not solvable, and"), ("word:C300", "C2 needs an")]
)
def test_permutations_of_many_states_in_mamba(name: str, reason: str) -> None:
    with pytest.raises(
        RequestError, match=f"^model 'mamba' cannot compute this machine: its group {reason} "
    ):
        construct(machine(name), "mamba")


def test_parity_in_mamba() -> None:
    with pytest.raises(RequestError) as caught:
        construct(machine("parity"), "mamba")
    assert str(caught.value) == (
        "model 'mamba' cannot compute this machine: its group C2 needs an eigenvalue off (0, 1], whatever the number "
        "of layers (arXiv 2405.17394, 2411.12537); aussm-mamba, rnn and deltaproduct can"
    )
