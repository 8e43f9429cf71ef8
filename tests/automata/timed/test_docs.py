"""The commands and the Python of docs/timed.md run as they stand; its picture of words is drawn by its script."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "timed.md").read_text()


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    called = [sys.executable, *command]
    return subprocess.run(called, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_python(tmp_path: Path) -> None:
    program = "\n".join(blocks("python"))
    assert program.count("import") > 10
    done = run(tmp_path, "-c", program)
    assert done.returncode == 0, done.stderr
    assert "once --click--> twice   when x < 3" in done.stdout
    assert "[[0 1 0 0]]" in done.stdout


@pytest.mark.slow
def test_commands(tmp_path: Path) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) == 6
    for line in lines:
        done = run(tmp_path, "-m", *shlex.split(line))
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (tmp_path / "real" / "README.md").is_file()


def test_pictures_are_there() -> None:
    named = re.findall(r"\]\(([\w-]+\.svg)\)", PAGE)
    assert len(named) == 4
    script = (ROOT / "docs" / "draw_timed.py").read_text()
    for name in named:
        assert (ROOT / "docs" / name).is_file()
        assert f'"{name}"' in script
