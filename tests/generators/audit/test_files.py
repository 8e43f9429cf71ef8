"""Audits of anyone's files, and what is said of those that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import krohn
from krohn.errors import DamagedFileError, RequestError
from krohn.generators.audit.audit import audit_file
from krohn.generators.audit.report import document


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Path]:
    words = krohn.task("parity-final").sample(3000, (20, 60), seed=1)
    lists = [words.symbols[i, :n].tolist() for i, n in enumerate(words.lengths)]
    labels = [int(words.labels[i, n - 1]) for i, n in enumerate(words.lengths)]
    frame = pd.DataFrame({"word": lists, "label": labels, "text": ["".join(map(str, w)) for w in lists]})
    frame["spaced"] = [" ".join(map(str, w)) for w in lists]
    frame["answer"] = ["odd" if x else "even" for x in labels]
    frame["beside"] = lists
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    frame.drop(columns=["word", "beside"]).to_csv(tmp_path / "a.csv", index=False)
    return {path.suffix: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("suffix", "word", "label"),
    [
        (".parquet", "word", "label"),
        (".jsonl", "word", "label"),
        (".csv", "text", "label"),
        (".csv", "spaced", "label"),
        (".parquet", "spaced", "answer"),
        (".jsonl", "text", "answer"),
    ],
)
def test_anyones_files(data: dict[str, Path], suffix: str, word: str, label: str) -> None:
    findings = audit_file(data[suffix], word, label, krohn.task("parity-final"))
    assert document(findings)["verdict"] == "clean", findings
    consistent = [f for f in findings if f.check == "label consistency"]
    assert consistent
    assert all(f.value == (0 if label == "label" else f.value) for f in consistent)
    without = audit_file(data[suffix], word, label)
    assert {f.check for f in without} >= {"constant", "bag", "duplicates"}
    assert {f.check for f in without if f.verdict == "defect"} == {"bag"}  # no rule is named that allows it


def test_wrong_labels_are_counted(data: dict[str, Path]) -> None:
    frame = pd.read_parquet(data[".parquet"])
    frame.loc[:99, "label"] = 1 - frame.loc[:99, "label"]
    frame.loc[100, "label"] = 7
    path = data[".parquet"].with_name("b.parquet")
    frame.to_parquet(path)
    findings = audit_file(path, "word", "label", krohn.task("parity-final"))
    assert sum(f.value for f in findings if f.check == "label consistency") == 101
    ranges = [f for f in findings if f.check == "label range" and f.verdict == "defect"]
    assert [f.value for f in ranges] == [1]


def test_one_line_for_what_cannot_be_read(data: dict[str, Path], tmp_path: Path) -> None:
    parquet = data[".parquet"]
    cases: list[tuple[Any, str]] = [
        (
            (parquet, "words", "label"),
            f"{parquet} has no column 'words': expected one of word, label, text, spaced, answer, beside; "
            "did you mean 'word'?",
        ),
        ((tmp_path / "no.csv", "word", "label"), f"no file {tmp_path / 'no.csv'}"),
    ]
    (tmp_path / "a.txt").write_text("x")
    cases.append(
        (
            (tmp_path / "a.txt", "w", "l"),
            f"{tmp_path / 'a.txt'} ends in '.txt': expected one of .parquet, .jsonl, .ndjson, .csv",
        )
    )
    pd.DataFrame({"w": [[0, 1], [0, None], [1]], "l": [0, 1, 1]}).to_json(
        tmp_path / "r.jsonl", orient="records", lines=True
    )
    cases.append(
        (
            (tmp_path / "r.jsonl", "w", "l"),
            f"{tmp_path / 'r.jsonl'}, row 1: column 'w' is ragged: a symbol is missing",
        )
    )
    pd.DataFrame({"w": [[0, 1], [0, 9]], "l": [0, 1]}).to_parquet(tmp_path / "s.parquet")
    pd.DataFrame({"w": [[0.5], [1.0]], "l": [0, 1]}).to_parquet(tmp_path / "f.parquet")
    cases.append(
        (
            (tmp_path / "f.parquet", "w", "l"),
            f"{tmp_path / 'f.parquet'}: column 'w' holds double: expected whole numbers or text",
        )
    )
    pd.DataFrame({"w": [[1], []], "l": [0, 1]}).to_parquet(tmp_path / "e.parquet")
    cases.append(
        ((tmp_path / "e.parquet", "w", "l"), f"{tmp_path / 'e.parquet'}, row 1: column 'w' is empty")
    )
    for arguments, message in cases:
        with pytest.raises(RequestError) as caught:
            audit_file(*arguments)
        assert str(caught.value) == message
    with pytest.raises(RequestError) as caught:
        audit_file(tmp_path / "s.parquet", "w", "l", krohn.task("parity-final"))
    expected = f"{tmp_path / 's.parquet'}, row 1: column 'w' has the symbol 9: expected 0 to 1"
    assert str(caught.value) == expected
    (tmp_path / "c.parquet").write_bytes(parquet.read_bytes()[:-30])
    with pytest.raises(DamagedFileError, match=r"c\.parquet is damaged: ") as damaged:
        audit_file(tmp_path / "c.parquet", "word", "label")
    assert "\n" not in str(damaged.value)
