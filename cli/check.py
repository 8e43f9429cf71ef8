"""krohn check"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ..errors import ContractError, RequestError
from .options import Json
from .output import print_json, print_table


def command(file: str, /, *, json: Json = False) -> None:
    """Say whether a model of yours keeps the contract, within a minute; status 1 where it does not.

    Parameters
    ----------
    file
        Such as mine.py, whose models and layers are checked; or the name of a model of the zoo.
    """
    from ..models.check import check, checkable
    from ..models.promises import INPUTS, OUTPUTS
    from ..models.zoo import build_model, entry
    from ..user_code import load_user_code

    if file.endswith(".py"):
        found = checkable(load_user_code(file).path)
        if not found:
            raise RequestError(
                f"{file} registers nothing: expected a class under @krohn.register_model or @krohn.register_layer"
            )
    elif Path(file).exists():
        raise RequestError(f"{file}: expected a file that ends in .py, or the name of a model")
    else:
        name = entry(file).name
        found = {name: lambda: build_model(name, INPUTS, OUTPUTS, {}, seed=0)}
    findings = {name: check(build) for name, build in found.items()}
    if json:
        print_json(
            [{"name": name, "checks": [asdict(one) for one in checks]} for name, checks in findings.items()]
        )
    else:
        for name, checks in findings.items():
            rows = [(one.check, one.verdict, one.message) for one in checks]
            print_table(("check", "verdict", ""), rows, title=name)
    broken = {
        name: [one.check for one in checks if one.verdict == "broken"] for name, checks in findings.items()
    }
    said = [f"{name} ({', '.join(checks)})" for name, checks in broken.items() if checks]
    if said:
        raise ContractError(f"the contract is broken by {', '.join(said)}")
