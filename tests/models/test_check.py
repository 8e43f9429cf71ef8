"""krohn check: every model of the zoo passes, and broken ones are told what is wrong and what to do."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from krohn.cli import main
from krohn.models.check import check
from krohn.models.layers import LAYERS
from krohn.models.promises import INPUTS, OUTPUTS
from krohn.models.registry import MODELS
from krohn.models.zoo import build_model, models

Krohn = Callable[..., tuple[object, str, str]]

HEAD = """
import torch
from torch import nn
import krohn

@krohn.register_model("mine")
class Mine(nn.Module):
    def __init__(self, inputs: int, outputs: int, width: int = 8):
        super().__init__()
        self.enter, self.gru = nn.Embedding(inputs, width), nn.GRU(width, width, batch_first=True)
        self.leave = nn.Linear(width, outputs)
"""
FORWARD = """
    def forward(self, tokens, state=None):
        y, h = self.gru(self.enter(tokens), None if state is None else state["h"])
        return self.leave(y), {"h": h}
"""
WHOLE = """
    def forward(self, tokens):
        return self.leave(self.gru(self.enter(tokens))[0])
"""


def written(folder: Path, rest: str) -> Path:
    path = folder / "mine.py"
    path.write_text(HEAD + rest)
    return path


@pytest.fixture
def krohn(capsys: pytest.CaptureFixture[str]) -> Krohn:
    def run(*words: object) -> tuple[object, str, str]:
        models_before, layers_before = set(MODELS), set(LAYERS)
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        for name in set(MODELS) - models_before:
            del MODELS[name]
        for letter in set(LAYERS) - layers_before:
            del LAYERS[letter]
        return (caught.value.code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    "name", [found.name for found in models() if found.build.__module__.startswith("krohn")]
)
def test_every_model_of_the_zoo_keeps_the_contract(name: str) -> None:
    before = torch.get_rng_state()
    found = check(lambda: build_model(name, INPUTS, OUTPUTS, {}, seed=0))
    assert {one.check: one.verdict for one in found if one.verdict != "kept"} == {}
    assert len(found) == 10
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_said_of_a_start_and_of_a_state_that_grows() -> None:
    def said(name: str) -> dict[str, str]:
        return {
            one.check: one.message for one in check(lambda: build_model(name, INPUTS, OUTPUTS, {}, seed=0))
        }

    assert said("aussm")["start"] == "learned: layers.0.start"
    assert said("lstm")["start"] == "a constant"
    assert said("stack-rnn")["pieces"] == "its state grows with the word (0.stack): memory is not constant"


BROKEN = {
    "pools": (
        "    def forward(self, tokens):\n        return self.leave(self.gru(self.enter(tokens))[0][:, -1])\n",
        "shapes",
        "tokens of shape (2, 1) give logits (2, 5): expected (2, 1, 5); put out one number a class at every "
        "position, and do not pool over time",
    ),
    "forgets the state it is given": (
        "    def forward(self, tokens, state=None):\n"
        "        y, h = self.gru(self.enter(tokens))\n        return self.leave(y), {'h': h}\n",
        "pieces",
        "pieces of 1 tokens give other logits than one pass, from token 2 on: expected the same; begin from "
        "`state` where it is given, and return all that the next piece depends on",
    ),
    "looks ahead": (
        "    def forward(self, tokens):\n"
        "        return self.leave(self.gru(self.enter(tokens).flip(1))[0].flip(1))\n",
        "causality",
        "the logits of token 1 change with token 2: expected them to depend on earlier tokens only; pad on the "
        "left, mask what is ahead, and do not normalise over time",
    ),
    "keeps a state in itself": (
        "        self.h = None\n"
        "    def forward(self, tokens):\n"
        "        h = self.h if self.h is not None and self.h.shape[1] == len(tokens) else None\n"
        "        y, h = self.gru(self.enter(tokens), h)\n"
        "        self.h = h.detach()\n        return self.leave(y)\n",
        "start",
        "the same word gives other logits when it is read again: expected state=None to begin afresh; keep "
        "nothing in `self` between calls, and draw nothing at random in evaluation mode",
    ),
    "does not round though it says so": (
        "    rounds = True\n"
        "    def forward(self, tokens, state=None, rounding=None):\n"
        "        y, h = self.gru(self.enter(tokens), None if state is None else state['h'])\n"
        "        return self.leave(y), {'h': h}\n",
        "rounding",
        "rounded to bf16, state['h'] holds numbers that bf16 does not have: expected a class with `rounds = True` "
        "to round after every step by the third argument of forward; without that attribute it is done for you",
    ),
    "does not use a weight": (
        "        self.more = nn.Linear(2, 2)\n" + WHOLE,
        "gradients",
        "more.weight gets no gradient: expected every parameter to take part; use it in forward, remove it, or "
        "keep what is not learned with register_buffer",
    ),
    "puts out probabilities of nothing": (
        "    def forward(self, tokens):\n"
        "        y = self.leave(self.gru(self.enter(tokens))[0])\n"
        "        return 1e-6 * y / (1 + y.abs().sum(-1, keepdim=True))\n",
        "fit",
        "60 steps on one batch take the loss from 1.61 to 1.61: expected it to fall; let logits depend on the "
        "tokens, and return them before any softmax",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_model_is_told_what_to_do(case: str, krohn: Krohn, tmp_path: Path) -> None:
    rest, name, message = BROKEN[case]
    status, out, err = krohn("check", written(tmp_path, rest), "--json")
    (found,) = json.loads(out)
    assert found["name"] == "mine"
    broken = {one["check"]: one["message"] for one in found["checks"] if one["verdict"] == "broken"}
    assert broken[name] == message
    assert status == 1
    assert err == f"krohn: the contract is broken by mine ({', '.join(broken)})\n"


def test_a_model_that_raises_is_told_where(krohn: Krohn, tmp_path: Path) -> None:
    path = written(tmp_path, "    def forward(self, tokens):\n        return tokens @ 'a'\n")
    status, out, _ = krohn("check", path, "--json")
    (shape,) = [one for one in json.loads(out)[0]["checks"] if one["check"] == "shapes"]
    assert shape["message"].startswith("raised TypeError: unsupported operand type(s) for @")
    assert shape["message"].endswith("(mine.py, line 13)")
    assert status == 1


def test_a_model_without_a_state_is_told_what_it_is_not_offered(krohn: Krohn, tmp_path: Path) -> None:
    status, out, err = krohn("check", written(tmp_path, WHOLE), "--json")
    verdicts = {one["check"]: one for one in json.loads(out)[0]["checks"]}
    assert (status, err) == (0, "")
    for name in ("pieces", "rounding"):
        assert verdicts[name]["verdict"] == "not offered"
        assert verdicts[name]["message"] == (
            "no state: no pieces, no constant memory, no rounding, no million steps; "
            "with forward(tokens, state=None) -> (logits, state) it gets them"
        )
    assert verdicts["vectors"]["verdict"] == "not offered"


def test_models_and_layers_of_a_file_are_checked(krohn: Krohn, tmp_path: Path) -> None:
    layer = textwrap.dedent("""
    @krohn.register_layer("y")
    class Layer(nn.Module):
        def __init__(self, width: int):
            super().__init__()
            self.map = nn.Linear(width, width)
        def forward(self, x, state=None):
            return self.map(x), {}
    """)
    status, out, err = krohn("check", written(tmp_path, FORWARD + layer))
    assert (status, err) == (0, "")
    assert [line for line in out.splitlines() if line in ("mine", "layer y")] == ["mine", "layer y"]


def test_what_cannot_be_checked(krohn: Krohn, tmp_path: Path) -> None:
    path = tmp_path / "empty.py"
    path.write_text("")
    registers = "expected a class under @krohn.register_model or @krohn.register_layer"
    assert krohn("check", path) == (2, "", f"krohn: {path} registers nothing: {registers}\n")
    expected = "expected a file that ends in .py, or the name of a model"
    assert krohn("check", tmp_path) == (2, "", f"krohn: {tmp_path}: {expected}\n")
    status, _, err = krohn("check", "lstmm")
    assert status == 2
    assert err.endswith("did you mean 'lstm'?\n")
