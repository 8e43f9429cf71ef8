"""krohn tune"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import RequestError
from ..names import positive
from .options import Device, Imports, Json, load_imports, parse_device, parse_settings
from .output import print_json, print_table, progress, say
from .training_flags import NO_FLAGS, TrainingFlags, read_config

if TYPE_CHECKING:
    from ..training.config import RunConfig


def command(
    task: str,
    /,
    *,
    model: str,
    run: Path,
    search: Annotated[list[str], Parameter(negative=())],
    trials: int = 20,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    config: Path | None = None,
    resume: Annotated[bool, Parameter(negative=())] = False,
    search_seed: int = 0,
    training: TrainingFlags = NO_FLAGS,
    device: Device = "cpu",
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Search for the training that validates best: every trial is a run, kept and counted.

    Chosen by accuracy on the validation split, whose words have training lengths; the best run is copied to RUN/best,
    and its config says among how many it was chosen.

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    model
        Such as aussm, mamba, lstm, or one that --import registers.
    run
        The folder to make; with --resume the search to go on with.
    search
        KEY=LOW..HIGH, KEY=LOW..HIGH:log or KEY=A,B,C, such as lr=1e-4..1e-1:log or width=16,32,64; keys of the
        training or of the model; repeatable.
    trials
        In all, those before --resume included.
    set_
        KEY=VALUE of the model's config, the same in every trial; repeatable.
    config
        A YAML file of training keys, and of the model's under `set`; flags go before it.
    resume
        Go on with the search, a trial that was broken off included.
    search_seed
        Of what is proposed.
    """
    from ..generators.tasks import task as find_task
    from ..models.zoo import entry
    from ..training.config import training_config
    from ..training.run import new_config
    from ..training.search import parse_search, split_values
    from ..training.tune import tune

    from_file, settings = read_config(config)
    codes = load_imports(imports)
    keys, settings = {**from_file, **training.keys()}, {**settings, **parse_settings(set_)}
    found, space = find_task(task), {}
    for text in search:
        key, one = parse_search(text, list(entry(model).validate({})))
        if key in space:
            raise RequestError(f"--search {key} is given more than once: expected it once")
        if key in keys or key in settings:
            raise RequestError(f"--search {key}, which is given a value too: expected one of the two")
        space[key] = one

    def make(values: Mapping[str, Any]) -> RunConfig:
        mine, its = split_values(dict(values))
        return new_config(found, model, {**settings, **its}, training_config({**keys, **mine}), codes)

    count, steps = positive("trials", trials), training_config(keys).steps
    with progress(f"{model} on {task}, {trials} trials", "steps") as update:
        result = tune(
            run, space, make, count, search_seed, resume, parse_device(device),
            lambda number, step: update(number * steps + step, count * steps, f"trial {number}"),
        )  # fmt: skip
    if json:
        print_json(result)
        return
    rows = [
        (trial["number"], *(_short(trial["values"][key]) for key in space), trial["correct"], trial["total"])
        for trial in result["trials"]
    ]
    print_table(("trial", *space, "right", "labels"), rows)
    say(f"{run / 'best'}: trial {result['best']}, chosen among {len(rows)} on words of training lengths")


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
