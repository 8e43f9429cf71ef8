"""The loop: batches from the task's stream, one optimiser, checkpoints that a killed training goes on from."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from ..automata.runs import IGNORED
from ..errors import DamagedFileError, RequestError, TrainingError
from ..files import appending, new_folder, sha256_of, write_bytes, write_json
from ..generators.kinds import Targets, VectorTargets
from ..generators.stream import Stream
from ..generators.tensors import Batch
from .checkpoint import load_state, save_state, save_weights
from .config import RunConfig, TrainingConfig
from .hints import Hinted
from .loss import loss_of
from .phases import Phases, RoundedFrom
from .run import CONFIG, METRICS, RESULT, STATE, WEIGHTS, Run, load_run
from .schedule import learning_rate, longest_word, pull_strength
from .start import start_from
from .validation import logits_of, validate

Watch = Callable[[int, float], None]
FP16_SCALE = 1024.0


def train(
    config: RunConfig, folder: Path, resume: bool = False, device: str = "cpu", watch: Watch | None = None
) -> dict[str, Any]:
    """Train a run to its end, and return what ``krohn train --json`` prints.

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

    Raises
    ------
    RequestError
        Where the folder exists (without `resume`), is no run, or was trained with another config.
    TrainingError
        Where the loss or a gradient is no longer a number; the last good state stays.
    StorageError
        Where a checkpoint cannot be written; the one before stays.
    """
    run = load_run(folder) if resume else Run(folder, config)
    with _threads(run.training.threads):
        if resume:
            _same_config(run.config, config, folder)
            for cut_short in folder.rglob(".*.partial"):  # by a kill, in the middle of a write
                cut_short.unlink()
        else:
            _create(run, device)
        return _finish(run, device, watch or (lambda step, loss: None))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _create(run: Run, device: str) -> None:
    config, model = run.training, _trained(run)
    _phases(run, model)
    if config.init is not None:
        start_from(_unhinted(model), config.init, config.noise, config.seed)
    model = model.to(device)
    run.task.lengths(*config.lengths)  # an impossible request is refused before a folder is made
    with new_folder(run.folder) as folder:
        write_json(folder / CONFIG, run.config.model_dump(mode="json"))
        save_state(folder / STATE, model, _optimiser(model, config), 0)
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


def _same_config(old: RunConfig, new: RunConfig, folder: Path) -> None:
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


def _finish(run: Run, device: str, watch: Watch) -> dict[str, Any]:
    config, folder = run.training, run.folder
    trained = _trained(run).to(device).train()
    model = _unhinted(trained)
    pulled, rounded = _phases(run, model)
    optimiser = _optimiser(trained, config)
    saved = load_state(folder / STATE, trained, optimiser)
    words = Stream(run.task, config.batch, config.lengths, config.seed, "train")
    seconds = _forget_after(folder / METRICS, saved)
    begin = time.perf_counter() - seconds
    with appending(folder / METRICS) as metrics:
        for step in range(saved, config.steps):
            batch = words.at(step, longest_word(config, step))
            if rounded is not None:
                rounded.begin(step, optimiser)
            loss = _step(run, trained, pulled, optimiser, batch, step, saved, device)
            done = step + 1
            record: dict[str, Any] = {"step": done, "loss": loss, "lr": learning_rate(config, step)}
            if config.validate_every and done % config.validate_every == 0:
                record["validation"] = validate(run, model, device)
            if done % config.log_every == 0 or "validation" in record or done == config.steps:
                record["seconds"] = round(time.perf_counter() - begin, 3)
                metrics.write(json.dumps(record) + "\n")
            if config.keep_every and done % config.keep_every == 0:
                _refuse_what_is_not_finite(run, model, done, saved)
                save_weights(folder / "checkpoints" / f"step-{done:08d}.safetensors", model)
            if done % config.save_every == 0 or done == config.steps:
                _refuse_what_is_not_finite(run, model, done, saved)
                metrics.flush()
                os.fsync(metrics.fileno())  # no state on disk is ahead of its metrics
                save_state(folder / STATE, trained, optimiser, done)
                saved = done
            watch(done, loss)
    save_weights(folder / WEIGHTS, model)
    result = {
        "run": str(folder),
        "task": run.config.task,
        "convention": run.config.convention,
        "steps": config.steps,
        "seconds": round(time.perf_counter() - begin, 3),
        "validation": validate(run, model, device),
        "weights_sha256": sha256_of(folder / WEIGHTS),
    }
    if isinstance(trained, Hinted):
        result["hints"] = trained.recorded
    write_json(folder / RESULT, result)
    return result


def _step(
    run: Run,
    model: nn.Module,
    pulled: Phases | None,
    optimiser: Optimizer,
    batch: Batch,
    step: int,
    saved: int,
    device: str,
) -> float:
    config = run.training
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(config, step)
    optimiser.zero_grad()
    loss = torch.zeros((), device=device)
    scale = FP16_SCALE if config.autocast == "fp16" else 1.0
    for part, share in _parts(batch, config.accumulate, run.task.targets):
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
        loss = loss + own.detach() * share
    for parameter in model.parameters() if scale != 1 else ():
        if parameter.grad is not None:
            parameter.grad /= scale
    norm = nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    if not (loss.isfinite() and norm.isfinite()):
        what = "loss" if not loss.isfinite() else "gradient"
        value = loss.item() if what == "loss" else norm.item()
        raise _diverged(run, f"the {what} is {value} at step {step + 1}", saved)
    optimiser.step()
    return loss.item()


def _autocast(config: TrainingConfig, device: str) -> torch.autocast:
    dtype = torch.float16 if config.autocast == "fp16" else torch.bfloat16
    return torch.autocast(device.split(":")[0], dtype, enabled=config.autocast != "none")


def _parts(batch: Batch, count: int, targets: Targets) -> Iterator[tuple[Batch, float]]:
    """Yield the parts of a batch, each with its share of the labels: means so weighted are the whole's mean."""
    if count == 1:
        yield batch, 1.0
        return
    size = -(-len(batch.lengths) // count)
    known = _labelled(targets, batch.labels).flatten(1).sum(1)
    for begin in range(0, len(batch.lengths), size):
        part = Batch(*(tensor[begin : begin + size] for tensor in batch))
        share = float(known[begin : begin + size].sum() / known.sum())
        if share:
            yield part, share


def _labelled(targets: Targets, labels: Tensor) -> Tensor:
    return ~labels.isnan() if isinstance(targets, VectorTargets) else labels != IGNORED


def _refuse_what_is_not_finite(run: Run, model: nn.Module, step: int, saved: int) -> None:
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            raise _diverged(run, f"{name} is no longer finite at step {step}", saved)


def _diverged(run: Run, what: str, saved: int) -> TrainingError:
    return TrainingError(
        f"{what}: the state of step {saved} stays in {run.folder}; lower lr ({run.training.lr}) or clip"
    )


def _forget_after(metrics: Path, step: int) -> float:
    """Drop the records after a step, and a last line that a kill cut short; return the seconds spent until it."""
    kept = []
    if not metrics.is_file():
        raise DamagedFileError(f"{metrics.parent} is damaged: {metrics.name} is missing")
    for line in metrics.read_text().splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            break
        if record["step"] > step:
            break
        kept.append(record)
    write_bytes(metrics, "".join(json.dumps(record) + "\n" for record in kept).encode())
    return float(kept[-1]["seconds"]) if kept else 0.0
