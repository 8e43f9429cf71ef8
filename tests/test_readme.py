"""The README's text runs as it stands: its file, its commands in order, its Python."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all commands are called, the README's own file in it."""
    place = tmp_path_factory.mktemp("readme")
    (own,) = (block for block in blocks("python") if "register_model" in block)
    (place / "gated.py").write_text(own)
    return place


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    parts = [str(Path(part).resolve()) for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(parts), "PYTHONSAFEPATH": "1"}
    environment["KROHN_HOME"] = str(folder / "home")
    called = [sys.executable, *command]
    return subprocess.run(called, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_model_of_the_readme_is_the_example() -> None:
    assert (ROOT / "examples" / "gated.py").read_text() in blocks("python")


def test_commands(folder: Path) -> None:
    lines = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("krohn ")]
    assert {command[1] for command in commands} >= {
        "tasks",
        "generate",
        "train",
        "evaluate",
        "submit",
        "board",
    }
    for command in commands:
        if command[1] == "demo":  # takes minutes
            continue
        done = _run(["-m", "krohn", *command[1:]], folder)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"
    assert (folder / "board" / "index.html").is_file()


def test_python(folder: Path) -> None:
    scripts = [block for block in blocks("python") if "register_model" not in block]
    assert scripts
    for script in scripts:
        (folder / "script.py").write_text(script)
        done = _run(["script.py"], folder)
        assert done.returncode == 0, done.stderr


def test_targets_and_links_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("https://") or (ROOT / link).exists(), link
