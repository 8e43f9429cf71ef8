"""Drawings of machines: SVG by GraphViz where it is installed, otherwise by matplotlib."""

from .picture import Picture, picture_of
from .svg import draw_machine

__all__ = ["Picture", "draw_machine", "picture_of"]
