"""What a training is made of: every key, its default and its bounds; and the document that a run keeps of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..errors import RequestError
from ..names import nearest

AtLeastOne = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Track = Literal["learned", "snapped", "constructed"]
NotNegativeNumber = Annotated[float, Field(ge=0)]


def _kind(curriculum: Any) -> str:
    return "by mastery" if isinstance(curriculum, tuple | list) and len(curriculum) == 3 else "linear"


Curriculum = Annotated[
    Annotated[tuple[AtLeastOne, Share], Tag("linear")]
    | Annotated[tuple[AtLeastOne, Literal["mastery"], Share], Tag("by mastery")],
    Discriminator(_kind),
]


class TrainingConfig(BaseModel):
    """The keys of a training, the same as the flags of ``krohn train``.

    Examples
    --------
    >>> TrainingConfig(steps=10).batch
    128
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: AtLeastOne = 2000
    """Optimiser steps."""
    batch: AtLeastOne = 128
    """Words in a batch."""
    lengths: tuple[AtLeastOne, AtLeastOne] = (1, 40)
    """The shortest and the longest training word."""
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    lr: Annotated[float, Field(gt=0)] = 1e-2
    """Peak learning rate."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """On the weights of linear maps and convolutions only."""
    warmup: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Share of the steps in which the learning rate rises linearly; it then falls as a cosine to zero."""
    clip: Annotated[float, Field(gt=0)] = 1.0
    """Largest norm of the gradient."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the target spread over all classes. It keeps the best logits finite, so that phases which are
    almost right still have a gradient when every answer is right already."""
    curriculum: Curriculum | None = None
    """START and FRACTION: the longest word grows from START linearly over that share of the steps. START,
    "mastery" and THRESHOLD: it grows by one whenever accuracy on words of the present longest length, over 64 of
    them, reaches the threshold."""
    hints: Literal["none", "series"] = "none"
    """``series``: read-outs between the layers for the quotients of the task's group along its derived series."""
    init: str | None = None
    """A run of the same model, whose weights and settings the training starts from; only phase_lattice may differ."""
    noise: NotNegativeNumber = 0.0
    """Standard deviation of what is added to those weights at the start, over the root mean square of each tensor."""
    pull: tuple[AtLeastOne, Annotated[float, Field(gt=0)]] | None = None
    """Q and LAMBDA: the loss grows by LAMBDA times the mean of 1 - cos(2π Q θ) over the phases θ of each layer,
    LAMBDA rising from 0 over the first 60 % of the steps: phases are pulled to multiples of 1/Q turn."""
    snap_after: NotNegative | None = None
    """The model's `phase_lattice` holds from this many steps on; gradients then stop at the phases, and the rest is
    trained on."""
    autocast: Literal["none", "bf16", "fp16"] = "none"
    """Compute linear maps in 16 bits; phases, scans and the optimiser stay in float32. In fp16 the loss is scaled
    by 1024 on its way back, so that small gradients do not vanish."""
    accumulate: AtLeastOne = 1
    """Parts into which a batch is cut, their gradients added up: less memory, the same step."""
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    save_every: AtLeastOne = 100
    """Steps between two states that a killed training resumes from."""
    keep_every: NotNegative = 0
    """Steps between two checkpoints that are kept; 0 keeps none."""
    log_every: AtLeastOne = 10
    validate_every: NotNegative = 0
    """Steps between two validations; 0 validates at the end only."""
    validation_words: AtLeastOne = 1024
    threads: AtLeastOne = 1
    """CPU threads of torch; a part of the config because sums depend on it in their last bits."""

    @model_validator(mode="after")
    def _in_order(self) -> TrainingConfig:
        if self.lengths[1] < self.lengths[0]:
            raise ValueError("expected LO-HI with 1 <= LO <= HI")
        return self

    @field_validator("noise")
    @classmethod
    def _on_something(cls, noise: float, info: ValidationInfo) -> float:
        if noise and info.data.get("init") is None:
            raise ValueError("expected an init, the run whose weights it disturbs")
        return noise


class RunConfig(BaseModel):
    """``config.json`` of a run: all that is needed to train it again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    krohn: str
    task: str
    task_version: int
    convention: Literal["krohn"] = "krohn"
    model: str
    settings: dict[str, Any]
    """The model's config, defaults filled in."""
    inputs: AtLeastOne
    outputs: AtLeastOne
    vectors: bool = False
    """Whether the model reads vectors of `inputs` numbers; otherwise it reads one of `inputs` symbols."""
    training: TrainingConfig | None
    """None where weights were constructed: nothing was trained."""
    track: Track = "learned"
    """Where the weights come from: training alone, phases rounded to a lattice after it, or a construction. A training
    that starts from another run's weights takes over its track."""
    init_sha256: str | None = None
    """Of the weights that the training started from, where it has an `init`."""
    tuned_trials: AtLeastOne | None = None
    """Trainings that this one was chosen among, by validation; None where it was not."""
    imports: list[dict[str, str]] = []
    """The user's files that registered the model or the task: path and sha256."""

    @property
    def seed(self) -> int:
        """The training's seed; 0 where nothing was trained."""
        return self.training.seed if self.training else 0

    @property
    def longest(self) -> int | None:
        """The length of the longest training word; None where nothing was trained."""
        return self.training.lengths[1] if self.training else None


PARTS = {"lengths": ("LO", "HI"), "curriculum": ("START", "FRACTION", "THRESHOLD"), "pull": ("Q", "LAMBDA")}
"""What the numbers of a key are called where they are given."""

WORDING = (
    ("Value error, ", ""),
    ("Input should be", "expected"),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
    ("greater than", "more than"),
)
"""Pydantic's words, and ours."""


def training_config(settings: dict[str, Any]) -> TrainingConfig:
    """Return a validated config.

    Raises
    ------
    RequestError
        For an unknown key (the nearest is named) or a value out of range.

    Examples
    --------
    >>> training_config({"stepz": 3})
    Traceback (most recent call last):
    ...
    krohn.errors.RequestError: unknown training key 'stepz'; did you mean 'steps'?
    """
    for key in settings:
        if key not in TrainingConfig.model_fields:
            near = nearest(key, TrainingConfig.model_fields)
            hint = f"; did you mean {near!r}?" if near else ""
            raise RequestError(f"unknown training key {key!r}{hint}")
    try:
        return TrainingConfig.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"] or ("lengths",)
        part = "".join(f" ({PARTS[str(where[0])][place]})" for place in where if isinstance(place, int))
        given = first["input"] if first["loc"] else settings.get("lengths")
        said = first["msg"]
        for pydantic, ours in WORDING:
            said = said.replace(pydantic, ours)
        raise RequestError(f"training key {where[0]}{part} is {given!r}: {said}") from None
