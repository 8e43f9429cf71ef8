"""Run the commands in the console blocks of a page and write what they print below them.

python docs/run_blocks.py docs/algebra.md            # write
python docs/run_blocks.py --check docs/algebra.md    # status 1 where a page says something else
"""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import shlex
import sys
import tempfile
from pathlib import Path

from krohn.cli import main as krohn

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def printed(command: str) -> str:
    """Return what a command line prints on stdout, called in an empty folder."""
    words = shlex.split(command)
    if words[0] != "krohn":
        raise SystemExit(f"{command!r}: expected a command of krohn")
    out = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        krohn(words[1:])
    return out.getvalue()


def filled(page: str) -> str:
    """Return a page with the output of every command in its console blocks."""

    def block(match: re.Match[str]) -> str:
        commands = [line[2:] for line in match[1].splitlines() if line.startswith("$ ")]
        body = "".join(f"$ {command}\n{printed(command)}" for command in commands)
        return f"```console\n{body}```"

    return BLOCK.sub(block, page)


def main(arguments: list[str]) -> int:
    """Fill or check pages; return the exit status."""
    check = "--check" in arguments
    wrong = False
    for path in (Path(text) for text in arguments if text != "--check"):
        page = path.read_text()
        new = filled(page)
        if check and new != page:
            wrong = True
            lines = difflib.unified_diff(
                page.splitlines(), new.splitlines(), str(path), "printed", n=0, lineterm=""
            )
            print(f"{path}: commands print something else", *lines, sep="\n", file=sys.stderr)
        elif not check:
            path.write_text(new)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
