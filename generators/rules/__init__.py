"""Tasks whose words and labels follow from a rule, each with the distribution that its builder states."""

from __future__ import annotations

from . import (  # noqa: F401  each registers its families
    addition,
    binding,
    brackets,
    copying,
    dyck,
    expressions,
    flipflop_language,
    history,
    majority,
    marked,
    missing_duplicate,
    multiplication,
    recall,
    shuffle_dyck,
    sorting,
    square_root,
    stack,
)
