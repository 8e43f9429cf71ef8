"""Count the reference rows of the frozen suites: python docs/write_references.py"""

from __future__ import annotations

import json
from pathlib import Path

from krohn.files import write_bytes
from krohn.leaderboards.references import frozen_counts
from krohn.leaderboards.suite import suite, suite_names

FILE = Path(__file__).parents[1] / "leaderboards" / "references.json"

found = {name: frozen_counts(suite(name)) for name in suite_names()}
write_bytes(FILE, (json.dumps(found, separators=(",", ":")) + "\n").encode())
