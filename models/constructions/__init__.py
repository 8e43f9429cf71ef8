"""Exact constructions: weights that make a model of the zoo compute a machine, one file a target."""

from .construction import TARGETS, Construction, construct

__all__ = ["TARGETS", "Construction", "construct"]
