"""Rounding to a number format: element by element, and inside the compiled recurrences after every step."""

from .formats import FORMATS, Format, parse_format

__all__ = ["FORMATS", "Format", "parse_format"]
