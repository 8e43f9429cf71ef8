"""Work on what came from elsewhere, in a process of its own: limits on memory, time and files, and no network."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import KrohnError

LARGEST_REPLY = 256 << 20
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
"""CLONE_NEWUSER and CLONE_NEWNET of Linux."""
DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""
CHILD = "from krohn.leaderboards.sandbox import child; child()"


class LimitError(KrohnError):
    """The work went over a limit, or failed for another reason than what it was given."""


class RefusedError(KrohnError):
    """The work found what it was given to be wrong."""


@dataclass(frozen=True)
class Limits:
    """What a process may use.

    Attributes
    ----------
    seconds : float
        Of wall-clock time, and of processor time.
    memory : int
        Bytes of address space; the libraries alone take one or two gigabytes of it.
    file_bytes : int
        Size of a file that it writes.
    files : int
        Open at once.
    """

    seconds: float = 3600.0
    memory: int = 8 << 30
    file_bytes: int = 8 << 30
    files: int = 256


def run_limited(function: str, request: dict[str, Any], limits: Limits) -> Any:
    """Call a function of Krohn in a limited process and return its result.

    Parameters
    ----------
    function : str
        Such as ``krohn.leaderboards.measuring:measure``; it takes and returns what JSON can say.
    request : dict
    limits : Limits

    Raises
    ------
    RefusedError
        Where the function raised an error of Krohn's: its line.
    LimitError
        Where a limit was reached, or the process ended in another way.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KROHN_")}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    order = {"function": function, "request": request, "limits": vars(limits), "path": sys.path}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as reply:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", CHILD],
            stdin=subprocess.PIPE,
            stdout=reply,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**environment, "TMPDIR": folder},
            start_new_session=True,
        )
        try:
            _, said = process.communicate(json.dumps(order).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise LimitError(f"it took longer than the {limits.seconds:g} seconds that it may") from None
        finally:
            _end(process)
        size = reply.seek(0, os.SEEK_END)
        reply.seek(0)
        return _result(reply.read(LARGEST_REPLY), size, process.returncode, said)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _result(text: bytes, size: int, status: int, said: bytes) -> Any:
    try:
        reply = json.loads(text) if size <= LARGEST_REPLY else {}
    except ValueError:
        reply = {}
    if status == 0 and reply:
        return opened(reply)
    if status == -signal.SIGXCPU:
        raise LimitError("it took more processor time than it may")
    last = said.decode(errors="replace").strip().splitlines()
    how = f"signal {-status}" if status < 0 else f"status {status}"
    raise LimitError(f"its process ended with {how}" + (f": {ascii(last[-1])[1:-1][:200]}" if last else ""))


def opened(reply: dict[str, Any]) -> Any:
    """Return the result in an answer.

    Raises
    ------
    RefusedError, LimitError
        Where the answer is that.
    """
    if "refused" in reply:
        raise RefusedError(str(reply["refused"]))
    if "done" not in reply:
        raise LimitError(str(reply.get("limit") or reply.get("failed")))
    return reply["done"]


def child() -> None:
    """Do what standard input asks for, within its limits; the reply goes to standard output."""
    order = json.loads(sys.stdin.buffer.read())
    # What libraries print must not end in the reply.
    reply = os.dup(1)
    os.dup2(2, 1)
    _limit(Limits(**order["limits"]))
    sys.path[:] = order["path"]
    module, _, name = order["function"].partition(":")
    work = getattr(importlib.import_module(module), name)
    _refuse_network_and_programs()
    with os.fdopen(reply, "wb") as out:
        out.write(json.dumps(answer(work, order["request"]), allow_nan=False).encode())
    # Without the clean-up of libraries, which is slow.
    sys.stderr.flush()
    os._exit(0)


def answer(work: Callable[[dict[str, Any]], Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return what the work returns, or in one line what it found wrong: that a file or its model cannot be run."""
    try:
        return {"done": work(request)}
    except KrohnError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"limit": "it needs more memory than it may have"}
    except RuntimeError as error:
        if "allocate" in str(error) or "memory" in str(error):  # torch's own error
            return {"limit": "it needs more memory than it may have"}
        return {"failed": f"its model fails: {' '.join(str(error).split())[:200]}"}
    except (ArithmeticError, LookupError, TypeError, ValueError, OSError, RecursionError) as error:
        return {"failed": f"its model fails: {type(error).__name__}: {' '.join(str(error).split())[:200]}"}


def _limit(limits: Limits) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if libc.unshare(NEW_NETWORK) != 0:  # as another user than root, within a name space of one's own
            libc.unshare(NEW_USER | NEW_NETWORK)
    seconds = int(limits.seconds) + 1
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _refuse_network_and_programs() -> None:
    refused = ("socket.", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork")

    def watch(event: str, arguments: Any) -> None:
        if event.startswith(refused):
            raise PermissionError(f"{event} is not allowed here")

    sys.addaudithook(watch)
