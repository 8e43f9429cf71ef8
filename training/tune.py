"""A search for the training that validates best: every trial is a run, kept and counted.

Values are proposed by optuna's tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl, 2011) and
chosen by accuracy on the validation split alone, whose words have training lengths. The search lies in the folder's
``trials.db`` (SQLite). A killed one goes on where it was, and proposes what it would have proposed: each proposal's
seed follows from its number.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import DamagedFileError, RequestError, TrainingError
from ..files import new_folder, read_json, write_json
from .config import RunConfig
from .loop import train
from .run import CONFIG, RESULT, load_run
from .search import Choice, Range

SEARCH = "search.json"
TABLE = "trials.json"
BEST = "best"
Make = Callable[[Mapping[str, Any]], RunConfig]


@dataclass(frozen=True)
class Trial:
    """One training of a search.

    Attributes
    ----------
    number : int
    values : dict
        What was proposed.
    correct, total : int or None
        Labels of the validation split; None where the training diverged.
    error : str or None
    """

    number: int
    values: dict[str, Any]
    correct: int | None
    total: int | None
    error: str | None = None

    @property
    def accuracy(self) -> float:
        """Share of right labels; -1 where the training diverged."""
        return -1.0 if self.correct is None or not self.total else self.correct / self.total


def tune(
    folder: Path,
    space: Mapping[str, Range | Choice],
    make: Make,
    trials: int,
    seed: int = 0,
    resume: bool = False,
    device: str = "cpu",
    watch: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Search, and return the best run and all trials.

    Parameters
    ----------
    folder : Path
        Made by this call; with `resume`, the search to go on with. It gets a run for every trial
        (``trial-000``, …), their table ``trials.json``, and ``best``: a copy of the best run whose config counts the
        trials.
    space : mapping of key to Range or Choice
    make : callable
        Returns the config of a run for the values of a trial.
    trials : int
        In all, those of earlier calls included.
    seed : int
        Of the proposals.
    resume : bool
    device : str
    watch : callable, optional
        Told the trial's number and the steps it has done.

    Raises
    ------
    RequestError
        Where optuna is not installed, the folder exists (without `resume`), or it holds another search.
    TrainingError
        Where every trial diverged.
    """
    optuna = _optuna()
    asked = {"space": {key: asdict(one) for key, one in space.items()}, "seed": seed}
    fixed = make(_first(space)).model_dump(mode="json")
    _forget(fixed, space)
    _open(folder, {**asked, "fixed": fixed}, resume)
    study = optuna.create_study(
        storage=f"sqlite:///{(folder / 'trials.db').resolve()}",
        study_name="krohn",
        direction="maximize",
        load_if_exists=True,
    )
    found: list[Trial] = []
    for (
        old
    ) in study.trials:  # one that a kill broke off is gone on with, or forgotten where it proposed nothing
        if old.state == optuna.trial.TrialState.RUNNING and old.params.keys() == space.keys():
            found.append(_tell(study, old.number, old.params, folder, make, device, watch))
        elif old.state == optuna.trial.TrialState.RUNNING:
            study.tell(old.number, state=optuna.trial.TrialState.PRUNED)
        elif old.params.keys() == space.keys():
            found.append(_read(folder, old.number, old.params))
    while len(found) < trials:
        study.sampler = optuna.samplers.TPESampler(seed=seed * 1_000_003 + len(found))
        proposed = study.ask(_distributions(optuna, space))
        found.append(_tell(study, proposed.number, proposed.params, folder, make, device, watch))
        write_json(folder / TABLE, [asdict(trial) for trial in found])
    best = max(found, key=lambda trial: (trial.accuracy, -trial.number))
    if best.correct is None:
        raise TrainingError(
            f"all {len(found)} trials diverged: expected a lower lr; the first: {found[0].error}"
        )
    write_json(folder / TABLE, [asdict(trial) for trial in found])
    _copy_best(folder, best.number, len(found))
    return {"run": str(folder), "best": best.number, "trials": [asdict(trial) for trial in found]}


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise RequestError(
            "krohn tune needs optuna: expected it to be installed, pip install 'krohn[tune]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _first(space: Mapping[str, Range | Choice]) -> dict[str, Any]:
    return {key: one.values[0] if isinstance(one, Choice) else _number(one) for key, one in space.items()}


def _number(one: Range) -> float | int:
    return int(one.low) if one.whole else one.low


def _forget(document: dict[str, Any], space: Mapping[str, Range | Choice]) -> None:
    for key in space:
        for part in (document["training"], document["settings"]):
            part.pop(key, None)


def _distributions(optuna: Any, space: Mapping[str, Range | Choice]) -> dict[str, Any]:
    kinds = optuna.distributions
    made: dict[str, Any] = {}
    for key, one in space.items():
        if isinstance(one, Choice):
            made[key] = kinds.CategoricalDistribution(one.values)
        elif one.whole:
            made[key] = kinds.IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            made[key] = kinds.FloatDistribution(one.low, one.high, log=one.log)
    return made


def _open(folder: Path, asked: dict[str, Any], resume: bool) -> None:
    if not resume:
        with new_folder(folder) as made:
            write_json(made / SEARCH, asked)
        return
    if not (folder / SEARCH).is_file():
        raise RequestError(f"{folder} is no search: expected a folder with {SEARCH}")
    before, asked = read_json(folder / SEARCH), json.loads(json.dumps(asked))  # pairs become lists in a file
    for key in asked:
        if before.get(key) != asked[key]:
            raise RequestError(
                f"{folder} holds a search with another {key}: a resumed search keeps what it was"
            )


def _folder(folder: Path, number: int) -> Path:
    return folder / f"trial-{number:03d}"


def _tell(
    study: Any, number: int, values: dict[str, Any], folder: Path, make: Make, device: str,
    watch: Callable[[int, int], None] | None,
) -> Trial:  # fmt: skip
    run = _folder(folder, number)
    said = (lambda step, loss: watch(number, step)) if watch else None
    try:
        result = train(make(values), run, run.exists(), device, said)
    except TrainingError as error:
        trial = Trial(number, values, None, None, str(error))
        write_json(run / "failed.json", asdict(trial))
        study.tell(number, state=_optuna().trial.TrialState.FAIL)
        return trial
    trial = Trial(number, values, result["validation"]["correct"], result["validation"]["total"])
    study.tell(number, trial.accuracy)
    return trial


def _read(folder: Path, number: int, values: dict[str, Any]) -> Trial:
    run = _folder(folder, number)
    if (run / "failed.json").is_file():
        return Trial(**read_json(run / "failed.json"))
    if not (run / RESULT).is_file():
        raise DamagedFileError(f"{run} is damaged: {RESULT} is missing")
    right = read_json(run / RESULT)["validation"]
    return Trial(number, values, right["correct"], right["total"])


def _copy_best(folder: Path, number: int, count: int) -> None:
    target = folder / BEST
    if target.exists():
        shutil.rmtree(target)
    with new_folder(target) as made:
        shutil.copytree(_folder(folder, number), made, dirs_exist_ok=True)
        config = load_run(made).config.model_copy(update={"tuned_trials": count})
        write_json(made / CONFIG, config.model_dump(mode="json"))
        write_json(made / RESULT, {**read_json(made / RESULT), "run": str(target), "tuned_trials": count})
