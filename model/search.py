"""Look for better hyperparameters: python -m model.search --events FOLDER --out FOLDER --minutes 30

Every trial trains on the training part and is judged by the blend's ndcg@10 on validation; the test
is never read. What goes worse than half of the trials did at that epoch is given up. The study
lies in the folder: a run that was stopped goes on from there, and a second run adds to it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from domain.space import CHOICES, RANGES
from domain.vocabulary import Vocabulary, VocabularyError
from model.config import ConfigError, TrainConfig
from model.dataset import Dataset, DatasetError, read
from model.fit import Epoch
from model.learner import DivergedError
from model.options import add_hyperparameters, given_hyperparameters
from model.split import Split, cut
from model.tracking import tracking
from model.trial import new_trial

STUDY, BEST, LOGS = "study.log", "best.json", "logs"
NAME = "headwater"
UNJUDGED = 4  # trials before any is given up, and epochs of each


def search(
    dataset: Dataset, split: Split, fixed: TrainConfig, out: Path, minutes: float,
    free: Sequence[str], trials: int | None = None,
) -> optuna.Study:
    """Try values of what is `free`, the rest as `fixed`, until the time is over.

    raises: DatasetError, when there is nothing to learn from.
    """
    out.mkdir(parents=True, exist_ok=True)
    study = _study(out, fixed.seed)

    def objective(trial: optuna.Trial) -> float:
        config = replace(fixed, **{name: _suggested(trial, name) for name in free})
        torch.manual_seed(config.seed)
        tried = new_trial(dataset, split, config)
        with tracking(config, out / LOGS / f"{trial.number:04}", "", "") as tracker:

            def watch(done: Epoch) -> None:
                tracker.epoch(done)
                trial.report(done.validation, done.number - 1)
                if trial.should_prune():
                    raise optuna.TrialPruned

            network, course = tried.learn(None, watch)
        trial.set_user_attr("epochs", course.epochs)
        return tried.tune(network).score

    study.optimize(objective, n_trials=trials, timeout=60 * minutes, catch=(DivergedError,),
                   show_progress_bar=sys.stderr.isatty())
    return study


def _study(out: Path, seed: int) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(out / STUDY)))
    study = optuna.create_study(
        storage=storage, study_name=NAME, direction="maximize", load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(UNJUDGED, UNJUDGED))
    before = study.get_trials(deepcopy=False)
    # A sampler forgets: with the seed alone, a second run would try what the first one tried.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(before))
    for trial in before:
        if trial.state == optuna.trial.TrialState.RUNNING:  # of a run that was killed
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    return study


def _suggested(trial: optuna.Trial, name: str) -> Any:
    if name in RANGES:
        return trial.suggest_float(name, *RANGES[name], log=True)
    return trial.suggest_categorical(name, CHOICES[name])


def best(study: optuna.Study, fixed: TrainConfig) -> TrainConfig:
    """What to train with: the best trial's values, and the rest as it was fixed."""
    return replace(fixed, **study.best_params)


def told(study: optuna.Study) -> str:
    """The finished trials, best first, for a person."""
    done = [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]
    states = [trial.state.name.lower() for trial in study.get_trials(deepcopy=False)]
    lines = [f"{len(states)} trials: " + ", ".join(
        f"{states.count(state)} {state}" for state in sorted(set(states)))]
    for trial in sorted(done, key=lambda trial: -(trial.value or 0.0))[:10]:
        values = ", ".join(f"{name} {value:.4g}" for name, value in trial.params.items())
        lines.append(f"{trial.value:.4f}  {values}")
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; a hyperparameter that is given is not looked for."""
    parser = argparse.ArgumentParser(prog="python -m model.search", description=__doc__)
    parser.add_argument("--events", type=Path, required=True, help="folder of event-log objects")
    parser.add_argument("--catalog", type=Path, help="catalogue snapshot (optional)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the study")
    parser.add_argument("--minutes", type=float, required=True, help="wall time to spend")
    parser.add_argument("--trials", type=int, help="at most so many (optional)")
    parser.add_argument("--event-types", default="[]", help="declared event types, as JSON")
    parser.add_argument("--leave-one-out", action="store_true", help="split as papers do")
    add_hyperparameters(parser)
    return parser.parse_args(arguments)


def main() -> None:
    """Search, print the best trials, and write what to train with."""
    given = parse()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        fixed = TrainConfig.from_hyperparameters(given_hyperparameters(given))
        dataset = read(given.events, given.catalog, Vocabulary.from_json(given.event_types))
        split = cut(dataset, fixed, given.leave_one_out)
        free = [name for name in (*RANGES, *CHOICES) if getattr(given, name) is None]
        study = search(dataset, split, fixed, given.out, given.minutes, free, given.trials)
    except (ConfigError, DatasetError, VocabularyError) as error:
        sys.exit(f"cannot search: {error}")
    print(told(study))
    if any(trial.value is not None for trial in study.trials):
        found = best(study, fixed)
        (given.out / BEST).write_text(json.dumps(found.to_hyperparameters(), indent=1) + "\n")
        print(f"python -m model.train --config {given.out / BEST} trains with the best of them")


if __name__ == "__main__":
    main()
