"""The loop: batches from the task's stream, one optimiser, checkpoints that a killed training goes on from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from ..errors import RequestError, TrainingError
from ..files import new_folder, sha256_of, write_json
from ..generators.stream import Stream
from ..generators.tensors import Batch
from .checkpoint import load_state, save_state, save_weights
from .config import RunConfig, TrainingConfig
from .hints import Hinted
from .loss import loss_of
from .mastery import Mastery
from .memory import saying_what_to_lower
from .metrics import forget_after, metrics_of
from .parts import parts
from .phases import Phases, RoundedFrom
from .ranks import Ranks, all_ranks
from .run import CONFIG, METRICS, RESULT, STATE, WEIGHTS, Run, load_run
from .schedule import learning_rate, longest_word, pull_strength
from .start import start_from
from .validation import logits_of, validate

Watch = Callable[[int, float], None]
FP16_SCALE = 1024.0


def train(
    config: RunConfig,
    folder: Path,
    resume: bool = False,
    device: str = "cpu",
    watch: Watch | None = None,
    trackers: Sequence[str] = (),
) -> dict[str, Any]:
    """Train a run to its end, and return what ``krohn train --json`` prints.

    Where torchrun started several processes, each calls this; they share every batch, and the first one writes.

    Parameters
    ----------
    config : RunConfig
    folder : Path
        Made by this call; with `resume`, the run to go on with.
    resume : bool
        Go on from the last state saved; the weights end bit-identical to an unbroken training's.
    device : str
        Such as ``cpu`` or ``cuda:0``.
    watch : callable, optional
        Called after every step with the number of steps done and the loss.
    trackers : sequence of str
        Of `metrics.TRACKERS`, which are shown the run's metrics.

    Raises
    ------
    RequestError
        Where the folder exists (without `resume`), is no run, or was trained with another config.
    OutOfMemoryError
        Where memory runs out; it says what to lower.
    TrainingError
        Where the loss or a gradient is no longer a number; the last good state stays.
    StorageError
        Where a checkpoint cannot be written; the one before stays.
    """
    run = load_run(folder) if resume else Run(folder, config)
    training = run.training
    with _threads(training.threads), saying_what_to_lower(run), all_ranks(device, training.batch) as ranks:
        ranks.by_first(lambda: _go_on(run, config) if resume else _create(run, ranks.device))
        return _finish(run, ranks, watch or (lambda step, loss: None), trackers)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _go_on(run: Run, config: RunConfig) -> None:
    same_config(run.config, config, run.folder)
    for cut_short in run.folder.rglob(".*.partial"):  # by a kill, in the middle of a write
        cut_short.unlink()


def _create(run: Run, device: str) -> None:
    config, model = run.training, _trained(run)
    _phases(run, model)
    if config.init is not None:
        start_from(_unhinted(model), config.init, config.noise, config.seed)
    model = model.to(device)
    run.task.lengths(*config.lengths)  # an impossible request is refused before a folder is made
    with new_folder(run.folder) as folder:
        write_json(folder / CONFIG, run.config.model_dump(mode="json"))
        save_state(folder / STATE, model, _optimiser(model, config), 0, _more(_mastery(run)))
        (folder / METRICS).touch()


def _trained(run: Run) -> nn.Module:
    """Return the model as it is before the first step, in its hints where there are any."""
    config, model = run.training, run.new_model()
    return Hinted(model, run.task, config.seed) if config.hints == "series" else model


def _unhinted(model: nn.Module) -> nn.Module:
    return model.model if isinstance(model, Hinted) else model


def _phases(run: Run, model: nn.Module) -> tuple[Phases | None, RoundedFrom | None]:
    """Return what pulls the phases of a model, and what rounds them."""
    config = run.training
    pulled = None if config.pull is None else Phases(model, f"pull: model {run.config.model!r}")
    if config.snap_after is None:
        return pulled, None
    return pulled, RoundedFrom(model, config.snap_after, config.steps)


def _words(run: Run) -> Stream:
    config = run.training
    return Stream(run.task, config.batch, config.lengths, config.seed, "train")


def _mastery(run: Run) -> Mastery | None:
    curriculum = run.training.curriculum
    return Mastery(_words(run), run.training) if curriculum and len(curriculum) == 3 else None


def _more(mastery: Mastery | None) -> dict[str, Tensor]:
    return {} if mastery is None else {"mastery": mastery.state}


def same_config(old: RunConfig, new: RunConfig, folder: Path) -> None:
    """Raise where a run's config is not the one it is to go on with; the first key that differs is named."""
    before, now = _flat(old), _flat(new)
    for key, value in before.items():
        if now.get(key) != value:
            raise RequestError(
                f"{folder} was trained with {key} = {value!r}, not {now.get(key)!r}: "
                "a resumed training keeps its config"
            )


def _flat(config: RunConfig) -> dict[str, Any]:
    document = config.model_dump(mode="json")
    training, settings = document.pop("training"), document.pop("settings")
    return {**document, **training, **{f"--set {key}": value for key, value in settings.items()}}


def _optimiser(model: nn.Module, config: TrainingConfig) -> Optimizer:
    maps = (nn.Linear, nn.Conv1d)
    decayed = {id(module.weight) for module in model.modules() if isinstance(module, maps)}
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if id(p) in decayed], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if id(p) not in decayed], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optimiser == "sgd":
        return SGD(groups, lr=config.lr, momentum=0.9)
    kind = AdamW if config.optimiser == "adamw" else Adam
    return kind(groups, lr=config.lr, betas=(0.9, 0.95))


