"""Features + shelf -> recommendation: the list for a user, items like an item, what is trending.

Serving never fails for lack of something: what cannot be read is done without, and the answer
says from which source it is. Only a wrong request gets a 4xx.
"""

import gc

gc.disable()  # what is imported is no garbage: a start looks for it for 10 ms (bench/start.py)

import json
import random
from collections.abc import Callable
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

import numpy as np
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric, probe
from domain.budget import Budgets
from domain.experiment import Experiments
from domain.key import item_key
from domain.parameters import WITHHELD_OF, K
from functions import lists
from functions.api import Event, Front, Request, Response, answer
from functions.aws import WorldError
from functions.desk import Desk
from functions.lists import metrics
from functions.opening import open_desk
from functions.personal import now
from functions.registry import Registry
from functions.settings import Recommend
from functions.sides import Told
from functions.warm import at_start

logger = Logger(service="recommend")


class Adapters(NamedTuple):
    """What the handler touches."""

    desk: Desk
    front: Front
    hang_up: Callable[[], None]
    registry: Registry


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    told = Recommend.from_env(environ)
    opened = open_desk(told, logger, Experiments.from_json(told.experiments),
                       Budgets.from_json(told.exploration))
    return Adapters(opened.desk, Front.of(told), opened.hang_up,
                    Registry(told.models_table, opened.tables))


def prime() -> None:
    """Make a first list, for nobody, so that whoever asks first waits as whoever asks second."""
    desk = adapters().desk
    scene = desk.scene(now())
    while desk.is_loading:  # it ends: each scene does a part, or gives up
        scene = desk.scene(now())
    recent = list(scene.model.items.ids[:1]) if scene.model else []
    json.dumps(lists.made_for(desk, probe.USER, {"recent": recent}))
    metrics.clear_metrics()  # nobody asked


def wake() -> None:
    """What a copy restored from a snapshot must not share with others, nor take for new.

    Ids of lists need nothing: the kernel is asked. source: AWS, "Handling uniqueness with Lambda
    SnapStart"; Python, "os.urandom".
    """
    adapters().hang_up()
    adapters().desk.wake()
    random.seed()


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    desk, front, _hang_up, registry = adapters()
    try:
        return respond(event, desk, front)
    finally:
        tell(desk, registry)


def tell(desk: Desk, registry: Registry) -> None:
    """Have it known what the last calls were like, if a rollout is on and it is time."""
    if (told := desk.sides.due()) is None:
        return
    try:
        seen = registry.tell(*told, now_s=now() // 1000)
    except WorldError as error:
        logger.error("kept the counts", reason=repr(error))
        desk.sides.again(told)
        return
    if why := desk.sides.heard(Told(told.rollout, seen)):
        logger.error("left the candidate", version=told.rollout.candidate, reason=why)


def respond(event: Event, desk: Desk, front: Front) -> Response:
    """Answer one API call with what is at hand."""
    with desk.watching():
        answered = _answer(event, desk, front)
    # A refused call counts as none; without any metric powertools warns.
    metrics.add_metric(metric.RECOMMENDATIONS, MetricUnit.Count, 0)
    if (age_h := desk.model_age_h(now())) is not None:
        metrics.add_metric(metric.MODEL_AGE_H, MetricUnit.NoUnit, age_h)
    for name in (metric.STATES_UNREAD, metric.LOOKS_FAILED):
        if times := desk.troubles.pop(name, 0):
            metrics.add_metric(name, MetricUnit.Count, times)
    return answered


def _answer(event: Event, desk: Desk, front: Front) -> Response:
    return answer(event, {
        "GET /users/{user_id}/recommendations": partial(lists.get_recommendations, desk),
        "POST /users/{user_id}/recommendations": partial(lists.post_recommendations, desk),
        "POST /users/{user_id}/ranking": partial(lists.post_ranking, desk),
        "POST /users/{user_id}/explanations": partial(lists.post_explanations, desk),
        "POST /slates": partial(lists.post_slates, desk),
        "GET /items/{item_id}/similar": partial(lists.get_similar, desk),
        "GET /trending": partial(lists.get_trending, desk),
        "GET /trending/withheld": partial(get_withheld, desk),
        "GET /health": partial(get_health, desk),
    }, front, logger)


def get_withheld(desk: Desk, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with what did not count for an item, or for those where it is most, and by which limit.

    item_id: None, when neither catalogue nor model knows the item.
    """
    k, asked = request.asked(K), request.asked(WITHHELD_OF)
    scene = desk.scene(now())
    keys = scene.trends.most_withheld(k) if asked is None else [item_key(asked)]
    weights = scene.trends.counts_for(np.array(keys, np.uint64), "24h")
    return 200, {"window": "24h", "items": [
        {"item_id": asked or scene.name(key), "counted": round(float(weight), 2),
         "withheld": {reason: round(strength, 2)
                      for reason, strength in scene.trends.withheld_of(key).items()}}
        for key, weight in zip(keys, weights, strict=True)]}


def get_health(desk: Desk, _: Request) -> tuple[int, dict[str, Any]]:
    """200 with what serves now. model_age_h: hours since it was promoted."""
    now_ms = now()
    scene, age_h = desk.scene(now_ms), desk.model_age_h(now_ms)
    return 200, {"status": "ok", "model": scene.version,
                 "model_age_h": None if age_h is None else round(age_h, 2),
                 "catalogue": len(scene.catalog), "trending_items": len(scene.trends.keys)}


gc.freeze()  # nor is it looked through at any later time
gc.enable()
# At import alone may a function say what is to be done before its first call.
at_start(environ, prime, wake)
