"""Krohn and Rhodes: any machine as a cascade of simple groups and flip-flops."""

from .cascade import Cascade, Level
from .decompose import decompose

__all__ = ["Cascade", "Level", "decompose"]
