"""Timed automata: clocks, guards, zones, compiled runs, and the finite machine of whole time steps."""

from __future__ import annotations
