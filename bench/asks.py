"""Requests made up by the million, over made-up moments: does any list break what was asked for?

python -m bench.asks [askers] [first seed] [processes]

An asker asks for a list and for the page after it; where lists explore, once more without that to
compare. All of these are counted as requests. A third of the models have a second stage. The lists
are held against `bench.oracle`, which runs filters as Python.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from multiprocessing import Pool
from typing import Any

import onnxruntime
from tqdm import tqdm

from bench.clock import report
from bench.oracle import faults, losses
from bench.reranked import reranked
from bench.shop import item_ids, shop
from domain.ask import parse_ask
from domain.budget import Budget
from domain.catalog import Item
from domain.exploration import CANDIDATES, SOURCE
from domain.exploration import Pool as Explored
from domain.exploring import Exploring
from domain.expression import MAX_CHARS
from domain.features import Interaction, merge
from domain.key import item_key
from domain.listing import Listing, Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene, compose
from domain.snapshot import EMPTY
from domain.trends import empty
from domain.vocabulary import Vocabulary

ITEMS = (40, 100, 300)  # of a model; some of the catalogue are newer
PER_SCENE = 200  # requests
NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
RANKERS = ("", "", "dcn")  # a third is judged once more
LABELS, COLOURS = ["a", "b", "c", "d'", "é"], ["red", "blue", "1"]


@dataclass(frozen=True)
class Moment:
    """A scene, and its catalogue as it was told: id -> facts, updated_ms."""

    scene: Scene
    catalogue: dict[str, tuple[dict[str, Any], int]]
    pool: Explored


def moment(chance: random.Random, model: Recommender | None, ids: list[str]) -> Moment:
    """Facts for all of these items, with gaps in them."""
    items = [Item(one, _facts(chance, one), NOW_MS - chance.randrange(30 * DAY_MS)) for one in ids]
    scene = compose(model, "v", empty(NOW_MS), EMPTY.updated(items), NOW_MS)
    return Moment(scene, {item.item_id: (item.facts, item.updated_ms) for item in items},
                  Explored.of(scene.trends, scene.catalog.latest(CANDIDATES)))


def body(chance: random.Random, ids: list[str]) -> dict[str, Any]:
    """A request with some of everything that may be asked for."""
    makers: dict[str, Callable[[], Any]] = {
        "k": lambda: chance.choice([1, 3, 10, 40]),
        "filter": lambda: filter_text(chance, ids),
        "exclude": lambda: chance.sample(ids, 5),
        "exclude_seen": lambda: chance.choice(
            [False, {"types": ["purchase"]}, {"types": ["view", "click"], "within_h": 24.0}]),
        "exclude_shown": lambda: {"times": chance.randint(1, 2), "within_h": 48.0},
        "boosts": lambda: [{"filter": filter_text(chance, ids), "by": chance.uniform(-2, 2)}
                           for _ in range(chance.randint(1, 2))],
        "pins": lambda: [{"item_id": one, "position": chance.randint(1, 12)}
                         for one in chance.sample(ids, chance.randint(1, 3))],
        "quotas": lambda: [_quota(chance, ids) for _ in range(chance.randint(1, 2))],
        "weights": lambda: {"relevance": 1.0, chance.choice(
            ["novelty", "price", "attributes.margin"]): chance.uniform(-1, 1)},
        "diversity": lambda: chance.random(),
        "objectives": lambda: {name: chance.uniform(-1, 2)
                               for name in chance.sample(Vocabulary().outcomes, 2)},
        "recent": lambda: chance.sample(ids, 2),
    }
    asked = {name: make() for name, make in makers.items() if chance.random() < 0.25}
    return {**asked, "context": {"device": chance.choice(["phone", "desk"])}}


def filter_text(chance: random.Random, ids: list[str]) -> str:
    """A filter that says something, and is not too long to be said."""
    while len(text := _filter_text(chance, ids)) > MAX_CHARS:
        pass
    return text


def _filter_text(chance: random.Random, ids: list[str], depth: int = 2) -> str:
    if depth and chance.random() < 0.5:
        joint = chance.choice([" and ", " or "])
        parts = [_filter_text(chance, ids, depth - 1) for _ in range(chance.randint(1, 3))]
        return f"{chance.choice(['', 'not '])}({joint.join(parts)})"
    price = chance.randrange(100)
    return chance.choice([
        f"price {chance.choice(['<', '<=', '>', '>=', '==', '!='])} {price}",
        f"{price} <= price < {price + 30}",
        f"{chance.choice(LABELS)!r} {chance.choice(['in', 'not in'])} "
        f"{chance.choice(['categories', 'tags'])}",
        f"attributes.colour {chance.choice(['==', '!='])} {chance.choice(COLOURS)!r}",
        f"attributes.colour in [{chance.choice(COLOURS)!r}, {price}]",
        f"attributes.margin > {chance.random():.3f}", "attributes.sale", "available",
        f"item_id in {chance.sample(ids, 30)!r}", f"updated_days < {chance.randrange(30)}",
        'context.device == "phone"', "context.place",
        f"did({chance.choice(['', repr('view'), repr('purchase') + ', days=2'])})",
    ])


def _facts(chance: random.Random, item_id: str) -> dict[str, Any]:
    makers: dict[str, Callable[[], Any]] = {
        "price": lambda: chance.choice([chance.randrange(100), chance.uniform(0, 100)]),
        "categories": lambda: chance.sample(LABELS, chance.randint(0, 3)),
        "tags": lambda: chance.sample(LABELS, 1),
        "available": lambda: chance.random() < 0.8,
        "attributes": lambda: {
            "colour": chance.choice([*COLOURS, price_like(chance), True]),
            "margin": chance.random(), "sale": chance.choice([True, False, "yes", 1])},
    }
    return {"item_id": item_id, **{name: make() for name, make in makers.items()
                                   if chance.random() < 0.7}}


def price_like(chance: random.Random) -> int:
    """A number where others have texts."""
    return chance.randrange(100)


def _quota(chance: random.Random, ids: list[str]) -> dict[str, Any]:
    quota: dict[str, Any] = {"filter": filter_text(chance, ids), "at_most": chance.randint(0, 4)}
    if chance.random() < 0.5:
        quota["at_least"] = chance.randint(1, 4)
        quota["at_most"] = max(quota["at_most"], quota["at_least"])
    if chance.random() < 0.5:
        quota["first"] = chance.randint(1, 8)
    return quota


def history_of(chance: random.Random, ids: list[str]) -> tuple[Interaction, ...]:
    """What somebody did lately."""
    return merge((), (Interaction(NOW_MS - chance.randrange(5 * DAY_MS), item_key(one),
                                  chance.choice([1, 2, 4, 7, 8, 8]))
                      for one in chance.choices(ids, k=chance.choice([0, 5, 30]))))


def broken(chance: random.Random, at: Moment, ids: list[str]) -> tuple[int, list[str]]:
    """How many lists an asker got, and what is wrong with them."""
    said, history = body(chance, ids), history_of(chance, ids)
    passed, found, lists = list[str](), list[str](), 0
    budget = Budget(chance.choice([0.0, 0.0, 0.3, 0.5]), chance.randint(1, 4))
    for _ in range(2):
        exploring = Exploring(at.pool, budget, f"list-{chance.random()}") if budget.share else None
        listing = _ask(at, said, history, exploring)
        found += astray(at, said, history, exploring, listing) if exploring else []
        lists += 2 if exploring else 1
        shown = [place.item_id for place in listing.places]
        found += faults(said, shown, at.catalogue, history, passed, NOW_MS)
        found += [f"parts of {place.item_id} do not sum" for place in listing.places
                  if abs(sum(part.score for part in place.parts) - place.score)
                  > 1e-3 * max(1.0, abs(place.score))]
        passed += shown
        if listing.cursor is None:
            break
        said = {**said, "cursor": listing.cursor}
    return lists, [f"{fault}: {said}" for fault in found]


def astray(
    at: Moment, said: Mapping[str, Any], history: tuple[Interaction, ...], exploring: Exploring,
    listing: Listing,
) -> list[str]:
    """What exploring broke that holds without it, and odds that are none."""
    plain = [place.item_id for place in _ask(at, said, history).places]
    shown = [place.item_id for place in listing.places]
    odds = [place.propensity or 0.0 for place in listing.places if place.parts[0].signal == SOURCE]
    found = losses(said, plain, shown, at.catalogue, history, NOW_MS)
    if len(odds) > exploring.budget.places(len(shown)):
        found.append("more is explored than there is a budget for")
    if not all(0 < chance <= 1 for chance in odds):
        found.append("odds are none")
    if odds and abs(sum(listing.offered.values()) - len(odds)) > 1e-4:
        found.append("odds do not sum to what is explored")
    return found


def _ask(
    at: Moment, said: Mapping[str, Any], history: tuple[Interaction, ...],
    exploring: Exploring | None = None,
) -> Listing:
    words = Vocabulary()
    return recommend(at.scene, Question(history, words, NOW_MS, parse_ask(dict(said), words),
                                        exploring))


def _play(seed: int) -> tuple[int, list[str]]:
    chance = random.Random(seed)
    items = chance.choice(ITEMS)
    ids = item_ids(items) + [f"new-{n}" for n in range(20)]
    model = _model(chance, items) if chance.random() < 0.9 else None
    at = moment(chance, model, ids)
    asked = [broken(chance, at, ids) for _ in range(PER_SCENE)]
    return sum(lists for lists, _ in asked), [
        f"seed {seed}: {fault}" for _, faults_of in asked for fault in faults_of]


def _model(chance: random.Random, items: int) -> Recommender:
    ranker = chance.choice(RANKERS)
    return Recommender(reranked(items, ranker) if ranker else shop(items), onnxruntime)


def main() -> None:
    """Count what is broken."""
    usual = ["20000", "0", str(os.cpu_count())]
    askers, first, processes = map(int, sys.argv[1:] + usual[len(sys.argv) - 1:])
    for items, ranker in product(ITEMS, filter(None, RANKERS)):
        reranked(items, ranker)
    seeds, began_s = range(first, first + askers // PER_SCENE), time.monotonic()
    found, requests = list[str](), 0
    with Pool(processes) as pool:
        for lists, faulty in tqdm(pool.imap_unordered(_play, seeds), total=len(seeds)):
            found += faulty
            requests += lists
    print(*found[:20], sep="\n")
    report({"askers": len(seeds) * PER_SCENE, "requests": requests, "broken": len(found),
            "seconds": round(time.monotonic() - began_s)})


if __name__ == "__main__":
    main()
