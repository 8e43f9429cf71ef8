"""The findings of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["defect", "information"]


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
    split : str
    lengths : str
        Such as ``41-256``.
    value : float
        A predictor's accuracy; elsewhere a number of words or labels.
    expected : float
        What it would be at most without a defect.
    verdict : str
        ``defect`` or ``information``.
    note : str
        Why.
    interval : pair of float, or None
        Of a predictor's accuracy.
    """

    check: str
    split: str
    lengths: str
    value: float
    expected: float
    verdict: Verdict
    note: str
    interval: tuple[float, float] | None = None


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what ``krohn audit --json`` prints.

    Examples
    --------
    >>> document([])["verdict"]
    'clean'
    """
    defects = any(finding.verdict == "defect" for finding in findings)
    return {"verdict": "defects" if defects else "clean", "findings": [asdict(row) for row in findings]}
