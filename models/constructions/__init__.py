"""Exact constructions: weights that make a model of the zoo compute a machine, one file a target."""

from . import aussm  # noqa: F401  registers its target
from .construction import TARGETS, Construction, construct

__all__ = ["TARGETS", "Construction", "construct"]
