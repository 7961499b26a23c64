"""What a filter costs a list, over a catalogue as large as the model's.

python -m bench.filtering [items]

A filter is searched once for each moment (five seconds under load), and kept: `first` is whoever
asks first, the others come after. What asks for the user's own deeds is asked item by item.
"""

import random
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import onnxruntime

from bench.clock import interleave, report
from bench.shop import item_ids, shop
from domain.ask import parse_ask
from domain.catalog import Item
from domain.features import Interaction, merge
from domain.key import item_key
from domain.listing import Listing, Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene, compose
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.trends import empty
from domain.vocabulary import Vocabulary

ROUNDS, EVENTS = 60, 50
NOW_MS = 1_800_000_000_000
WORDS = Vocabulary()
FILTERS = {
    "none": None,
    "half": "price < 50",
    "a tenth": "'c3' in categories",
    "one of 200": "price < 5 and 'c3' in categories",
    "not done": "not did('purchase')",
}


def main() -> None:
    """Kept filters beside none, and filters that nobody asked for before."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ids, fresh = item_ids(n_items), count()
    scene = compose(Recommender(shop(n_items), onnxruntime), "v", empty(NOW_MS), catalogue(ids),
                    NOW_MS)
    history = merge((), (Interaction(NOW_MS - n, item_key(one), 2)
                         for n, one in enumerate(random.Random(1).sample(ids, EVENTS))))
    acts: dict[str, Callable[[], Listing]] = {
        name: partial(ask, scene, history, text) for name, text in FILTERS.items()}
    first: dict[str, Callable[[], Listing]] = {
        "first: a number": lambda: ask(scene, history, f"price < {50 + next(fresh) / 1e6}"),
        "first: a label": lambda: ask(scene, history, f"'c{next(fresh)}' not in categories")}
    assert all(len(act().places) == 10 for act in (*acts.values(), *first.values()))
    measured = {**interleave(acts, ROUNDS), **interleave(first, ROUNDS // 6)}
    p50 = {name: values["p50_ms"] for name, values in measured.items()}
    report({"items": n_items,
            "ms": {name: {k: round(v, 2) for k, v in values.items()}
                   for name, values in measured.items()},
            "more_than_none_ms": {name: round(ms - p50["none"], 2) for name, ms in p50.items()}})


def catalogue(ids: list[str]) -> CatalogSnapshot:
    """Prices up to 100, two of twenty categories each."""
    chance = random.Random(3)
    return EMPTY.updated(Item(one, {
        "item_id": one, "price": chance.randrange(100),
        "categories": [f"c{n}" for n in chance.sample(range(20), 2)]}, 1) for one in ids)


def ask(scene: Scene, history: Any, text: str | None) -> Listing:
    """A list of ten."""
    body = {"k": 10, **({"filter": text} if text else {})}
    return recommend(scene, Question(history, WORDS, NOW_MS, parse_ask(body, WORDS)))


if __name__ == "__main__":
    main()
