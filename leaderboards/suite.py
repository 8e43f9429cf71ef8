"""Suites: the frozen, versioned sets of tasks, lengths, precisions and rules that boards compare rows on."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ..names import unknown

DEFAULT = "open-v1"

AtLeastOne = Annotated[int, Field(ge=1)]
Lengths = Annotated[list[AtLeastOne], Field(min_length=1)]


class SuiteTask(BaseModel):
    """A task of a suite.

    Attributes
    ----------
    task : str
        Its name.
    version : int
        Its version: labels of another one are not compared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    version: AtLeastOne


class Budget(BaseModel):
    """What a training may spend on one task and seed.

    Attributes
    ----------
    words : int
        Most training words: steps times batch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: AtLeastOne


class Suite(BaseModel):
    """A frozen set of tasks and rules: a change that can alter a score is a new version under a new name.

    Examples
    --------
    >>> suite("groups-v1").test_lengths[-1]
    4096
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z][a-z-]*-v[1-9][0-9]*$")]
    title: str
    about: str
    tasks: list[SuiteTask]
    """Empty: a row is of any one task, and rows of one task are compared."""
    training_lengths: tuple[AtLeastOne, AtLeastOne] | None
    """The shortest and the longest training word; null: what the submission says."""
    budget: Budget | None
    """Null: what the submission says."""
    test_lengths: Lengths | None
    """Every one of them counts; null: those of the submission."""
    precisions: Annotated[list[str], Field(min_length=1)]
    """Every one of them counts; in the open suite a row may have more."""
    metric: Literal["horizon", "score"]
    """What rows are compared by on each task: the log horizon, or the chance-normalised accuracy."""
    threshold: Annotated[float, Field(gt=0, lt=1)]
    """Accuracy that a horizon asks for."""
    words: Annotated[int, Field(ge=381)]
    """Words at a length, in a claim and on the season's secret seed."""
    seeds: AtLeastOne
    """Trainings of each task, by root seeds that follow from the config; all have to be there. Weights that were
    constructed have no seed and count once."""

    @field_validator("test_lengths", "precisions")
    @classmethod
    def _once(cls, values: list[int] | list[str] | None) -> list[int] | list[str] | None:
        if values is not None and len(set(values)) < len(values):
            raise ValueError("expected every one once")
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Suite:
        names = [entry.task for entry in self.tasks]
        if len(set(names)) < len(names):
            raise ValueError("expected every task once")
        rules = (self.training_lengths, self.budget, self.test_lengths)
        if any((rule is None) == bool(self.tasks) for rule in rules):
            raise ValueError("expected tasks, training_lengths, budget and test_lengths, or none of them")
        if self.training_lengths and self.training_lengths[0] > self.training_lengths[1]:
            raise ValueError("expected the shortest training length before the longest")
        if self.test_lengths and self.test_lengths != sorted(self.test_lengths):
            raise ValueError("expected test lengths in their order")
        return self

    @property
    def open(self) -> bool:
        """Whether a row is of any one task, at lengths and precisions of its own."""
        return not self.tasks

    @property
    def key(self) -> str:
        """What tables are ordered by, in words."""
        if self.open:
            return "log horizon in the model's own precision, by lower bounds"
        what = "log horizon" if self.metric == "horizon" else "chance-normalised accuracy"
        return f"Borda points by {what}, over tasks and precisions"

    @property
    def task_names(self) -> list[str]:
        """The tasks' names, in their order; none in an open suite."""
        return [entry.task for entry in self.tasks]

    def version_of(self, task: str) -> int | None:
        """Return the version that the suite takes of a task; None where it does not have the task."""
        return next((entry.version for entry in self.tasks if entry.task == task), None)

    @property
    def cells(self) -> int:
        """Counts of a complete row for one seed: tasks by lengths by precisions; 0 in an open suite."""
        return len(self.tasks) * len(self.test_lengths or []) * len(self.precisions)


def _folder() -> resources.abc.Traversable:
    return resources.files(__package__) / "suites"


def suite_names() -> list[str]:
    """Return the names of all suites, the default first.

    Examples
    --------
    >>> suite_names()[0]
    'open-v1'
    """
    found = (path.name.removesuffix(".yaml") for path in _folder().iterdir() if path.name.endswith(".yaml"))
    return sorted(found, key=lambda name: (name != DEFAULT, name))


@cache
def suite(name: str = DEFAULT) -> Suite:
    """Return the suite called `name`.

    Raises
    ------
    RequestError
        For an unknown name; the nearest is named.

    Examples
    --------
    >>> suite("group-v1")
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: unknown suite 'group-v1': expected one of algorithmic-v1, groups-v1, open-v1, \
precision-v1, regular-v1, timed-v1; did you mean 'groups-v1'?
    """
    names = suite_names()
    if name not in names:
        raise unknown("suite", name, names)
    return Suite.model_validate(yaml.safe_load((_folder() / f"{name}.yaml").read_text(encoding="utf-8")))


def suite_sha256(name: str = DEFAULT) -> str:
    """Return the hash of all that a suite says, in hexadecimal; comments and layout of its file are no part of it.

    Examples
    --------
    >>> len(suite_sha256())
    64
    """
    return hashlib.sha256(suite(name).model_dump_json().encode()).hexdigest()
