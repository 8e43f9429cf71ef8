"""krohn train"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ..errors import RequestError
from ..names import lookup, positive
from ..training.torchrun import rank_and_world
from .options import Device, Imports, Json, load_imports, parse_device, parse_settings
from .output import print_json, progress, say
from .training_flags import NO_FLAGS, TrainingFlags, read_config

if TYPE_CHECKING:
    from ..training.config import TrainingConfig


def command(
    task: str,
    /,
    *,
    model: str,
    run: Path,
    set_: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    config: Path | None = None,
    resume: Annotated[bool, Parameter(negative=())] = False,
    seeds: int | None = None,
    suite: str | None = None,
    training: TrainingFlags = NO_FLAGS,
    track: str = "",
    device: Device = "cpu",
    json: Json = False,
    imports: Imports = None,
) -> None:
    """Train a model on a task's stream of words.

    Under torchrun several processes share every batch: torchrun --nproc-per-node 2 -m -- krohn train ...

    Parameters
    ----------
    task
        Such as parity, count:5, word:S5, flipflop:2.
    model
        Such as aussm, mamba, lstm, or one that --import registers.
    run
        The folder to make; with --resume the run to go on with.
    set_
        KEY=VALUE of the model's config, such as width=32; repeatable.
    config
        A YAML file of training keys, and of the model's under `set`; flags go before it.
    resume
        Go on from the last saved state; the weights end bit-identical to those of an unbroken training.
    seeds
        Train this many, from --seed on, each into its own folder seed-I of the run; as many at once as there are CPUs.
    suite
        Such as groups-v1: train what a row of that suite needs of this task, its number of seeds and its training
        lengths, within its budget of words; the seeds follow from the model's config.
    track
        Show the metrics to trackers on this machine too, by comma: tensorboard, trackio.
    """
    from ..generators.tasks import task as find_task
    from ..training.config import training_config
    from ..training.folders import runs_in
    from ..training.loop import train
    from ..training.metrics import trackers_of
    from ..training.run import load_run, new_config
    from ..training.seeds import train_seeds
    from ..training.start import kept_start, start_of

    from_file, settings = read_config(config)
    given = {**from_file, **training.keys()}
    if suite is not None:
        given, seeds = _rules_of(suite, find_task(task).name, given, seeds)
    keys = training_config(given)
    if suite is not None:
        _refuse_what_no_row_may(suite, keys)
    codes, trackers = load_imports(imports), trackers_of(track)
    if resume:  # asks for the user's files before their names are looked up
        start = kept_start(load_run(run if seeds is None else runs_in([run])[0]).config)
    else:
        start = None if keys.init is None else start_of(keys.init)
    settings |= parse_settings(set_)
    if start is not None:
        settings = start.settings_of(model, settings)
    request = new_config(find_task(task), model, settings, keys, codes)
    if start is not None:
        request = start.of(request)
    where, (rank, world) = parse_device(device), rank_and_world()
    if seeds is None:
        with progress(f"{model} on {task}", "steps", rank == 0) as update:

            def watch(step: int, loss: float) -> None:
                update(step, keys.steps, f"loss {loss:.4f}")

            results = [train(request, run, resume, where, watch, trackers)]
    else:
        if world > 1:
            raise RequestError(
                f"--seeds {seeds} under torchrun: expected one of the two, which share the CPUs"
            )
        roots = list(range(keys.seed, keys.seed + positive("seeds", seeds)))
        if suite is not None:
            from ..leaderboards.seeds import suite_seeds

            roots = suite_seeds(suite, request.model, request.settings, request.task, seeds)
        requests = [
            request.model_copy(update={"training": keys.model_copy(update={"seed": seed})}) for seed in roots
        ]
        with progress(f"{model} on {task}, {seeds} seeds", "steps") as update:
            total = seeds * keys.steps
            results = train_seeds(
                requests, run, resume, where, lambda done: update(done, total, ""), trackers
            )
    if rank:
        return
    if json:
        print_json(results[0] if seeds is None else results)
        return
    for result in results:
        validation = result["validation"]
        say(f"{result['run']}: validation {validation['correct']:,} of {validation['total']:,} labels right")


def _rules_of(name: str, task: str, given: dict[str, Any], seeds: int | None) -> tuple[dict[str, Any], int]:
    """Return the training keys and the number of seeds that a suite asks for."""
    from ..leaderboards.suite import suite

    found = suite(name)
    if found.task_names:
        lookup(f"task of {name}", task, dict.fromkeys(found.task_names))
    if "seed" in given:
        raise RequestError(
            f"--seed {given['seed']} with --suite {name}, whose seeds follow from the config: drop one"
        )
    lengths = found.training_lengths
    if lengths is not None and tuple(given.setdefault("lengths", lengths)) != tuple(lengths):
        low, high = given["lengths"]
        raise RequestError(f"lengths are {low}-{high}: {name} is trained on {lengths[0]}-{lengths[1]}")
    return given, found.seeds if seeds is None else seeds


def _refuse_what_no_row_may(name: str, training: TrainingConfig) -> None:
    from ..leaderboards.suite import suite

    found = suite(name)
    words = training.steps * training.batch
    if found.budget and words > found.budget.words:
        raise RequestError(
            f"steps are {training.steps:,} and batch is {training.batch:,}, {words:,} words: "
            f"{name} is trained on at most {found.budget.words:,}"
        )
    if training.init is not None and not found.open:
        raise RequestError(
            f"--init {training.init} with --suite {name}, whose trainings begin from their own seeds: drop one"
        )
