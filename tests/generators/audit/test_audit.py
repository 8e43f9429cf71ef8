"""The audit: it finds what is wrong with peers' data, and nothing in ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import krohn
from krohn.errors import DamagedFileError, RequestError
from krohn.generators.audit.audit import audit_file, audit_folder, audit_task
from krohn.generators.audit.examples import Examples, examples_of, examples_of_rows
from krohn.generators.audit.predictors import Score, scores
from krohn.generators.audit.repeats import duplicates, overlap, repeated_batches
from krohn.generators.audit.report import Finding, document
from krohn.generators.conventions.registry import convention_task
from krohn.generators.datasets import generate
from krohn.generators.shards import Split
from krohn.generators.tasks import families

NAMES = [family.example for family in families()]


def of(findings: list[Finding], check: str, lengths: str | None = None) -> Finding:
    (found,) = (f for f in findings if f.check == check and lengths in (None, f.lengths))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_our_own_tasks_have_no_defect(name: str) -> None:
    findings = audit_task(krohn.task(name), words=4000)
    assert [f for f in findings if f.verdict == "defect"] == []
    assert document(findings)["verdict"] == "clean"
    assert {f.check for f in findings} >= {
        "constant",
        "length",
        "first-1",
        "last-4",
        "bag",
        "label range",
        "duplicates",
    }


def test_the_released_aussm_data(tmp_path: Path) -> None:
    splits = [Split("train", 20_000, 6, 40), Split("test", 20_000, 41, 256)]
    generate(convention_task("aussm-released", "mod-ltr"), tmp_path / "plain", splits)
    findings = audit_folder(tmp_path / "plain")
    fixed = of(findings, "fixed symbols", "41-256")
    assert (fixed.verdict, fixed.note) == ("defect", "position -2 is always 0")
    constant = of(findings, "constant", "41-256")
    assert constant.verdict == "defect"
    assert constant.value == pytest.approx(0.474, abs=0.015)  # computed elsewhere from 20,000 other samples
    assert constant.expected == pytest.approx(1 / 7)
    assert constant.interval is not None
    assert constant.interval[0] < constant.value < constant.interval[1]
    generate(convention_task("aussm-released", "majority-count"), tmp_path / "count", splits)
    found = of(audit_folder(tmp_path / "count"), "label range", "41-256")
    assert found.verdict == "defect"
    assert found.value / 20_000 == pytest.approx(0.86, abs=0.02)
    assert found.note.endswith(": expected 0 to 10")


def test_the_same_task_without_its_defect() -> None:
    findings = audit_task(convention_task("aussm", "mod-ltr"))
    assert of(findings, "fixed symbols", "41-256").verdict == "information"
    assert of(findings, "constant", "41-256").value == pytest.approx(0.275, abs=0.015)


@pytest.mark.parametrize(
    ("convention", "name", "check", "lengths", "value"),
    [
        ("deletang", "mod-brackets:5", "constant", "41-256", 0.304),
        ("aussm", "mod-brackets:5", "constant", "41-256", 0.311),
        ("aussm", "majority-count:63", "constant", "41-256", 0.164),
        ("aussm", "majority-count:63", "length", "41-256", 0.432),
    ],
)
def test_figures_computed_elsewhere(
    convention: str, name: str, check: str, lengths: str, value: float
) -> None:
    found = of(audit_task(convention_task(convention, name)), check, lengths)
    assert found.verdict == "defect"
    assert found.value == pytest.approx(value, abs=0.02)


def test_ties_are_found() -> None:
    findings = audit_task(convention_task("slice", "majority"))
    assert of(findings, "ties", "41-256").value / 20_000 == pytest.approx(0.42, abs=0.02)
    assert of(audit_task(krohn.task("majority:63"), words=3000), "ties", "41-256").value == 0


def test_predictors_see_what_they_should() -> None:
    rng = np.random.default_rng(1)
    words = [rng.integers(0, 3, n).tolist() for n in rng.integers(10, 20, 4000)]
    known = {
        "constant": [1] * len(words),
        "length": [len(w) % 3 for w in words],
        "first-1": [w[0] for w in words],
        "first-2": [(w[0] + w[1]) % 3 for w in words],
        "first-4": [(w[0] + w[3]) % 3 for w in words],
        "last-1": [w[-1] for w in words],
        "last-2": [(w[-1] + w[-2]) % 3 for w in words],
        "last-4": [(w[-1] + w[-4]) % 3 for w in words],
    }
    for name, labels in known.items():
        found = scores(_rows(words, [[x] for x in labels]))
        assert found[name].value == 1, name
        if name.endswith(("-2", "-4")):
            smaller = f"{name[:-1]}{int(name[-1]) // 2}"
            assert found[smaller].value < 0.5
    bags = [words[i // 2] if i % 2 else words[i // 2][::-1] for i in range(4000)]
    found = scores(_rows(bags, [[sorted(w)[5]] for w in bags]))
    assert found["bag"].value > 0.99 > found["last-4"].value


def test_a_predictor_is_scored_on_words_it_did_not_learn_from() -> None:
    rng = np.random.default_rng(2)
    words = [rng.integers(0, 2, 40).tolist() for _ in range(4000)]
    found = scores(_rows(words, [[int(x)] for x in rng.integers(0, 2, 4000)]))
    assert max(score.value for score in found.values()) < 0.55


def test_wilson_intervals() -> None:
    from scipy.stats import binomtest

    for correct, total in ((0, 10), (3, 10), (500, 1000), (1000, 1000)):
        expected = binomtest(correct, total).proportion_ci(0.95, "wilson")
        assert Score(correct, total).interval(1.959963984540054) == pytest.approx(
            (expected.low, expected.high)
        )


def test_duplicates_by_counting() -> None:
    words = krohn.task("parity").sample(500, (1, 12), seed=3)
    examples = examples_of(krohn.task("parity"), words)
    texts = [tuple(words.symbols[i, : words.lengths[i]]) for i in range(500)]
    found, expected = duplicates(examples, lambda n: 2.0**n)
    assert found == 500 - len(set(texts))
    rng = np.random.default_rng(0)
    trials = []
    for _ in range(300):
        trials.append(500 - len({(int(n), int(rng.integers(0, 2**n))) for n in words.lengths}))
    assert np.mean(trials) == pytest.approx(expected, rel=0.02)
    half = examples.chosen(np.arange(500) < 250), examples.chosen(np.arange(500) >= 250)
    assert overlap(*half, lambda n: 2.0**n)[0] == sum(text in set(texts[250:]) for text in texts[:250])


def test_repeated_batches_are_found() -> None:
    words = krohn.task("word:S3").sample(512, (10, 20), seed=1)
    examples = examples_of(krohn.task("word:S3"), words)
    assert repeated_batches(examples) == 0
    rows = np.concatenate([np.arange(256), np.arange(256), np.arange(256, 512)])
    again = krohn.task("word:S3").sample(512, (10, 20), seed=1)
    texts = [again.symbols[i, : again.lengths[i]].tolist() for i in rows]
    assert repeated_batches(_rows(texts, [[0]] * len(texts))) == 256


def _rows(words: list[list[int]], labels: list[list[int]]) -> Examples:
    ends, label_ends = (np.concatenate([[0], np.cumsum([len(w) for w in part])]) for part in (words, labels))
    return examples_of_rows(np.concatenate(words), ends, np.concatenate(labels), label_ends)


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


def test_our_folders_and_their_splits(tmp_path: Path) -> None:
    splits = [Split("train", 3000, 1, 40), Split("same", 3000, 1, 40), Split("test", 1000, 41, 90)]
    generate(krohn.task("parity"), tmp_path / "d", splits)
    findings = audit_folder(tmp_path / "d")
    assert document(findings)["verdict"] == "clean"
    assert of(findings, "overlap with train").split == "same"
    # The same words in a second split are more than chance.
    for path in (tmp_path / "d" / "data").glob("same-*"):
        path.write_bytes(next((tmp_path / "d" / "data").glob("train-*")).read_bytes())
    found = of(audit_folder(tmp_path / "d"), "overlap with train")
    assert (found.verdict, found.value) == ("defect", 3000)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from krohn.cli import main

    def run(*words: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(words))
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    status, out, err = run("audit", "mod-ltr", "--convention", "aussm-released", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["verdict"] == "defects"
    for row in found["findings"]:
        assert set(row) >= {"check", "split", "lengths", "value", "expected", "verdict"}
        assert row["verdict"] in ("defect", "information")
    status, out, _ = run("audit", "first")
    assert status == 0
    assert out.startswith("first: clean\n")
    assert len(out.splitlines()) == 2 + len(audit_task(krohn.task("first")))
    status, out, err = run("audit", "prity")
    assert (status, out) == (2, "")
    assert "did you mean 'parity'?" in err
    (tmp_path / "a.csv").write_text("w,l\n01,1\n")
    status, _, err = run("audit", str(tmp_path / "a.csv"), "--word", "w")
    assert status == 2
    assert (
        err
        == f"krohn: {tmp_path / 'a.csv'} is audited without --label: expected the names of two of its columns\n"
    )
    status, _, err = run("audit", str(tmp_path))
    assert status == 2
    assert err == f"krohn: {tmp_path} is no dataset: expected a folder with manifest.json\n"
