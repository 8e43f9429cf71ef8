"""The first 1,000 words of every task, by their hash: a change asks for a new version of the task.

``python tests/generators/test_golden.py`` adds the hashes of new tasks and versions to golden.json; what stands
there is never changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from krohn.generators.families import FAMILIES
from krohn.generators.task import Task
from krohn.generators.tasks import families, task

GOLDEN = Path(__file__).with_name("golden.json")
MORE = [
    "count:300",
    "count:63",
    "flipflop:4",
    "flipflop:300",
    "word:S3",
    "word:A5",
    "word:S5:swaps",
    "word:S4:generators",
    "random:50:4",
    "tomita:1",
    "tomita:5",
    "recognition:parity",
    "recognition:word:S3",
    "final:nested:4",
    "balanced:word:S4:swaps",
    "next-symbols:word:S3",
    "timed:periodic:10",
    "timed:clock:4",
    "timed:relative:5:events",
    "timed:relative:5:events:uniform",
    "timed:relative:5:events:real-uniform",
    "timed:periodic:10:events:real-borders",
]
NAMES = [*(family.example for family in families() if FAMILIES.get(family.name) is family), *MORE]


def hash_of(found: Task) -> str:
    """Return sha256 of the first 1,000 training words of lengths 1 to 40 at seed 0: numbers as 8 bytes each."""
    words = found.sample(1000, (1, 40))
    digest = hashlib.sha256()
    for b, (length, known) in enumerate(zip(words.lengths, words.labelled, strict=True)):
        parts = [words.symbols[b, :length], np.flatnonzero(known), words.labels[b, known]]
        if words.delays is not None:
            parts.append(words.delays[b, :length])
        digest.update(int(length).to_bytes(8, "little"))
        for part in parts:
            digest.update(part.astype("<f8" if part.dtype == np.float64 else "<i8").tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_the_first_words_are_what_they_were(name: str) -> None:
    found = task(name)
    golden = json.loads(GOLDEN.read_text())
    assert found.identity in golden, f"new: run python {Path(__file__).name}"
    assert hash_of(found) == golden[found.identity], "words or labels have changed: raise the task's version"


def test_every_version_before_is_remembered() -> None:
    golden = json.loads(GOLDEN.read_text())
    for identity in golden:
        name, version = identity.rsplit("@", 1)
        assert 1 <= int(version) <= task(name).version
    assert list(golden) == sorted(golden)


if __name__ == "__main__":
    known = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    new = {task(name).identity: hash_of(task(name)) for name in NAMES if task(name).identity not in known}
    GOLDEN.write_text(json.dumps(dict(sorted({**known, **new}.items())), indent=1) + "\n")
    print(*new, sep="\n")
