"""The registry of models: a class, and a config that its own signature declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PydanticUserError, ValidationError, create_model
from torch import nn

from ..errors import RequestError
from ..names import nearest

ModelT = TypeVar("ModelT", bound=type[nn.Module])


@dataclass(frozen=True)
class Entry:
    """A registered model.

    Attributes
    ----------
    name : str
    build : type of nn.Module
        Called with ``inputs``, ``outputs`` and the config.
    config : type of pydantic.BaseModel
        Keys, types and defaults as in the signature of `build`; unknown keys are refused.
    theory : str
        What theory says it can compute.
    source : str
        The paper.
    """

    name: str
    build: type[nn.Module]
    config: type[BaseModel]
    theory: str
    source: str

    def validate(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the full config, defaults filled in.

        Raises
        ------
        RequestError
            For an unknown key (the nearest is named) or a value of the wrong type.
        """
        keys = self.config.model_fields
        for key in settings:
            if key not in keys:
                near = nearest(key, keys)
                hint = f"; did you mean {near!r}?" if near else ""
                expected = ", ".join(keys) or "none"
                raise RequestError(
                    f"model {self.name!r} has no key {key!r}: expected one of {expected}{hint}"
                )
        try:
            return self.config.model_validate(settings).model_dump()
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise RequestError(
                f"model {self.name!r}: {key} is {first['input']!r}: {first['msg'].lower()}"
            ) from None

    def changed(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings that are not the model's defaults: what tells two runs of it apart."""
        plain = self.config().model_dump()
        return {key: value for key, value in settings.items() if key not in plain or plain[key] != value}


MODELS: dict[str, Entry] = {}


def _config_of(name: str, build: type[nn.Module]) -> type[BaseModel]:
    parameters = inspect.signature(build, eval_str=True).parameters
    if list(parameters)[:2] != ["inputs", "outputs"]:
        given = ", ".join(parameters) or "nothing"
        raise RequestError(f"model {name!r} takes {given}: expected __init__(self, inputs, outputs, ...)")
    fields: dict[str, Any] = {}
    for key, parameter in list(parameters.items())[2:]:
        empty = inspect.Parameter.empty
        if parameter.annotation is empty or parameter.default is empty:
            raise RequestError(f"model {name!r}: {key} needs a type and a default, such as {key}: int = 16")
        fields[key] = (parameter.annotation, parameter.default)
    try:
        return create_model(
            f"{name} config",
            __config__=ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False),
            **fields,
        )
    except PydanticUserError as error:  # such as a type that no text can give
        reason = str(error).splitlines()[0]
        raise RequestError(f"model {name!r}: its options cannot be a config: {reason}") from None


def register_model(name: str, theory: str = "", source: str = "") -> Callable[[ModelT], ModelT]:
    """Register a model class under a name (decorator).

    The class has ``__init__(self, inputs: int, outputs: int, width: int = 16, ...)``: what follows `outputs`
    is its config. ``forward(tokens) -> logits`` is enough; with ``forward(tokens, state=None) -> (logits,
    state)``, `state` a dict of tensors, a word can be fed in pieces and the state rounded.

    Raises
    ------
    RequestError
        Where the name is taken, or the signature is not such.

    Examples
    --------
    >>> @register_model("bag-of-symbols")
    ... class Bag(nn.Module):
    ...     def __init__(self, inputs: int, outputs: int, width: int = 8):
    ...         super().__init__()
    >>> MODELS["bag-of-symbols"].validate({"width": 4})
    {'width': 4}
    >>> del MODELS["bag-of-symbols"]
    """

    def register(build: ModelT) -> ModelT:
        if name in MODELS:
            raise RequestError(f"model {name!r} is registered already: expected a name that is free")
        MODELS[name] = Entry(name, build, _config_of(name, build), theory, source)
        return build

    return register
