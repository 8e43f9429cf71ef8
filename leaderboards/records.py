"""What a board's ledger holds: seasons, claims, verifications. Data, never code; every key has a schema."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from ..evaluation.results import Horizon, Score, horizons_of
from ..training.config import TrainingConfig
from .keys import canonical, digest
from .plain import LONGEST_NAME, plain_name

Tier = Literal["claimed", "verified", "reproduced", "refuted"]
Track = Literal["learned", "snapped", "constructed"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Whole = Annotated[int, Field(ge=0, lt=2**63)]
Seed = Annotated[int, Field(ge=0, lt=2**64)]


def printable(text: str) -> str:
    """Return a text if it is one line of printable letters."""
    if not text.isprintable():
        raise ValueError("expected one line of printable letters")
    return text


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
LARGEST_COUNT = 2**53
"""Counts stay below: they are the same in JSON, in SQL and in a column of floats."""
LARGEST_SETTINGS = 16_384
"""Bytes of a model's settings, as JSON."""


class Document(BaseModel):
    """A record: frozen, and without a key that the schema does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Measured(Document):
    """Counts of one task's run: one training seed, some lengths, some precisions."""

    task: Text
    seed: Seed
    """The root seed of the training."""
    results: Annotated[list[Score], Field(min_length=1, max_length=2000)]

    @property
    def horizons(self) -> list[Horizon]:
        """The horizons that follow from the counts."""
        return horizons_of(self.results)

    @model_validator(mode="after")
    def _once(self) -> Measured:
        cells = [(score.precision, score.length) for score in self.results]
        if len(set(cells)) < len(cells):
            raise ValueError("expected each precision and length once")
        for score in self.results:
            if score.length < 1 or score.squares > LARGEST_COUNT:
                raise ValueError(f"expected lengths of at least 1 and counts below {LARGEST_COUNT}")
        return self


class ClaimedRun(Measured):
    """What a claim says of one run."""

    task_version: Annotated[int, Field(ge=1, lt=2**31)]
    convention: Text
    test_seed: Seed
    """The root seed of the test words that were counted."""
    adaptive: bool = False
    words: Annotated[int, Field(ge=1, lt=2**31)]
    """Words asked for at a length."""
    training: TrainingConfig | None
    """Null where the weights were constructed."""
    parameters: Whole
    config_sha256: Sha256
    weights_sha256: Sha256
    train_words_sha256: Sha256 | None
    """Content hash of the first training words; null where there was no training."""
    test_words_sha256: Sha256 | None
    """Content hash of the first test words of every length to 65,536; null of a user's own task."""
    environment: dict[Text, Text]
    """Versions of Python and of the packages that a count may depend on, device, backend."""


class Declarations(Document):
    """What a submitter says and nothing can measure; null is unknown, and shown as such."""

    tuned_trials: Whole | None = None
    """Trainings that were tried before this one was chosen, over all settings and seeds."""
    external_data: bool | None = None
    """Whether anything but the task's own training words was used."""
    licence: Text | None = None
    contact: Text | None = None


