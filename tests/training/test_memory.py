"""Where memory runs out: one line that says what to lower."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from krohn.errors import OutOfMemoryError
from krohn.training.config import RunConfig
from krohn.training.memory import saying_what_to_lower
from krohn.training.run import Run

LINE = (
    "out of memory: lower batch (8), lengths (1-6) or the model's width (8), or cut each batch into parts with "
    "accumulate (1)"
)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried"
        ),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    ],
)
def test_every_kind_of_it_becomes_the_line(error: Exception, small: Callable[..., RunConfig]) -> None:
    with pytest.raises(OutOfMemoryError) as caught, saying_what_to_lower(Run(Path("run"), small())):
        raise error
    assert str(caught.value) == LINE
    assert caught.value.exit_status == 1


def test_another_error_stays_what_it_is(small: Callable[..., RunConfig]) -> None:
    with (
        pytest.raises(RuntimeError, match=r"^shapes differ$"),
        saying_what_to_lower(Run(Path("run"), small())),
    ):
        raise RuntimeError("shapes differ")


SHORT = """
    import resource, sys
    import torch
    from krohn.cli import main

    limit = 6 * 2**30  # of address space: enough for torch itself
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    main(sys.argv[1:])
"""


def test_the_command_says_it_where_memory_is_really_short(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SHORT))
    request = [
        "train",
        "parity",
        "--model",
        "lstm",
        "--set",
        "width=64",
        "--batch",
        "1000000",
        "--lengths",
        "40-40",
        "--steps",
        "1",
        "--run",
    ]
    command = [sys.executable, str(script), *request, str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "krohn: out of memory: lower batch (1000000), lengths (40-40) or the model's width (64), or cut each batch "
        "into parts with accumulate (1)\n"
    )
