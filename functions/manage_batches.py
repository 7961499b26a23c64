"""Lists of many users, made at once: asked for, looked at, gone on with."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.ask import parse_ask
from domain.batch_plan import (
    SOURCE,
    SPOKEN,
    Note,
    Plan,
    cut_listed,
    cut_table,
    finished,
    new_id,
)
from domain.batch_plan import told as told_of
from domain.batch_schema import check_batch, check_batch_id
from domain.event import EventError
from domain.parameters import PART
from domain.vocabulary import Vocabulary
from functions.api import ApiError, Event, Front, Request, Response, answer, approve
from functions.aws import PROMPT
from functions.batches import Batches, NoBatchError
from functions.bus import Bus
from functions.population import Population
from functions.settings import ManageBatches
from functions.shelf import Shelf

LINK_S = 900
# In one answer, each with a link of up to 2 KB. source: AWS, "Lambda quotas", 6 MB of an answer
MAX_PARTS = 500

logger = Logger(service="manage_batches")


class Adapters(NamedTuple):
    """What the handler touches."""

    batches: Batches
    population: Population
    bus: Bus
    vocabulary: Vocabulary
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManageBatches.from_env(environ)
    return Adapters(Batches(Shelf(settings.bucket_name, config=PROMPT)),
                    Population(settings.users_table, config=PROMPT),
                    Bus(SOURCE + settings.deployment, config=PROMPT),
                    Vocabulary.from_json(settings.event_types), Front.of(settings))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters())


def respond(event: Event, given: Adapters) -> Response:
    """Answer one API call with these adapters."""
    return answer(event, {
        "POST /batches": partial(post_batches, given),
        "GET /batches": partial(get_batches, given),
        "GET /batches/{batch_id}": partial(get_batch, given),
        "POST /batches/{batch_id}/resumption": partial(post_resumption, given),
    }, given.front, logger)


def post_batches(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """202 once everything of it is in the bucket, and every lane has its first turn."""
    body = request.json()
    approve(check_batch, body, "body")
    _check_ask(body.get("ask", {}), given.vocabulary)
    listed = cut_listed(body.get("users", ()))
    plan = Plan(
        new_id(request.received_ms, secrets.randbits(32)), request.received_ms,
        len(listed) or cut_table(given.population.rows()), body.get("ask", {}), body.get("name"),
        sum(map(len, listed)) or None, body.get("sessions", False))
    given.batches.begin(plan, listed)
    notes = _go_on(given, plan)
    logger.info("began", batch=plan.batch_id, segments=plan.segments, listed=plan.listed)
    return 202, told_of(plan, notes, request.received_ms)


def get_batches(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the last ones."""
    found = []
    for plan in given.batches.newest():
        with suppress(NoBatchError):  # its notes expire at the same hour as its plan
            found.append(told_of(plan, given.batches.notes(plan), request.received_ms))
    return 200, {"batches": found}


def get_batch(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with how far one is, and links to its parts."""
    first = request.asked(PART) - 1
    plan, notes = _known(given, request)
    parts = [found for found in finished(plan, notes) if found[0] >= first]
    told, more = parts[:MAX_PARTS], parts[MAX_PARTS:]
    return 200, {
        **told_of(plan, notes, request.received_ms),
        "parts": [{"part": segment + 1, "users": users,
                   "url": given.batches.link(plan, segment, LINK_S)} for segment, users in told],
        "next": more[0][0] + 1 if more else None}


def post_resumption(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """202 once every lane that is not done has its turn again."""
    plan, _ = _known(given, request)
    notes = _go_on(given, plan)
    logger.info("resumed", batch=plan.batch_id)
    return 202, told_of(plan, notes, request.received_ms)


def _go_on(given: Adapters, plan: Plan) -> list[Note]:
    notes = given.batches.notes(plan)
    if turns := plan.turns(notes):
        given.bus.say(SPOKEN, [turn._asdict() for turn in turns])
    return notes


def _known(given: Adapters, request: Request) -> tuple[Plan, list[Note]]:
    try:
        plan = given.batches.plan(request.in_path("batch_id", check_batch_id))
        return plan, given.batches.notes(plan)
    except NoBatchError as error:
        raise ApiError(404, "not_found", str(error), "batch_id") from error


def _check_ask(ask: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    try:
        parse_ask(ask, vocabulary)
    except EventError as error:
        raise EventError(f"ask.{error.field}", error.reason) from error
