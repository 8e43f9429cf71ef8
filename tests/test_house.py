"""The walls of the house: what is listed, who imports whom, how long a file may be, what is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OUTSIDE = {"tests", "docs", "examples", "build", "dist", "demo", "runs"}
PACKAGE = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not (set(path.relative_to(ROOT).parts) & OUTSIDE)
    and not path.relative_to(ROOT).parts[0].startswith(".")
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# A room may import the rooms listed; every room may import the files at the root but __init__ and __main__.
MAY = {
    "root": set(),
    "automata": set(),
    "generators": {"automata"},
    "kernels": set(),
    "models": {"automata", "kernels"},
    "training": {"automata", "generators", "kernels", "models"},
    "evaluation": {"automata", "generators", "kernels", "models", "training"},
    "leaderboards": {"automata", "generators", "kernels", "models", "training", "evaluation"},
}
MAY["benchmarks"] = {*MAY["leaderboards"], "leaderboards"}
MAY["cli"] = {*MAY["benchmarks"], "benchmarks"}


def module_of(path: Path) -> str:
    """Return the dotted name below krohn, such as ``automata.groups``; a package's own is ``automata``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PACKAGE}


@cache
def imports_of(module: str, with_functions: bool = True) -> frozenset[str]:
    """Return the krohn modules that a file imports; relative imports resolved, ``if TYPE_CHECKING`` included."""
    path = MODULES[module]
    here = module.split(".") if module else []
    package = here if path.name == "__init__.py" else here[:-1]
    found = set()
    tree = ast.parse(path.read_text())
    nodes = ast.walk(tree) if with_functions else tree.body
    for node in nodes:
        if isinstance(node, ast.Import):
            assert not any(name.name.split(".")[0] == "krohn" for name in node.names), f"{path}: import krohn"
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level == 0:
            assert (node.module or "").split(".")[0] != "krohn", f"{path}: imports inside are relative"
            continue
        base = package[: len(package) - (node.level - 1)]
        target = [*base, *(node.module.split(".") if node.module else [])]
        for name in node.names:
            exact = ".".join([*target, name.name])
            found.add(exact if exact in MODULES else ".".join(target))
    return frozenset(found)


def room_of(module: str) -> str:
    head = module.split(".")[0]
    return head if head in MAY else "root"


def test_listed_packages_are_the_folders() -> None:
    folders = {path.parent for path in PACKAGE if path.name == "__init__.py"}
    names = {".".join(["krohn", *folder.relative_to(ROOT).parts]) for folder in folders}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == names
    assert {path.parent for path in PACKAGE} == folders, "a folder of modules has no __init__.py"


def test_every_room_is_known() -> None:
    assert {module.split(".")[0] for module in MODULES if "." in module} == set(MAY) - {"root"}


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"", "__main__"}))
def test_no_arrow_runs_upwards(module: str) -> None:
    room = room_of(module)
    for target in imports_of(module):
        if target == "":  # the version, from __init__, which itself imports nothing when it is run
            continue
        there = room_of(target)
        assert there in (room, "root") or there in MAY[room], f"{module} ({room}) imports {target} ({there})"


def test_the_front_imports_nothing_when_it_is_run() -> None:
    assert imports_of("", with_functions=False) == frozenset()


def test_no_circle() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        for target in imports_of(module) - {"", module}:
            visit(target, (*path, module))
        done.add(module)

    for module in MODULES:
        if module:
            visit(module, ())


@pytest.mark.parametrize("path", [*PACKAGE, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def _compiled(node: ast.FunctionDef) -> bool:
    return any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_compiled_functions_call_those_of_their_own_file_only() -> None:
    # Numba keys its cache by the caller's file: a change in a callee elsewhere would give stale results.
    compiled = {}
    for module, path in MODULES.items():
        functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
        compiled[module] = {node.name: node for node in functions if _compiled(node)}
    everywhere = {name for names in compiled.values() for name in names}
    assert len(everywhere) > 3
    for module, functions_here in compiled.items():
        for node in functions_here.values():
            called = {
                call.func.id
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            }
            foreign = (called & everywhere) - set(functions_here)
            assert not foreign, f"{module}.{node.name} calls {foreign}"


def test_declared_dependencies_are_those_imported() -> None:
    top = set()
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                top |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                top.add((node.module or "").split(".")[0])
    # Peers in a bench, which says so where they are missing; `automata` is automata-lib; triton, for GPUs only.
    optional = {"automata", "libsemigroups_pybind11", "mambapy", "optuna", "triton"}
    used = {name for name in top if name not in sys.stdlib_module_names} - optional
    declared = {re.split(r"[><=\[ ]", text)[0].lower() for text in PROJECT["project"]["dependencies"]}
    by_others = {"scipy"}  # networkx's layouts import it
    called = {"yaml": "pyyaml", "markdown_it": "markdown-it-py"}
    assert {called.get(name, name) for name in used} | by_others == declared


def test_the_version_is_said_once() -> None:
    text = (ROOT / "__init__.py").read_text()
    assert f'__version__ = "{PROJECT["project"]["version"]}"' in text
    assert f"## {PROJECT['project']['version']}" in (ROOT / "CHANGELOG.md").read_text()
