"""What a row is called."""

from __future__ import annotations

from ..models.registry import MODELS
from .records import Claim

SIZES = ("width", "modes", "layers")
"""Settings that make a model larger and no other; they are on its page."""


def label_of(claim: Claim) -> str:
    """Return a row's name with the settings that are not its model's defaults, and in the open suite its seed."""
    entry, settings = MODELS.get(claim.model), claim.settings
    changed = [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}"
        for key, value in (entry.changed(settings) if entry else settings).items()
        if key not in SIZES
    ]
    seeds = {run.seed for run in claim.runs if run.training is not None}
    seed = [f"seed {min(seeds)}"] if len(seeds) == 1 else []
    return " ".join([claim.name, *changed, *seed])
