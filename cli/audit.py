"""krohn audit"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RequestError
from .options import Imports, Json, load_imports
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..generators.audit.report import Finding


def command(
    what: str,
    /,
    *,
    word: str | None = None,
    label: str | None = None,
    task: str | None = None,
    convention: str = "krohn",
    limit: int = 1_000_000,
    seed: int = 0,
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Look for what gives labels away, and for what is wrong with them; status 0 either way.

    Parameters
    ----------
    what
        A task (20,000 words in each of the bins 1-40 and 41-256), a dataset folder, or a Parquet, JSONL or CSV file.
    word, label
        Columns of a file: a list of numbers, or a text; one label, or a list.
    task
        The task that a file is of: its classes, its machine, what its rule allows.
    convention
        Whose the task is.
    limit
        Words of a split or a file to look at.
    seed
        Root seed of a task's words.
    """
    from ..generators.audit.report import document

    load_imports(imports)
    findings = _audited(what, word, label, task, convention, limit, seed)
    if json:
        print_json(document(findings))
        return
    columns = ("check", "split", "lengths", "value", "expected", "verdict", "")
    rows = [
        (row.check, row.split, row.lengths, _figure(row.value), _figure(row.expected), row.verdict, row.note)
        for row in findings
    ]
    print_table(columns, rows, title=f"{what}: {document(findings)['verdict']}")


def _audited(
    what: str, word: str | None, label: str | None, task: str | None, convention: str, limit: int, seed: int
) -> list[Finding]:
    from ..generators.audit.audit import audit_file, audit_folder, audit_task
    from ..generators.conventions.registry import convention_task
    from ..names import positive

    positive("limit", limit)
    path = Path(what)
    if path.is_dir():
        return audit_folder(path, limit)
    if word is not None or label is not None or path.is_file():
        if word is None or label is None:
            missing = "--word" if word is None else "--label"
            raise RequestError(
                f"{what} is audited without {missing}: expected the names of two of its columns"
            )
        named = convention_task(convention, task) if task is not None else None
        return audit_file(path, word, label, named, limit)
    return audit_task(convention_task(convention, what), seed)


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}" if value <= 1 else f"{value:,.1f}"
