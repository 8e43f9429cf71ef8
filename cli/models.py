"""krohn models"""

from __future__ import annotations

from .options import Imports, Json, load_imports
from .output import print_json, print_table


def command(*, json: Json = False, imports: Imports = None) -> None:
    """List the models, sized with their default config on two symbols and two classes."""
    from ..models.zoo import build_model, models, size_of

    load_imports(imports)
    rows = []
    for found in models():
        parameters, state_bits = size_of(build_model(found.name, 2, 2, {}, seed=0))
        rows.append(
            {
                "name": found.name,
                "parameters": parameters,
                "state_bits": state_bits,
                "theory": found.theory,
                "source": found.source,
                "settings": found.validate({}),
            }
        )
    if json:
        print_json(rows)
        return
    for row in rows:
        row["settings"] = " ".join(f"{key}={value}" for key, value in row["settings"].items())  # type: ignore[attr-defined]
    columns = ("name", "parameters", "state_bits", "settings", "theory", "source")
    print_table(
        [name.replace("_", " ") for name in columns], [[row[name] for name in columns] for row in rows]
    )
