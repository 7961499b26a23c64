"""Features + shelf -> recommendation: the list for a user, items like an item, what is trending.

Serving never fails for lack of something: what cannot be read is done without, and the answer
says from which source it is. Only a wrong request gets a 4xx.
"""

import time
import uuid
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

import numpy as np
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.defence import Defence
from domain.features import with_recent
from domain.key import item_key
from domain.listing import Listing, Question, recommend, similar, trending_list
from domain.parameters import EXCLUDE_SEEN, RECENT, WINDOW, WITHHELD_OF, K
from domain.ranking import SOURCES
from domain.scene import Scene
from domain.vocabulary import Vocabulary
from functions.api import Event, Front, Request, Response, answer
from functions.aws import PROMPT
from functions.desk import Desk
from functions.items import Items
from functions.pages import Pages
from functions.registry import Registry
from functions.scorer import Scorer
from functions.settings import Recommend
from functions.shelf import Shelf
from functions.surroundings import LiveCatalog, LiveTrends, Surroundings
from functions.users import Users

RECENT_TYPE = "click"  # what `recent` items count as until their events arrive

logger = Logger(service="recommend")
metrics = Metrics(service="recommend")


class Adapters(NamedTuple):
    """What the handler touches."""

    desk: Desk
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = Recommend.from_env(environ)
    shelf = Shelf(settings.bucket_name, config=PROMPT)
    around = Surroundings(
        LiveTrends(shelf, Pages(settings.pages_table, config=PROMPT),
                   Defence.from_json(settings.defence)),
        LiveCatalog(shelf, Items(settings.items_table, config=PROMPT)), logger)
    scorer = Scorer(shelf, Registry(settings.models_table, config=PROMPT))
    desk = Desk(Users(settings.users_table, config=PROMPT), scorer, around,
                Vocabulary.from_json(settings.event_types), logger)
    return Adapters(desk, Front.of(settings))


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, *adapters())


def respond(event: Event, desk: Desk, front: Front) -> Response:
    """Answer one API call with what is at hand."""
    answered = answer(event, {
        "GET /users/{user_id}/recommendations": partial(get_recommendations, desk),
        "GET /items/{item_id}/similar": partial(get_similar, desk),
        "GET /trending": partial(get_trending, desk),
        "GET /trending/withheld": partial(get_withheld, desk),
        "GET /health": partial(get_health, desk),
    }, front, logger)
    # A refused call counts as none; without any metric powertools warns.
    metrics.add_metric(metric.RECOMMENDATIONS, MetricUnit.Count, 0)
    if (age_h := desk.model_age_h(_now_ms())) is not None:
        metrics.add_metric(metric.MODEL_AGE_H, MetricUnit.NoUnit, age_h)
    return answered


def get_recommendations(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the list for one user, as of this moment."""
    now_ms, subject, recent = _now_ms(), request.user_id(), request.asked(RECENT)
    k, exclude_seen = request.asked(K), request.asked(EXCLUDE_SEEN)
    state = desk.state(subject)
    if recent:
        state = with_recent(state, recent, desk.vocabulary.by_name[RECENT_TYPE].code, now_ms)
    scene = desk.scene(now_ms)
    asked = Question(state.history, desk.vocabulary, k, now_ms, exclude_seen)
    return 200, {"user_id": subject, **_body(scene, recommend(scene, asked), "personal")}


def get_similar(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with items like one item; an item nobody knows gets what is trending."""
    item_id, k = request.item_id(), request.asked(K)
    scene = desk.scene(_now_ms())
    found = similar(scene, item_key(item_id), k)
    return 200, {"item_id": item_id, **_body(scene, found, "similar")}


def get_trending(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what everybody does, as the chosen half-life weighs it."""
    window, k = request.asked(WINDOW), request.asked(K)
    scene = desk.scene(_now_ms())
    return 200, {"window": window, **_body(scene, trending_list(scene, window, k), "trending")}


def get_withheld(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what did not count for an item, or for those where it is most, and by which limit.

    item_id: None, when neither catalogue nor model knows the item.
    """
    k, asked = request.asked(K), request.asked(WITHHELD_OF)
    scene = desk.scene(_now_ms())
    keys = scene.trends.most_withheld(k) if asked is None else [item_key(asked)]
    weights = scene.trends.counts_for(np.array(keys, np.uint64), "24h")
    return 200, {"window": "24h", "items": [
        {"item_id": asked or scene.name(key), "counted": round(float(weight), 2),
         "withheld": {reason: round(strength, 2)
                      for reason, strength in scene.trends.withheld_of(key).items()}}
        for key, weight in zip(keys, weights, strict=True)]}


def get_health(desk: Desk, _: Request) -> tuple[int, dict[str, Any]]:
    """200 with what serves now. model_age_h: hours since it was promoted."""
    now_ms = _now_ms()
    scene, age_h = desk.scene(now_ms), desk.model_age_h(now_ms)
    return 200, {"status": "ok", "model": scene.version,
                 "model_age_h": None if age_h is None else round(age_h, 2),
                 "catalogue": len(scene.catalog), "trending_items": len(scene.trends.keys)}


def _body(scene: Scene, listing: Listing, wanted: str) -> dict[str, Any]:
    """The answer's list. wanted: the source this route is about; any other is a fallback."""
    metrics.add_metric(metric.RECOMMENDATIONS, MetricUnit.Count, 1)
    metrics.add_metric(metric.FALLBACKS, MetricUnit.Count, listing.source != wanted)
    metrics.add_metric(metric.EMPTY_LISTS, MetricUnit.Count, not listing.places)
    items = [{"item_id": place.item_id, "rank": place.rank, "score": round(place.score, 4),
              "reasons": place.reasons, "title": place.facts.get("title")}
             for place in listing.places]
    return {"recommendation_id": uuid.uuid4().hex, "source": listing.source,
            "why": SOURCES[listing.source], "model": scene.version, "items": items}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
