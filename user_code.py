"""A user's own Python files that register models or tasks: loaded on request only, recorded by path and hash."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .errors import KrohnError, RequestError


@dataclass(frozen=True)
class UserCode:
    """A file that was imported: where it lies, and the sha256 of its text."""

    path: str
    sha256: str


def load_user_code(spec: str) -> UserCode:
    """Import a file (ending in .py) or a module by name; a second time does nothing.

    Parameters
    ----------
    spec : str
        Such as ``mymodel.py`` or ``package.module``.

    Raises
    ------
    RequestError
        Where there is no such file or module, or it fails to import; the message names file and line.
    """
    try:
        module = _load_file(Path(spec)) if spec.endswith(".py") else importlib.import_module(spec)
    except KrohnError as error:
        raise RequestError(f"--import {spec}: {error}{_line_of(error)}") from error
    except Exception as error:  # whatever a user's file raises is the user's to read, in one line
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise RequestError(f"--import {spec}: {what}{_line_of(error)}") from error
    file = getattr(module, "__file__", None)
    if file is None:
        raise RequestError(f"--import {spec}: expected a file or a module that has one")
    return UserCode(file, hashlib.sha256(Path(file).read_bytes()).hexdigest())


def _line_of(error: Exception) -> str:
    # The first frame outside the import machinery is the user's file; those after it are what it called.
    ours = ("<frozen importlib", __file__, importlib.__file__)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)
    ]
    if isinstance(error, SyntaxError) or not frames:  # a SyntaxError says its line itself
        return ""
    return f" ({Path(frames[0].filename).name}, line {frames[0].lineno})"


def _load_file(path: Path) -> ModuleType:
    path = path.resolve()
    if not path.is_file():
        raise RequestError(f"no file {path}")
    name = f"krohn_user_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