class Claim(Document):
    """``claim.json`` of a submission: one row of a board. Scores are counts: anyone can compute the intervals again."""

    kind: Literal["claim"] = "claim"
    schema_version: Literal[1] = 1
    id: Id
    """The first 16 hexadecimal digits of sha256 over the rest, as JSON with sorted keys."""
    suite: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,60}-v[0-9]{1,4}$")]
    krohn: Text
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    """What the row is called."""
    model: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    settings: dict[str, Any]
    track: Track = "learned"
    imports: bool = False
    """Whether the model is a user's own, which Krohn never runs: such a claim stays claimed."""
    runs: Annotated[list[ClaimedRun], Field(min_length=1, max_length=500)]
    declarations: Declarations = Declarations()
    card_sha256: Sha256

    @field_validator("name", "model")
    @classmethod
    def _plain(cls, name: str) -> str:
        return plain_name(name)

    @model_validator(mode="after")
    def _whole(self) -> Claim:
        if len(canonical({"settings": self.settings})) > LARGEST_SETTINGS or not _finite(self.settings):
            raise ValueError(f"expected settings of numbers and texts within {LARGEST_SETTINGS} bytes")
        runs = [(run.task, run.seed) for run in self.runs]
        if len(set(runs)) < len(runs):
            raise ValueError("expected each task and seed once")
        if any((run.training is None) != (self.track == "constructed") for run in self.runs):
            raise ValueError("expected a training, unless the track is constructed")
        content = self.model_dump(mode="json")
        if claim_id(content) != self.id:
            raise ValueError(f"its id is {self.id}, its content gives {claim_id(content)}")
        return self

    @property
    def tasks(self) -> list[str]:
        """The tasks it has runs of, in their order."""
        return list(dict.fromkeys(run.task for run in self.runs))

    @property
    def parameters(self) -> int:
        """Of the largest of its models: tasks with more symbols need more."""
        return max(run.parameters for run in self.runs)

    @property
    def cells(self) -> int:
        """Counts that it claims: runs by precisions by lengths."""
        return sum(len(run.results) for run in self.runs)


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_finite(part) for part in value.values())
    if isinstance(value, list):
        return all(_finite(part) for part in value)
    return not isinstance(value, float) or math.isfinite(value)


def claim_id(content: dict[str, Any]) -> str:
    """Return the id that belongs to a claim's content (all keys but ``id``)."""
    return digest(canonical({key: value for key, value in content.items() if key != "id"}))[:16]


class Reason(Document):
    """Why a claim is refuted, not verified or not reproduced; with both numbers where it is about a count."""

    step: Literal["files", "repeat", "season", "reproduce", "limits"]
    text: Annotated[str, Field(max_length=500)]
    task: Text | None = None
    seed: Seed | None = None
    precision: Text | None = None
    length: Whole | None = None
    claimed: tuple[Whole, Whole] | None = None
    """Right labels and labels, as claimed."""
    measured: tuple[Whole, Whole] | None = None
    """The same as the board counted them."""
    p: float | None = None
    """Corrected for the number of cells (Holm)."""


class Verification(Document):
    """What the board found when it ran a claim's weights itself; signed with the board's key."""

    kind: Literal["verification"] = "verification"
    schema_version: Literal[1] = 1
    claim: Id
    season: Whole
    tier: Tier
    """``claimed`` where it cannot be verified, such as a user's own architecture."""
    repeated: list[Measured] = []
    """Counts on the claim's own words."""
    measured: list[Measured] = []
    """Counts on the season's secret words: what is ranked."""
    retrained: list[Measured] = []
    """Counts of models that the board trained itself from the claim's configs, on the season's words."""
    reasons: list[Reason] = []
    krohn: Text
    environment: dict[Text, Text]
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$")]


class Season(Document):
    """The opening of a season: the hash of the secret that its test words come from, and the board's public key."""

    kind: Literal["season"] = "season"
    schema_version: Literal[1] = 1
    season: Annotated[int, Field(ge=1, lt=2**31)]
    commitment: Sha256
    """sha256 of the secret's 32 bytes."""
    public_key: Sha256
    """ed25519, 32 bytes; the same in every season of a board."""
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$")]


class Reveal(Document):
    """The end of a season: its secret, so that anyone can draw its words."""

    kind: Literal["reveal"] = "reveal"
    schema_version: Literal[1] = 1
    season: Annotated[int, Field(ge=1, lt=2**31)]
    secret: Sha256
    signature: Annotated[str, Field(pattern="^[0-9a-f]{128}$")]


Content = Annotated[Season | Reveal | Claim | Verification, Field(discriminator="kind")]


class Record(Document):
    """One file of the ledger."""

    schema_version: Literal[1] = 1
    number: Annotated[int, Field(ge=1)]
    previous: Sha256
    """sha256 of the file before; of nothing, zeros."""
    time: Time
    content: Content
