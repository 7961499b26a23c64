"""The second stage beside the blend: the order, the chances it tells, and what it takes.

python -m bench.second_stage quality complete-journey|ml-100k   every ranker over one first stage
python -m bench.second_stage served complete-journey|ml-100k    a whole training, as it is served
python -m bench.second_stage speed                              a request's CPU time

Purchases (or ratings) that come next, of items the user never had, among the whole catalogue. What
is tuned is tuned on validation; the test is read once for each row. Complete Journey needs pyarrow,
see `bench/groceries.py`, and is cut to every fourth household.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from bench.clock import interleave, report
from bench.logged import DOWNLOADS, laid
from bench.reranked import reranked
from bench.shop import item_ids, shop
from domain.asker import Asker
from domain.features import Interaction
from domain.filter import EVERYTHING
from domain.key import item_key
from domain.recommender import Recommender
from domain.scene import compose
from domain.snapshot import EMPTY
from domain.sources import personal
from domain.trends import empty
from domain.vocabulary import Vocabulary
from local import movielens
from model import evaluate
from model.config import CHOICES, TrainConfig
from model.dataset import read
from model.evaluate import K
from model.learner import Network
from model.run import Run
from model.second_stage import Second, both_stages, second_stage, shortlister
from model.split import Case, cut, sample
from model.train import train
from model.trial import TEST_CASES, Trial, new_trial
from model.tune import Tuned

JOURNEY = "complete-journey"
CONFIGS = {JOURNEY: TrainConfig(epochs=6), "ml-100k": TrainConfig()}
RANKERS = [name for name in CHOICES["ranker"] if name != "none"]
ITEMS, EVENTS, SHOWN, ROUNDS = 10_000, 50, 60, 100


def main() -> None:
    """One of the three."""
    what, *names = sys.argv[1:]
    if what == "speed":
        report(speed())
    elif what == "quality":
        report(quality(names[0]))
    elif what == "served":
        report(served(names[0]))
    else:
        sys.exit(f"{what} is none of quality, served, speed")


def quality(name: str) -> dict[str, Any]:
    """One first stage, in full precision, and each ranker over it."""
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog, words = _laid_out(name, Path(scratch))
        dataset = read(events, catalog, words)
    config, began = CONFIGS[name], time.process_time()
    torch.manual_seed(config.seed)
    trial = new_trial(dataset, cut(dataset, config), config)
    network, _ = trial.learn(None)
    tuned = trial.tune(network)
    found: dict[str, Any] = {"first_stage_cpu_minutes": _minutes_since(began), "tuned": str(tuned)}
    cases = sample(trial.split.test, TEST_CASES, config.seed)
    for who, scorer in trial.scorers(network, tuned, trial.split.before_test).items():
        found[who] = evaluate.measure(evaluate.dense(scorer, trial.index), cases, trial.index)
    for ranker in RANKERS:
        began = time.process_time()
        tried = replace(trial, config=replace(config, ranker=ranker))
        second = second_stage(tried, network, tuned)
        assert second is not None, "there is too little to learn from"
        found[ranker] = {**second.report, "cpu_minutes": _minutes_since(began),
                         "test": _tested(tried, network, tuned, second, cases)}
        print(ranker, found[ranker], flush=True)
    return found


def served(name: str) -> dict[str, Any]:
    """A training with `dcn`, and its card."""
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog, words = _laid_out(name, Path(scratch))
        began = time.process_time()
        config = replace(CONFIGS[name], ranker="dcn")
        card = train(Run(events, Path(scratch) / "model", config, words, catalog))
    return {"metrics": card.metrics, "second_stage": card.config.get("second_stage"),
            "seconds": card.seconds, "cpu_minutes": _minutes_since(began)}


def speed() -> dict[str, Any]:
    """CPU milliseconds of the candidates of one list, without and with a second stage."""
    history = [Interaction(n * 60_000, item_key(item_id), 2)
               for n, item_id in enumerate(item_ids(ITEMS)[:EVENTS])]
    asker = Asker(history, Vocabulary(), 3_600_000)
    folders = {"none": shop(ITEMS), **{ranker: reranked(ITEMS, ranker) for ranker in RANKERS}}
    acts = {}
    for ranker, folder in folders.items():
        scene = compose(Recommender(folder, onnxruntime), "v", empty(0), EMPTY, 3_600_000)
        acts[ranker] = lambda scene=scene: list(
            islice(personal(scene, asker, EVERYTHING, SHOWN), SHOWN))
    return {"items": ITEMS, "events": EVENTS, **interleave(acts, ROUNDS)}


def _tested(
    trial: Trial, network: Network, tuned: Tuned, second: Second, cases: Sequence[Case]
) -> dict[str, float]:
    """ndcg@10 and hr@10 of both stages and of the first alone, with the counts of then."""
    maker = shortlister(trial, network, tuned, trial.split.before_test)
    worth = {"blend, live": [], "both": []}  # type: dict[str, list[float]]
    for case, (rows, first, both) in zip(
            cases, both_stages(trial, maker, second.net, cases), strict=True):
        truth = trial.index.row(case.target.item)
        for who, values in (("blend, live", first), ("both", both)):
            best = rows[np.argsort(-values, kind="stable")][:K].tolist()
            worth[who].append(1 / np.log2(best.index(truth) + 2) if truth in best else 0.0)
    lead = np.array(worth["both"]) - np.array(worth["blend, live"])
    return {**{f"{who} ndcg@10": float(np.mean(gains)) for who, gains in worth.items()},
            **{f"{who} hr@10": float(np.mean(np.array(gains) > 0)) for who, gains in worth.items()},
            "standard error of the lead": float(lead.std() / len(lead)**0.5)}


def _laid_out(name: str, scratch: Path) -> tuple[Path, Path, Vocabulary]:
    """A data set as a log and a catalogue, and its words."""
    if name == JOURNEY:
        from bench import groceries  # its parser is not installed everywhere
        collection, words = groceries.load(DOWNLOADS), groceries.WORDS
    else:
        collection, words = movielens.load(DOWNLOADS), Vocabulary()
    return *laid(scratch, collection, words), words


def _minutes_since(began: float) -> float:
    return round((time.process_time() - began) / 60, 1)


if __name__ == "__main__":
    main()
