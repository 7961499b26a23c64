"""Films that arrive after training, on MovieLens 100K: found by labels alone, and at what cost.

python -m bench.newcomers [share of films] [epochs in which labels are learned before]

Those films are taken out of log and catalogue before training, and put into the catalogue after
it, nobody having touched them. Asked are the held-out cases: whose next film is one of them, and
whose is not.
"""

import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.clock import report
from bench.logged import DOWNLOADS, WORDS, catalogue, written
from bench.trained import CONFIG, split_of, trained
from domain.key import item_key
from domain.newcomers import Newcomers
from domain.recommender import Recommender
from local import movielens
from local.collection import Collection
from model.dataset import read
from model.evaluate import seen_rows
from model.split import Case, sample
from model.trial import TEST_CASES

DEPTHS = (10, 50)


def main() -> None:
    """Train without them, rank with and without them."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    before = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    whole = movielens.load(DOWNLOADS)
    ids = sorted(facts["item_id"] for facts in whole.items)
    late = frozenset(random.Random(7).sample(ids, round(share * len(ids))))
    with tempfile.TemporaryDirectory() as scratch:
        model = trained(Path(scratch), _without(whole, late),
                        replace(CONFIG, pretrain_epochs=before)).model
        dataset = read(written(Path(scratch) / "all", whole), None, WORDS)
        cases = sample(split_of(dataset).test, TEST_CASES, CONFIG.seed)
        assert model.content is not None
        after = catalogue(whole, dict.fromkeys(late, 1))
        wider = model.beside(Newcomers.of(model.content, model.index, after))
        report({"films": len(ids), "late": len(late),
                "without": measured(model, cases, late), "beside": measured(wider, cases, late),
                "hr@10_of_late_alone": alone(wider, cases),
                "hr@10_of_late_alone_by_chance": round(10 / len(late), 4)})


def measured(model: Recommender, cases: Sequence[Case], late: frozenset[str]) -> dict[str, float]:
    """Shares of cases whose film is among the first, and of places that late films take."""
    keys, base = {item_key(one) for one in late}, model.unmoved()
    ranks = {True: list[int](), False: list[int]()}
    places = 0
    for case in cases:
        window = model.window(case.history, WORDS, case.target.at_ms)
        if not len(window.rows):
            continue
        seen = set(seen_rows(case, model.index).tolist())
        rows = model.rank(window, base, max(DEPTHS) + len(seen)).rows.tolist()
        shown = [model.key(row) for row in rows if row not in seen][:max(DEPTHS)]
        places += sum(key in keys for key in shown[:10])
        rank = shown.index(case.target.item) if case.target.item in shown else len(model.keys)
        ranks[case.target.item in keys].append(rank)
    asked = sum(map(len, ranks.values()))
    return {"cases_late": len(ranks[True]), "cases_known": len(ranks[False]),
            **{f"hr@{k}_{who}": round(float(np.mean(np.array(ranks[of]) < k)), 4)
               for k in DEPTHS for who, of in (("late", True), ("known", False))},
            "late_share_of_places": round(places / (10 * asked), 4)}


def alone(wider: Recommender, cases: Sequence[Case]) -> float:
    """Where only late films may be shown, as on a shelf of what is new: is the true one there?"""
    keys = set(wider.newcomers.keys.tolist())
    base = wider.unmoved().hiding(np.ones(len(wider.index), np.bool_),
                                  np.zeros(len(keys), np.bool_))
    found = [case.target.item in [wider.key(row) for row in wider.rank(window, base, 10).rows]
             for case in cases if case.target.item in keys
             and len((window := wider.window(case.history, WORDS, case.target.at_ms)).rows)]
    return round(float(np.mean(found)), 4)


def _without(whole: Collection, late: frozenset[str]) -> Collection:
    return replace(whole, items=[f for f in whole.items if f["item_id"] not in late], events={
        user: kept for user, events in whole.events.items()
        if (kept := [event for event in events if event["item_id"] not in late])})


if __name__ == "__main__":
    main()
