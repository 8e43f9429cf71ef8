"""Krohn and Rhodes: any machine as a cascade of simple groups and flip-flops."""

from .cascade import Cascade
from .decompose import decompose
from .level import Level, Prime

__all__ = ["Cascade", "Level", "Prime", "decompose"]
