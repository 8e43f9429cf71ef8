"""What a row is called."""

from __future__ import annotations

from ..models.registry import MODELS
from ..names import visible
from .listing import Listed

SIZES = ("width", "modes", "layers")
"""Settings that make a model larger and no other; they are on its page."""
LONGEST = 120
"""Letters of a row's settings."""


def label_of(entry: Listed) -> str:
    """Return a row's name with the settings that are not its model's defaults, and in the open suite its seed.

    It is one line that can be printed: a setting may be any text.
    """
    model, settings = MODELS.get(entry.model), entry.settings
    changed = [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}"
        for key, value in (model.changed(settings) if model else settings).items()
        if key not in SIZES
    ]
    seeds = {run.seed for run in entry.runs if run.trained}
    seed = [f"seed {min(seeds)}"] if len(seeds) == 1 else []
    told = visible(" ".join(changed))
    if len(told) > LONGEST:
        told = told[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return " ".join([visible(entry.name), *([told] if changed else []), *seed])
