"""Exact constructions: weights that make a model of the zoo compute a machine, one file a target."""

from . import aussm, aussm_mamba, deltaproduct, linear_rnn, rnn, wave  # noqa: F401  register their targets
from .construction import TARGETS, Construction, construct

__all__ = ["TARGETS", "Construction", "construct"]
