"""The registry: a user's own model, and what is said of a wrong name, key or value."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import krohn
from krohn.cli.options import parse_settings
from krohn.errors import RequestError
from krohn.models.layers import register_layer
from krohn.models.registry import MODELS
from krohn.models.zoo import build_model, carries_state, entry, models, register_model, size_of

DEFAULTS: dict[str, dict[str, Any]] = {
    "aussm": {
        "width": 16,
        "modes": 8,
        "layers": "a",
        "drive": True,
        "convolution": True,
        "scale_phase": False,
        "phase_lattice": 0,
        "projection": "dense",
        "rank": 4,
        "heads": 4,
        "learned_start": True,
        "norm": True,
    },
    "lstm": {"width": 16, "layers": "l", "norm": True},
    "mamba": {"width": 16, "modes": 16, "layers": "m", "signed": False, "norm": True},
}
NAMES = [
    *(
        "aussm",
        "aussm-mamba",
        "deltanet",
        "deltaproduct",
        "elman",
        "gru",
        "lru",
        "lstm",
        "mamba",
        "rnn",
        "s4d",
    ),
    *("slstm", "stack-rnn", "tape-rnn", "transformer", "wave"),
]
KEYS = {name: ", ".join(keys) for name, keys in DEFAULTS.items()}


class Bag(nn.Module):
    """A user's model without a state: logits are a function of how often each symbol was seen."""

    def __init__(
        self, inputs: int, outputs: int, scale: float = 0.5, hidden: int | None = None, kind: str = "sum"
    ) -> None:
        super().__init__()
        self.inputs, self.scale, self.hidden, self.kind = inputs, scale, hidden, kind
        self.head = nn.Linear(inputs, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        seen = nn.functional.one_hot(tokens, self.inputs).cumsum(1)
        return self.head(self.scale * seen)


@pytest.fixture
def bag() -> Iterator[str]:
    register_model("bag", theory="counts", source="a test")(Bag)
    yield "bag"
    del MODELS["bag"]


def refused(text: str) -> Any:
    return pytest.raises(RequestError, match=f"^{re.escape(text)}$")


def test_the_zoo_comes_by_name_with_what_theory_says() -> None:
    assert [found.name for found in models()] == NAMES
    for found in models():
        assert entry(found.name) is found
        assert found.theory
        assert found.source
        assert found.validate({}) == DEFAULTS.get(found.name, found.validate({}))


def test_a_users_model_is_built_from_its_signature(bag: str) -> None:
    found = entry(bag)
    assert (found.name, found.build, found.theory, found.source) == ("bag", Bag, "counts", "a test")
    assert bag in [known.name for known in models()]
    assert found.validate({}) == {"scale": 0.5, "hidden": None, "kind": "sum"}
    texts = parse_settings(["scale=2e-1", "hidden=7", "kind=a=b"])
    assert found.validate(dict(texts)) == {"scale": 0.2, "hidden": 7, "kind": "a=b"}
    model: Any = build_model(bag, 3, 4, {"hidden": "9"}, seed=1)
    assert isinstance(model, Bag)
    assert (model.scale, model.hidden, model.kind) == (0.5, 9, "sum")
    assert model(torch.tensor([[0, 2]])).shape == (1, 2, 4)
    assert not carries_state(model)
    assert size_of(model) == (3 * 4 + 4, None)


def test_the_same_names_are_at_the_top_of_the_package() -> None:
    assert krohn.register_model is register_model
    assert krohn.register_layer is register_layer


@pytest.mark.parametrize("module", ["lstm", "backbone"])
def test_every_letter_is_known_whichever_module_comes_first(module: str) -> None:
    # In a process of its own: here, all of the zoo is imported by now.
    code = (
        f"import krohn.models.{module}\n"
        "from krohn.models.backbone import Backbone\n"
        "print(len(Backbone(2, 2, 4, 'a|f|l|m').layers))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("4\n", 0), done.stderr


@pytest.mark.parametrize(
    ("name", "near"),
    [("ausm", "aussm"), ("LSTM", "lstm"), ("mamba2", "mamba"), ("attention", None), ("", None)],
)
def test_an_unknown_model_is_answered_with_the_nearest(name: str, near: str | None) -> None:
    text = f"unknown model {name!r}: expected one of {', '.join(NAMES)}"
    text += f"; did you mean {near!r}?" if near else ""
    with refused(text):
        entry(name)
    with refused(text):
        build_model(name, 2, 2, {}, seed=0)


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("aussm", "widht", KEYS["aussm"] + "; did you mean 'width'?"),
        ("aussm", "Drive", KEYS["aussm"] + "; did you mean 'drive'?"),
        ("lstm", "modes", KEYS["lstm"]),
        ("mamba", "A", KEYS["mamba"]),
        # What the task decides is not for the config to say.
        ("mamba", "inputs", KEYS["mamba"]),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest(name: str, key: str, expected: str) -> None:
    with refused(f"model {name!r} has no key {key!r}: expected one of {expected}"):
        entry(name).validate({"width": 8, key: 3})


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("aussm", ["width=32", "drive=false"], {"width": 32, "drive": False}),
        ("aussm", ["drive=0", "convolution=off"], {"drive": False, "convolution": False}),
        ("mamba", ["layers=m|a|f", "modes=3"], {"layers": "m|a|f", "modes": 3}),
        ("lstm", ["width=8", "width=9"], {"width": 9}),
        ("lstm", [], {}),
    ],
)
def test_texts_become_what_the_signature_asks_for(
    name: str, given: list[str], expected: dict[str, Any]
) -> None:
    config = entry(name).validate(dict(parse_settings(given)))
    assert config == DEFAULTS[name] | expected
    assert {key: type(value) for key, value in config.items()} == {
        key: type(value) for key, value in DEFAULTS[name].items()
    }


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("aussm", "width", "wide"),
        ("aussm", "width", "16.5"),
        ("aussm", "width", ""),
        ("aussm", "drive", "maybe"),
        ("mamba", "modes", None),
        ("lstm", "layers", 3),
        ("lstm", "width", [8]),
    ],
)
def test_a_bad_value_is_named_with_its_key(name: str, key: str, value: object) -> None:
    # What follows is pydantic's own sentence, in small letters.
    start = f"model {name!r}: {key} is {value!r}: input should be a valid "
    with pytest.raises(RequestError, match=f"^{re.escape(start)}[a-z ,]+$"):
        entry(name).validate({key: value})


