"""The whole recommend handler, its store answered from memory, beside one read of the item table.

python -m bench.serving [items] [clustered]
"""

import contextlib
import io
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"  # as the template sets it; read at import

import numpy as np
import onnxruntime
from aws_lambda_powertools import Logger

from bench.clock import interleave
from bench.made import folder_of
from domain.artifact import TABLE
from domain.blend import Bias
from domain.budget import Budget, Budgets
from domain.catalog import Item
from domain.experiment import Experiment, Experiments, Variant
from domain.exploration import CANDIDATES, Pool
from domain.features import MAX_HISTORY, Interaction, UserState
from domain.key import item_key
from domain.packing import pack, unpack
from domain.rules import Rules
from domain.snapshot import EMPTY
from domain.trends import Trends, empty
from domain.vocabulary import Vocabulary
from functions.api import Front
from functions.desk import Desk
from functions.lists import metrics
from functions.recommend import respond
from functions.scorer import Loaded, open_model
from functions.users import StoredUser

ROUNDS = 300
USERS = 50
MOST_DESCRIBED = 10_000  # items; a million would take minutes to write down
FRONT = Front("*", tokens_required=False)
HISTORY = 60  # events per user
EXPLORED = Budgets({"recommendations": Budget()})
DUEL = Experiments((Experiment("duel", 0, (
    Variant("control", 0.5), Variant("rival", 0.5, {"graph": 5.0})), interleaves=True),))


class MemoryUsers:
    """States as the table holds them, packed; reading one unpacks it."""

    def __init__(self, n_items: int, users: int = USERS) -> None:
        chance, now_ms = random.Random(2), time.time_ns() // 1_000_000
        self.packed = {f"user-{u}": pack(UserState(history=tuple(
            Interaction(now_ms - (HISTORY - i) * 60_000,
                        item_key(f"item-{chance.randrange(n_items)}"), 2)
            for i in range(HISTORY)), counts={2: HISTORY})) for u in range(users)}

    def get(self, subject: str) -> StoredUser:
        """As `Users.get`."""
        return StoredUser(unpack(self.packed[subject]), 1)


class FixedModel:
    """A scorer whose pointer does not move."""

    is_loading = False
    rollout = candidate = None

    def __init__(self, folder: Path) -> None:
        self.loaded = Loaded("bench", 0, open_model(folder))

    def current(self, _: int) -> Loaded:
        """As `Scorer.current`."""
        return self.loaded


class Quiet:
    """Surroundings in which nothing happens."""

    trends: Trends = empty(0)

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.catalog = EMPTY.updated(items)

    def refresh(self, _: int, **__: bool) -> bool:
        """As `Surroundings.refresh`."""
        return False


def newcomers() -> list[Item]:
    """Items that no model knows."""
    return [Item(f"new {n}", {"item_id": f"new {n}", "price": n}, n) for n in range(CANDIDATES)]


def described(n_items: int) -> list[Item]:
    """The first items of a shop, with the facts that a shop has."""
    return [Item(f"item-{n}", {"item_id": f"item-{n}", "title": f"The title of {n}", "price": 9.99,
                               "categories": ["Drama", "Sci-Fi"], "tags": ["classic", "1997"],
                               "description": "What a page says of it. " * 8, "attributes": {
                                   "margin": 0.25, "brand": "Acme", "on_sale": True}}, 0)
            for n in range(n_items)]


def desk_of(
    model: FixedModel, users: MemoryUsers, around: Quiet | None = None, **more: Any
) -> Desk:
    """A desk in memory. around: what happens, None = nothing.   more: as `Desk` takes it."""
    words = Vocabulary()
    return Desk(users, model, around or Quiet(), words,  # type: ignore[arg-type]
                Rules((), words), Logger(), Counter(), **more)


