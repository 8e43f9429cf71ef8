"""Does a model keep the contract? One finding a promise, each failure with what to do."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .backbone import Backbone
from .layers import LAYERS
from .promises import INPUTS, OUTPUTS, PROMISES, BrokenPromiseError, NotOfferedError
from .zoo import build_model, models


@dataclass(frozen=True)
class Finding:
    """What came out of one check.

    Attributes
    ----------
    check : str
    verdict : str
        ``kept``, ``broken`` or ``not offered``.
    message : str
        What to do, where it is broken.
    """

    check: str
    verdict: str
    message: str


def checkable(path: str) -> dict[str, Callable[[], nn.Module]]:
    """Return what a file registered, models by name and layers as ``layer x``, each with how it is built."""
    found: dict[str, Callable[[], nn.Module]] = {}
    for entry in models():
        if _file_of(entry.build) == path:
            found[entry.name] = lambda name=entry.name: build_model(name, INPUTS, OUTPUTS, {}, seed=0)  # type: ignore[misc]
    for letter, build in LAYERS.items():
        if _file_of(build) == path:
            found[f"layer {letter}"] = lambda letter=letter: Backbone(INPUTS, OUTPUTS, 16, letter)  # type: ignore[misc]
    return found


def _file_of(build: Any) -> str | None:
    try:
        return inspect.getsourcefile(build)
    except TypeError:
        return None


def check(build: Callable[[], nn.Module]) -> list[Finding]:
    """Build a model and try every promise on it.

    Parameters
    ----------
    build : callable
        Returns the model for 3 symbols and 5 classes.

    Examples
    --------
    >>> found = check(lambda: build_model("gru", 3, 5, {}, seed=0))
    >>> {finding.verdict for finding in found}
    {'kept'}
    """
    found: list[Finding] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made: list[nn.Module] = []
        found.append(_tried("build", lambda: made.append(build())))
        for name, promise in PROMISES.items() if made else ():
            model = made[0].train(name in ("gradients", "fit"))
            found.append(_tried(name, lambda: promise(model)))  # noqa: B023  called at once
            if name == "shapes" and found[-1].verdict == "broken":
                break  # nothing else can be asked of such logits
    return found


def _tried(name: str, promise: Callable[[], Any]) -> Finding:
    try:
        said = promise()
    except BrokenPromiseError as error:
        return Finding(name, "broken", str(error))
    except NotOfferedError as error:
        return Finding(name, "not offered", str(error))
    except Exception as error:  # whatever a user's model raises is the user's to read, in one line
        frame = traceback.extract_tb(error.__traceback__)[-1]
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(
            name, "broken", f"raised {what} ({frame.filename.split('/')[-1]}, line {frame.lineno})"
        )
    return Finding(name, "kept", said if isinstance(said, str) else "")
