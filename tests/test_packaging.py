"""The wheel and the sdist hold every file that they should."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs the program git and its checkout: this is an unpacked sdist")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The names in the wheel and in the sdist, built from a copy of the tracked files."""
    tracked = _tracked()
    copy, out = tmp_path_factory.mktemp("copy") / "checkout-1", tmp_path_factory.mktemp("dist")
    for name in tracked:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    # The wheel is built from the sdist, as an installer would; setuptools comes from this environment.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    return set(zipfile.ZipFile(wheel).namelist()), inside


def test_the_wheel_holds_the_package_and_nothing_else(built: tuple[set[str], set[str]]) -> None:
    outside = ("tests/", "docs/", "examples/", ".ci/", "benchmarks/results/")
    wanted = {
        f"krohn/{name}"
        for name in _tracked()
        if name.endswith((".py", ".j2", "py.typed")) and not name.startswith(outside)
    } | {"krohn/examples/turnstile.dot"}
    data = r"evaluation/.*\.(json|yaml)|leaderboards/(references\.json|suites/.*\.yaml|site/assets/.*)"
    wanted |= {f"krohn/{name}" for name in _tracked() if re.fullmatch(data, name)}
    found = {name for name in built[0] if not name.startswith(f"krohn-{_version()}.dist-info/")}
    assert found == wanted


def _version() -> str:
    import krohn

    return krohn.__version__


def test_the_sdist_holds_every_file_of_the_checkout(built: tuple[set[str], set[str]]) -> None:
    wanted = {name for name in _tracked() if not name.startswith((".ci/", ".git"))}
    assert wanted - built[1] - {"benchmarks/results/.gitkeep"} == set()


def test_command_and_licence_are_declared(built: tuple[set[str], set[str]]) -> None:
    assert {name.rpartition("/")[2] for name in built[0] if ".dist-info/" in name} >= {
        "entry_points.txt",
        "LICENSE",
        "METADATA",
    }
