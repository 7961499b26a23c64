"""Features + shelf -> recommendation: the list for a user, items like an item, what is trending.

Serving never fails for lack of something: what cannot be read is done without, and the answer
says from which source it is. Only a wrong request gets a 4xx.
"""

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

import numpy as np
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric, probe
from domain.defence import Defence
from domain.event import check_item_id
from domain.features import with_recent
from domain.key import item_key
from domain.listing import Listing, Question, recommend, similar, trending_list
from domain.ranking import MAX_K, SOURCES
from domain.scene import Scene
from domain.trends import HALF_LIVES_MS
from domain.vocabulary import Vocabulary
from functions.api import ApiError, Event, Front, Request, Response, answer, approve
from functions.aws import BRIEF, credentials, dynamodb, s3
from functions.desk import Desk
from functions.items import Items
from functions.pages import Pages
from functions.registry import Registry
from functions.scorer import Scorer
from functions.settings import Recommend
from functions.shelf import Shelf
from functions.surroundings import LiveCatalog, LiveTrends, Surroundings
from functions.users import Users
from functions.warm import at_start
from functions.wire import Wire

DEFAULT_K = 10
MAX_RECENT = 50  # events a client may hold back
RECENT_TYPE = "click"  # what `recent` items count as until their events arrive

logger = Logger(service="recommend")
metrics = Metrics(service="recommend")


class Adapters(NamedTuple):
    """What the handler touches. hang_up: ends every connection; the next call opens another."""

    desk: Desk
    front: Front
    hang_up: Callable[[], None]


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    return open_adapters(Recommend.from_env(environ))


def open_adapters(settings: Recommend, clock: Callable[[], float] = time.monotonic) -> Adapters:
    """All that a list is made of, not read yet. clock: of how long callers wait, in seconds."""
    troubles, client, bucket = Counter[str](), dynamodb(BRIEF), s3(BRIEF)
    wire = Wire(client, credentials())
    rows: Any = wire  # of the client's calls it knows the one that is made of it
    shelf = Shelf(settings.bucket_name, bucket)
    around = Surroundings(
        LiveTrends(shelf, Pages(settings.pages_table, client), Defence.from_json(settings.defence)),
        LiveCatalog(shelf, Items(settings.items_table, client)), logger, troubles, clock)
    desk = Desk(Users(settings.users_table, rows),
                Scorer(shelf, Registry(settings.models_table, rows)), around,
                Vocabulary.from_json(settings.event_types), logger, troubles, clock)

    def hang_up() -> None:
        for link in (wire, client, bucket):
            link.close()

    return Adapters(desk, Front.of(settings), hang_up)


def prime() -> None:
    """Make a first list, for nobody, so that whoever asks first waits as whoever asks second."""
    desk, now_ms = adapters().desk, _now_ms()
    scene, state = desk.scene(now_ms), desk.state(probe.USER)
    if scene.model is not None:
        code = desk.vocabulary.by_name[RECENT_TYPE].code
        state = with_recent(state, list(scene.model.items.ids[:1]), code, now_ms)
    asked = Question(state.history, desk.vocabulary, DEFAULT_K, now_ms)
    json.dumps(_body(scene, recommend(scene, asked), "personal"))
    metrics.clear_metrics()  # nobody asked


def wake() -> None:
    """What a copy restored from a snapshot must not share with others, nor take for new.

    Ids of lists need nothing: uuid4 asks the kernel. source: AWS, "Handling uniqueness with Lambda
    SnapStart"; Python, "uuid".
    """
    adapters().hang_up()
    adapters().desk.wake()
    random.seed()


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    desk, front, _hang_up = adapters()
    return respond(event, desk, front)


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
    for name in (metric.STATES_UNREAD, metric.LOOKS_FAILED):
        if times := desk.troubles.pop(name, 0):
            metrics.add_metric(name, MetricUnit.Count, times)
    return answered


def get_recommendations(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the list for one user, as of this moment."""
    now_ms, subject, recent = _now_ms(), request.user_id(), _recent(request)
    k = request.whole("k", DEFAULT_K, MAX_K)
    exclude_seen = request.flag("exclude_seen", default=True)
    state = desk.state(subject)
    if recent:
        state = with_recent(state, recent, desk.vocabulary.by_name[RECENT_TYPE].code, now_ms)
    scene = desk.scene(now_ms)
    asked = Question(state.history, desk.vocabulary, k, now_ms, exclude_seen)
    return 200, {"user_id": subject, **_body(scene, recommend(scene, asked), "personal")}


def get_similar(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with items like one item; an item nobody knows gets what is trending."""
    item_id, k = request.item_id(), request.whole("k", DEFAULT_K, MAX_K)
    scene = desk.scene(_now_ms())
    found = similar(scene, item_key(item_id), k)
    return 200, {"item_id": item_id, **_body(scene, found, "similar")}


def get_trending(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what everybody does, as the chosen half-life weighs it."""
    window, k = request.query("window") or "24h", request.whole("k", DEFAULT_K, MAX_K)
    if window not in HALF_LIVES_MS:
        known = ", ".join(HALF_LIVES_MS)
        raise ApiError(400, "invalid", f"window must be one of {known}", "window")
    scene = desk.scene(_now_ms())
    return 200, {"window": window, **_body(scene, trending_list(scene, window, k), "trending")}


def get_withheld(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what did not count for an item, or for those where it is most, and by which limit.

    item_id: None, when neither catalogue nor model knows the item.
    """
    k, asked = request.whole("k", DEFAULT_K, MAX_K), request.query("item_id")
    if asked is not None:
        approve(check_item_id, asked, "item_id")
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


def _recent(request: Request) -> list[str]:
    item_ids = request.queries("recent")
    if len(item_ids) > MAX_RECENT:
        raise ApiError(400, "invalid", f"recent may name at most {MAX_RECENT} items", "recent")
    for item_id in item_ids:
        approve(check_item_id, item_id, "recent")
    return item_ids


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


# At import alone may a function say what is to be done before its first call.
at_start(environ, prime, wake)