def _finish(run: Run, ranks: Ranks, watch: Watch, trackers: Sequence[str]) -> dict[str, Any]:
    config, folder, device = run.training, run.folder, ranks.device
    trained = _trained(run).to(device).train()
    model = _unhinted(trained)
    pulled, rounded = _phases(run, model)
    optimiser = _optimiser(trained, config)
    words, mastery = _words(run), _mastery(run)
    saved = load_state(folder / STATE, trained, optimiser, _more(mastery))
    begin = time.perf_counter() - ranks.by_first(lambda: forget_after(folder / METRICS, saved))
    with metrics_of(run, saved, trackers, ranks.first) as metrics:
        for step in range(saved, config.steps):
            batch = words.at(step, mastery.longest if mastery else longest_word(config, step))
            if rounded is not None:
                rounded.begin(step, optimiser)
            loss = _step(run, trained, pulled, optimiser, batch, step, saved, ranks, mastery)
            done = step + 1
            record: dict[str, Any] = {"step": done, "loss": loss, "lr": learning_rate(config, step)}
            if mastery:
                record["longest"] = mastery.longest
            if config.validate_every and done % config.validate_every == 0:
                record["validation"] = ranks.by_first(lambda: validate(run, model, device))
            if done % config.log_every == 0 or "validation" in record or done == config.steps:
                record["seconds"] = round(time.perf_counter() - begin, 3)
                metrics.write(record)
            if config.keep_every and done % config.keep_every == 0:
                _refuse_what_is_not_finite(run, model, done, saved)
                if ranks.first:
                    save_weights(folder / "checkpoints" / f"step-{done:08d}.safetensors", model)
            if done % config.save_every == 0 or done == config.steps:
                _refuse_what_is_not_finite(run, model, done, saved)
                metrics.to_disk()  # no state on disk is ahead of its metrics
                if ranks.first:
                    save_state(folder / STATE, trained, optimiser, done, _more(mastery))
                saved = done
            watch(done, loss)
    seconds = round(time.perf_counter() - begin, 3)
    return ranks.by_first(lambda: _result(run, trained, model, seconds, device))


def _result(run: Run, trained: nn.Module, model: nn.Module, seconds: float, device: str) -> dict[str, Any]:
    save_weights(run.folder / WEIGHTS, model)
    result = {
        "run": str(run.folder),
        "task": run.config.task,
        "convention": run.config.convention,
        "steps": run.training.steps,
        "seconds": seconds,
        "validation": validate(run, model, device),
        "weights_sha256": sha256_of(run.folder / WEIGHTS),
    }
    if isinstance(trained, Hinted):
        result["hints"] = trained.recorded
    write_json(run.folder / RESULT, result)
    return result


def _step(
    run: Run,
    model: nn.Module,
    pulled: Phases | None,
    optimiser: Optimizer,
    batch: Batch,
    step: int,
    saved: int,
    ranks: Ranks,
    mastery: Mastery | None,
) -> float:
    config, device = run.training, ranks.device
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(config, step)
    optimiser.zero_grad()
    told = torch.zeros(4, device=device)  # the loss, and what mastery counts
    scale = FP16_SCALE if config.autocast == "fp16" else 1.0
    for part, share in parts(batch, config.accumulate, run.task.targets, ranks):
        labels = part.labels.to(device)
        with _autocast(config, device):
            logits = logits_of(model, part.inputs.to(device)).to(torch.float32)
        own = loss_of(run.task.targets, logits, labels, config.label_smoothing)
        more = torch.zeros((), device=device)
        if isinstance(model, Hinted):
            more = more + model.loss(part)
        if pulled is not None and config.pull is not None:
            more = more + pull_strength(config, step) * pulled.penalty(part, config.pull[0])
        total = own * share + more * (len(part.lengths) / len(batch.lengths))
        (total * scale).backward()  # type: ignore[no-untyped-call]
        told[0] += own.detach() * share
        if mastery:
            told[1:] += mastery.counts(logits, part)
    told = ranks.add_up(model, told)
    loss = told[0]
    for parameter in model.parameters() if scale != 1 else ():
        if parameter.grad is not None:
            parameter.grad /= scale
    norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    if not (loss.isfinite() and norm.isfinite()):
        what = "loss" if not loss.isfinite() else "gradient"
        value = loss.item() if what == "loss" else norm.item()
        raise _diverged(run, f"the {what} is {value} at step {step + 1}", saved)
    optimiser.step()
    if mastery:
        mastery.take(told[1:])
    return loss.item()


def _autocast(config: TrainingConfig, device: str) -> torch.autocast:
    dtype = torch.float16 if config.autocast == "fp16" else torch.bfloat16
    return torch.autocast(device.split(":")[0], dtype, enabled=config.autocast != "none")


def _refuse_what_is_not_finite(run: Run, model: nn.Module, step: int, saved: int) -> None:
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            raise _diverged(run, f"{name} is no longer finite at step {step}", saved)


def _diverged(run: Run, what: str, saved: int) -> TrainingError:
    return TrainingError(
        f"{what}: the state of step {saved} stays in {run.folder}; lower lr ({run.training.lr}) or clip"
    )
