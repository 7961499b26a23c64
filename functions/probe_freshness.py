"""Clock -> freshness: an event of the probe goes in at the door, until its state shows it.

The event takes the way of every other: checked, put on the stream, folded. The state is read as a
list reads it. What `domain.probe` says keeps all of this out of lists and models; no list is asked
for, since it would count among those of real users.
"""

import time
import uuid
from collections.abc import Callable
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric, probe
from domain.key import event_hash
from domain.packing import PackingError
from functions.aws import WorldError
from functions.door import Door, DoorError
from functions.settings import ProbeFreshness
from functions.users import Users

PATIENCE_S = 45.0  # then the event counts as missed; the function ends after 60 s
POLL_S = 0.1

logger = Logger(service="probe_freshness")
metrics = Metrics(service="probe_freshness")


class Adapters(NamedTuple):
    """What the handler touches. pause: seconds -> waits them."""

    door: Door
    users: Users
    pause: Callable[[float], None] = time.sleep


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ProbeFreshness.from_env(environ)
    return Adapters(Door(settings.ingest_function), Users(settings.users_table))


@metrics.log_metrics
def handler(_event: dict[str, Any], _: Any) -> None:
    """Look once; what is slow or fails is counted as missed, never raised."""
    look(adapters())


def look(given: Adapters, patience_s: float = PATIENCE_S) -> float | None:
    """Milliseconds from the door to the state, None when that took too long or failed."""
    event_id = uuid.uuid4().hex
    try:
        found_ms = _follow(event_id, given, patience_s)
    except (*WorldError, DoorError, PackingError) as error:
        logger.error("not looked", reason=repr(error), request=event_id)
        found_ms = None
    metrics.add_metric(metric.FRESHNESS_MISSED, MetricUnit.Count, found_ms is None)
    if found_ms is not None:
        metrics.add_metric(metric.FRESHNESS, MetricUnit.Milliseconds, found_ms)
    return found_ms


def _follow(event_id: str, given: Adapters, patience_s: float) -> float | None:
    began = time.monotonic()
    status, answered = given.door.call("POST", "/events", probe.body(event_id), event_id,
                                       time.time_ns() // 1_000_000, probe.USER)
    if status != 202:
        logger.error("not taken", status=status, answer=answered, request=event_id)
        return None
    tag, waited_s = event_hash(event_id), time.monotonic() - began
    while waited_s < patience_s:
        if tag in given.users.get(probe.USER).state.event_ids:
            return (time.monotonic() - began) * 1000
        given.pause(POLL_S)
        waited_s = time.monotonic() - began
    logger.error("not seen", waited_s=round(waited_s, 1), request=event_id)
    return None