def main() -> None:
    """p50 and p99 of one request, and of the parts it is made of."""
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    clustered = sys.argv[2:] == ["clustered"]
    assert HISTORY <= MAX_HISTORY
    folder = folder_of(n_items, clustered)  # made by bench.shop, in a process of its own
    logging.disable(logging.CRITICAL)
    model = FixedModel(folder)
    states = MemoryUsers(n_items)
    desk, drafting = desk_of(model, states), desk_of(model, states, experiments=DUEL)
    known = desk_of(model, states, Quiet(described(min(n_items, MOST_DESCRIBED))))
    there = desk_of(model, states, Quiet(newcomers()))
    exploring = desk_of(model, states, Quiet(newcomers()), budgets=EXPLORED)
    newest = there.scene(0).catalog.latest(CANDIDATES)
    users = cycle(f"user-{number}" for number in range(USERS))
    recommender = model.loaded.recommender
    table = np.fromfile(folder / TABLE, np.int8, recommender.card.rows * recommender.card.width)
    copy = np.empty_like(table)
    window = recommender.window(desk.state("user-0").history, desk.vocabulary, 2**42)
    base = desk.scene(0).base
    assert base is not None
    assert len(window.rows) == recommender.card.window
    ranked = recommender.rank(window, base, 10 + HISTORY)
    user = ranked.user * np.float32(recommender.card.blend.encoder)
    bias = Bias(base.table, np.zeros(0, np.int64), np.zeros(0, np.float32))
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of every call
        measured = interleave({
            "read_table": lambda: table.max(),
            "copy_table": lambda: np.copyto(copy, table),
            "encode": lambda: recommender.runtime.encode([window]),
            "score_and_top_k": lambda: recommender.runtime.score(user, bias, 10 + HISTORY),
            "explain": lambda: recommender.influence(window, ranked),
            "handler": lambda: ask(next(users), desk),
            "handler_with_facts": lambda: ask(next(users), known),
            "handler_interleaving": lambda: ask(next(users), drafting),
            "handler_with_newcomers": lambda: ask(next(users), there),
            "handler_exploring": lambda: ask(next(users), exploring),
            "make_pool": lambda: Pool.of(Quiet.trends, newest),
        }, ROUNDS)
    print(json.dumps({
        "items": n_items, "clustered": clustered,
        "ms": {name: {k: round(v, 3) for k, v in values.items()}
               for name, values in measured.items()},
        **_compared({name: values["p50_ms"] for name, values in measured.items()}),
        **_held(sys.argv[1:]),
        "onnxruntime": onnxruntime.__version__,
    }))


def _compared(p50: Mapping[str, float]) -> dict[str, float]:
    return {
        "handler_ms": round(p50["handler"], 2),
        "handler_over_read": round(p50["handler"] / p50["read_table"], 2),
        "handler_over_copy": round(p50["handler"] / p50["copy_table"], 2),
        "interleaving_over_not": round(p50["handler_interleaving"] / p50["handler"], 2),
        "exploring_over_not": round(
            p50["handler_exploring"] / p50["handler_with_newcomers"], 2),
        "score_over_read": round(p50["score_and_top_k"] / p50["read_table"], 2),
        "score_over_copy": round(p50["score_and_top_k"] / p50["copy_table"], 2),
    }


def _held(of: Sequence[str]) -> dict[str, float]:
    """What one copy holds, measured where the copies made here are not."""
    ran = subprocess.run([sys.executable, "-m", "bench.held", *of], stdout=subprocess.PIPE,
                         text=True, check=True)
    found = json.loads(ran.stdout.splitlines()[-1])
    return {"peak_mb": found["held_mb"], "with_files_mb": found["with_files_mb"],
            "peak_over_table": found["peak_over_table"]}


def ask(user_id: str, desk: Desk) -> dict[str, Any]:
    """One call for a list of ten, as API Gateway makes it."""
    event = {"httpMethod": "GET", "resource": "/users/{user_id}/recommendations",
             "pathParameters": {"user_id": user_id}, "queryStringParameters": {"k": "10"},
             "requestContext": {"requestTimeEpoch": 0}}
    handler = metrics.log_metrics(lambda event, _: respond(event, desk, FRONT))
    answered: dict[str, Any] = handler(event, None)
    assert answered["statusCode"] == 200
    assert len(json.loads(answered["body"])["items"]) == 10
    return answered


if __name__ == "__main__":
    main()
