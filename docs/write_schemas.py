"""Write the JSON Schemas of evaluations, claims and ledgers: python docs/write_schemas.py"""

from __future__ import annotations

import json
from pathlib import Path

from krohn.evaluation.results import Evaluation
from krohn.files import write_bytes
from krohn.leaderboards.records import Claim, Record

HERE = Path(__file__).parent / "schemas"

for name, kind in (("evaluation", Evaluation), ("claim", Claim), ("ledger", Record)):
    text = json.dumps(kind.model_json_schema(), indent=2) + "\n"
    write_bytes(HERE / f"{name}-v1.json", text.encode())
