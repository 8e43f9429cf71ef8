"""Write the JSON Schemas of evaluations and claims: python docs/write_schemas.py"""

from __future__ import annotations

from pathlib import Path

from krohn.evaluation.results import Evaluation
from krohn.files import write_json
from krohn.leaderboards.claim import Claim

HERE = Path(__file__).parent / "schemas"

for name, kind in (("evaluation", Evaluation), ("claim", Claim)):
    write_json(HERE / f"{name}-v1.json", kind.model_json_schema())
