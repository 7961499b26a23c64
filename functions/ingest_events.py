"""Page -> stream: one call's events are checked, the bad ones named, the good ones one record."""

from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.event import Batch, EventError, parse_batch
from domain.vocabulary import Vocabulary
from functions.admission import admit
from functions.api import ApiError, Event, Front, Request, Response, answer
from functions.aws import PROMPT, WorldError
from functions.sessions import Sessions
from functions.settings import IngestEvents
from functions.stream import Stream
from functions.trail import OFF, Trail
from functions.users import ErasedError, Users

logger = Logger(service="ingest_events")
metrics = Metrics(service="ingest_events")


class Adapters(NamedTuple):
    """What the handler touches."""

    stream: Stream
    users: Users
    sessions: Sessions
    vocabulary: Vocabulary
    front: Front
    trail: Trail = OFF


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = IngestEvents.from_env(environ)
    return Adapters(Stream(settings.stream_name, config=PROMPT),
                    Users(settings.users_table, config=PROMPT),
                    Sessions(settings.users_table, config=PROMPT),
                    Vocabulary.from_json(settings.event_types), Front.of(settings),
                    Trail(float(settings.debug_sample)))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call. cost: no line in the log when all of it is taken, else one."""
    try:
        return respond(event, adapters())
    finally:
        if metrics.metric_set:  # powertools warns of a line without any, in a line
            metrics.flush_metrics()


def respond(event: Event, given: Adapters) -> Response:
    """Answer one API call with these adapters."""
    return answer(event, {"POST /events": partial(post_events, given)}, given.front,
                  logger)


def post_events(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """202 with what was accepted; what is answered is on the stream, so it is not lost.

    What is accepted is counted by who folds it, so that here only the rest leaves a line.
    """
    body = None
    try:
        body = request.json()
        parsed, rejected = parse_batch(body, request.received_ms, given.vocabulary)
        request.bind(parsed.subject)
    except (ApiError, EventError):
        _count(metric.EVENTS_REJECTED, _sent(body))
        raise
    batch = parsed._replace(request_id=request.id)
    n_events = len(batch.events)
    if not _take(batch, given):
        _count(metric.EVENTS_REJECTED, n_events + len(rejected))
        raise ApiError(410, "erased", "this user was erased; events are refused", "user_id")
    _count(metric.EVENTS_REJECTED, len(rejected))
    _count(metric.EVENTS_CLAMPED, sum(event.clamped for event in batch.events))
    refused = [{"index": r.index, "field": r.field, "reason": r.reason} for r in rejected]
    return 202, {"accepted": n_events, "rejected": refused}


def _take(batch: Batch, given: Adapters) -> bool:
    """False when the user is erased. raises: ApiError 503, when the stream cannot be written."""
    try:
        batch, at = admit(batch, given.stream, given.users, given.sessions)
    except ErasedError:
        return False
    except WorldError as error:
        _count(metric.EVENTS_UNTAKEN, len(batch.events))
        logger.error("not taken", reason=repr(error))
        raise ApiError(503, "unavailable", "the events were not taken, send them again") from error
    given.trail.step(logger, "taken", batch, at)
    return True


def _sent(body: Any) -> int:
    """How many events a refused body holds; what is no batch counts as one."""
    events = body.get("events") if isinstance(body, dict) else None
    return max(1, len(events)) if isinstance(events, list) else 1


def _count(name: str, events: int) -> None:
    if events:
        metrics.add_metric(name, MetricUnit.Count, events)
