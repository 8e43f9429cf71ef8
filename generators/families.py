"""Task families: a name, parameters after the colon, and what builds the task; the table that holds them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType

from ..errors import RequestError
from ..names import shown, unknown, whole_number
from .task import Task

Builder = Callable[..., Task]
Rest = NewType("Rest", str)
"""The type of a last parameter that takes all that is left of a name, colons included."""


@dataclass(frozen=True)
class Family:
    """A family of tasks.

    Attributes
    ----------
    name : str
        What stands before the first colon.
    build : callable
        Makes the task from its parameters; their names, types (int, str or `Rest`) and defaults are the
        signature's.
    example : str
        A default instance, such as ``count:5``.
    """

    name: str
    build: Builder
    example: str

    @property
    def usage(self) -> str:
        """The form of a name, such as ``count:M`` or ``word:G[:SYMBOLS]``."""
        parts = [self.name]
        for parameter in inspect.signature(self.build).parameters.values():
            required = parameter.default is inspect.Parameter.empty
            parts.append(f":{parameter.name}" if required else f"[:{parameter.name}]")
        return "".join(parts)

    def make(self, name: str, values: list[str]) -> Task:
        """Return the task for the parameters given as text."""
        parameters = list(inspect.signature(self.build, eval_str=True).parameters.values())
        required = sum(parameter.default is inspect.Parameter.empty for parameter in parameters)
        last = len(parameters) - 1
        if parameters and parameters[last].annotation is Rest and len(values) > len(parameters):
            values = [*values[:last], ":".join(values[last:])]
        if not required <= len(values) <= len(parameters):
            raise RequestError(f"task {name!r} has {len(values)} parameters: expected {self.usage}")
        arguments: list[int | str] = []
        for parameter, text in zip(parameters, values, strict=False):
            if parameter.annotation is not int:
                arguments.append(text)
                continue
            if not (text.isascii() and text.isdigit()):
                raise RequestError(
                    f"task {name!r}: {parameter.name} is {text!r}: expected a whole number, as in {self.example}"
                )
            arguments.append(whole_number(f"task of family {self.name!r}: {parameter.name}", text))
        return self.build(*arguments)


FAMILIES: dict[str, Family] = {}


def register_task(name: str, example: str | None = None) -> Callable[[Builder], Builder]:
    """Register a function that builds a task under a family's name (decorator).

    Parameters
    ----------
    name : str
        Without parameters; they are the function's own, each annotated ``int``, ``str`` or, the last, `Rest`.
    example : str, optional
        A default instance; needed where parameters have no default.

    Raises
    ------
    RequestError
        Where the name is taken, holds a colon, or an example is missing.

    Examples
    --------
    >>> from krohn.automata.counters import counter
    >>> from krohn.generators.task import Readout, machine_task
    >>> @register_task("threes")
    ... def threes() -> Task:
    ...     return machine_task("threes", counter(3), Readout.PREFIX)
    >>> FAMILIES["threes"].make("threes", []).targets.size
    3
    >>> del FAMILIES["threes"]
    """

    def register(build: Builder) -> Builder:
        if name in FAMILIES:
            raise RequestError(f"task {name!r} is registered already: expected a name that is free")
        if ":" in name or not name:
            raise RequestError(f"task family {name!r}: expected a name without a colon")
        family = Family(name, build, example or name)
        if example is None and ":" in family.usage.replace("[:", ""):
            raise RequestError(
                f"task family {name!r} has parameters: expected an example, such as '{name}:2'"
            )
        FAMILIES[name] = family
        return build

    return register


def build(name: str) -> Task:
    """Return the task called `name`, of the families registered so far; see `tasks.task`."""
    if not isinstance(name, str):
        raise RequestError(f"task is {shown(name)}: expected a name, such as 'parity'")
    head, *values = name.split(":")
    if head not in FAMILIES:
        raise unknown("task", name, [family.usage for family in FAMILIES.values()])
    return FAMILIES[head].make(name, values)
