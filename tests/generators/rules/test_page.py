"""docs/tasks.md says what the families and their first words are."""

from __future__ import annotations

import runpy
from pathlib import Path

from krohn.generators.families import FAMILIES
from krohn.generators.tasks import families

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_page_is_what_the_script_writes() -> None:
    page = runpy.run_path(str(DOCS / "list_tasks.py"))["page"]()
    assert (DOCS / "tasks.md").read_text() == page, "run python docs/list_tasks.py docs/tasks.md"


def test_every_family_is_on_it() -> None:
    text = (DOCS / "tasks.md").read_text()
    ours = [family for family in families() if FAMILIES.get(family.name) is family]
    assert len(ours) > 40
    for family in ours:
        assert f"## `{family.usage}`\n" in text
