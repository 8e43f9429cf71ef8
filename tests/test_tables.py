"""The computed tables of the manual are what the code computes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_tables", DOCS / "write_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_conventions() -> None:
    page = (DOCS / "conventions.md").read_text()
    assert page.count("\n| deletang | `") == 15
    assert _script().filled(page, "conventions") == page


@pytest.mark.slow
def test_findings() -> None:
    page = (DOCS / "audit.md").read_text()
    assert _script().filled(page, "findings") == page
