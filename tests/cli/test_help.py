"""--help and --version: quick, for neither loads torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import krohn as package
from krohn.cli import COMMANDS

BOARD = ("show", "build", "serve", "verify", "reproduce", "check", "season", "index")
PAGES = [[], *([name] for name in COMMANDS), *(["board", verb] for verb in BOARD)]

LOADED = """
import sys
from krohn.cli import main
for words in [*{pages}, ["--version"]]:
    try:
        main([*words, "--help"] if words != ["--version"] else words)
    except SystemExit as left:
        assert left.code == 0, words
print(sorted({{"torch", "numba", "pandas", "numpy", "matplotlib"}} & set(sys.modules)), file=sys.stderr)
"""


def test_no_help_loads_what_is_slow() -> None:
    code = LOADED.format(pages=PAGES)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_help_goes_to_stdout_and_names_the_command(krohn: Callable[..., Any], words: list[str]) -> None:
    said = krohn(*words, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(" ".join(["Usage: krohn", *words]))


def test_the_first_help_names_every_command(krohn: Callable[..., Any]) -> None:
    said = krohn("--help")
    named = [line.split()[1] for line in said.out.splitlines() if len(line.split()) > 2]
    assert set(COMMANDS) <= set(named)
    assert krohn().out == said.out  # no command is a call for help


@pytest.mark.parametrize(("words", "names"), [([], COMMANDS), (["board"], BOARD)])
def test_every_command_is_told_what_it_does(
    krohn: Callable[..., Any], words: list[str], names: list[str]
) -> None:
    lines = [line.strip("│ ").split(maxsplit=1) for line in krohn(*words, "--help").out.splitlines()]
    told = {line[0]: line[1] for line in lines if len(line) == 2}
    assert set(names) <= told.keys()


def test_version(krohn: Callable[..., Any]) -> None:
    assert krohn("--version").out == f"{package.__version__}\n"
