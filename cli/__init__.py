"""The command line: one thin file a verb, loaded when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from .. import __version__
from ..errors import KrohnError, OutOfMemoryError
from ..training.torchrun import rank_and_world
from .messages import one_line, strictly

COMMANDS = {
    "tasks": "The tasks by algebraic class: a family once, with a default instance.",
    "show": "One machine (a task, a regex, a file): monoid, groups, class, Krohn-Rhodes cascade, drawings.",
    "generate": "Write a dataset folder.",
    "audit": "Look for what gives labels away, and for what is wrong with them.",
    "models": "The zoo.",
    "check": "Does a model of yours keep the contract?",
    "train": "Train a model on a task.",
    "tune": "Search for the training that validates best.",
    "construct": "Exact weights for a task, as a run.",
    "snap": "Round the phases of a trained run to a lattice.",
    "evaluate": "Accuracy against length, and horizons, in several precisions.",
    "compare": "Evaluated runs side by side, over seeds, with tests; baselines and published numbers.",
    "report": "One self-contained page of evaluated runs.",
    "submit": "Put a run's claim on a board.",
    "board": "Show a board, or build its page.",
    "bench": "Speed beside peers and the machine's limit.",
    "demo": "The main job, small: generate, train, evaluate, rank.",
}


def _app() -> App:
    app = App(
        name="krohn",
        help="What can your sequence model compute, up to which length, and at which precision?",
        version=__version__,
        print_error=False,
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
        default_parameter=Parameter(converter=strictly),
    )
    for name, help_text in COMMANDS.items():
        target = "app" if name == "board" else "command"
        app.command(f"krohn.cli.{name}:{target}", name=name, help=help_text)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit status: 0 done, 1 the work failed, 2 the request was wrong."""
    status = 0
    try:
        _app()(list(sys.argv[1:] if arguments is None else arguments))
    except CycloptsError as error:
        print(f"krohn: {one_line(error)}", file=sys.stderr)
        status = 2
    except KrohnError as error:
        if rank_and_world()[0] == 0 or isinstance(error, OutOfMemoryError):  # others say what the first says
            print(f"krohn: {error}", file=sys.stderr)
        status = error.exit_status
    except KeyboardInterrupt:
        print("krohn: stopped", file=sys.stderr)
        status = 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
    except OSError as error:  # a folder where a file should be, or no right to read it
        print(f"krohn: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        status = 1
    sys.exit(status)