@pytest.mark.parametrize("text", ["width", "=3", "", "width:3"])
def test_a_setting_is_a_key_and_a_value(text: str) -> None:
    with refused(f"--set {text!r}: expected KEY=VALUE, such as width=32"):
        parse_settings(["width=8", text])


@pytest.mark.parametrize("name", DEFAULTS)
def test_sizes_below_one_are_refused_when_the_model_is_built(name: str) -> None:
    with refused("width is 0: expected a whole number of at least 1"):
        build_model(name, 2, 2, {"width": "0"}, seed=0)
    with refused(
        "unknown letter in layers 'a|x': 'x': expected one of a, d, f, g, h, k, l, m, p, r, s, t, u, w"
    ):
        build_model(name, 2, 2, {"layers": "a|x"}, seed=0)


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_name_that_is_taken_stays_what_it_is(name: str) -> None:
    before = entry(name)
    with refused(f"model {name!r} is registered already: expected a name that is free"):
        register_model(name)(Bag)
    assert entry(name) is before


class NoInputs(nn.Module):
    def __init__(self, width: int = 3) -> None:
        super().__init__()


class Nothing(nn.Module):
    def __init__(self) -> None:
        super().__init__()


class NoType(nn.Module):
    def __init__(self, inputs: int, outputs: int, width=3) -> None:  # type: ignore[no-untyped-def]
        super().__init__()


class NoDefault(nn.Module):
    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()


class Options(nn.Module):
    def __init__(self, inputs: int, outputs: int, **options: int) -> None:
        super().__init__()


class Part(nn.Module):
    def __init__(self, inputs: int, outputs: int, part: nn.Module | None = None) -> None:
        super().__init__()


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (NoInputs, "takes width: expected __init__(self, inputs, outputs, ...)"),
        (Nothing, "takes nothing: expected __init__(self, inputs, outputs, ...)"),
        (NoType, ": width needs a type and a default, such as width: int = 16"),
        (NoDefault, ": width needs a type and a default, such as width: int = 16"),
        (Options, ": options needs a type and a default, such as options: int = 16"),
        (Part, ": its options cannot be a config: "),
    ],
)
def test_a_signature_that_is_no_config_is_refused(build: type[nn.Module], text: str) -> None:
    start = f"model 'mine'{'' if text[0] == ':' else ' '}{text}"
    with pytest.raises(RequestError, match=f"^{re.escape(start)}.*$") as caught:
        register_model("mine")(build)
    assert "\n" not in str(caught.value)
    assert "mine" not in MODELS
