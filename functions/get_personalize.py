"""Features + shelf -> callers of Amazon Personalize: GetRecommendations, GetPersonalizedRanking.

The lists are those of `recommend`. What cannot be read is done without.
"""

import time
import uuid
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.ask import Ask
from domain.event import SESSION_ID_SCHEMA, subject_of_session
from domain.features import Interaction
from domain.listing import Question
from domain.personalize_lists import (
    FOR_YOU,
    SIMILAR,
    TRENDING,
    list_for,
    order_for,
    parse_ranking,
    parse_recommendations,
    told_list,
    told_ranking,
)
from domain.schema import compile_schema
from functions.desk import Desk
from functions.keys import Keys
from functions.opening import open_desk
from functions.personalize import Event, Response, answer
from functions.settings import GetPersonalize

logger = Logger(service="get_personalize")
# What a list is called in the rules of a deployment.
RULED = {FOR_YOU: "recommendations", SIMILAR: "similar", TRENDING: "trending"}
_no_session = compile_schema(SESSION_ID_SCHEMA)


class Adapters(NamedTuple):
    """What the handler touches."""

    keys: Keys
    desk: Desk


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    told = GetPersonalize.from_env(environ)
    # Its answers name no model, so that nobody could tell whose list it was.
    opened = open_desk(told, logger, rolls_out=False)
    return Adapters(Keys(told.signing_key_id, logger), opened.desk)


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters(), time.time())


def respond(event: Event, given: Adapters, now_s: float) -> Response:
    """Answer one API call with what is at hand."""
    return answer(event, {
        "POST /personalize/recommendations": partial(get_recommendations, given.desk),
        "POST /personalize/personalize-ranking": partial(get_ranking, given.desk),
    }, given.keys, logger, now_s)


def get_recommendations(desk: Desk, body: Any, _: Event) -> dict[str, Any]:
    """The list that the ARN names, as of this moment."""
    asked, now_ms = parse_recommendations(body), time.time_ns() // 1_000_000
    history = _history(desk, asked.user_id) if asked.user_id else ()
    ask = desk.rules.over(Ask(k=asked.k), RULED[asked.surface], {}, now_ms)[0]
    question = Question(history, desk.vocabulary, now_ms, ask)
    found = list_for(desk.scene(now_ms), asked, question)
    logger.info("listed", surface=asked.surface, source=found.source, items=len(found.places))
    return told_list(found, asked, uuid.uuid4().hex)


def get_ranking(desk: Desk, body: Any, _: Event) -> dict[str, Any]:
    """The given items, best first."""
    asked, now_ms = parse_ranking(body), time.time_ns() // 1_000_000
    scene, history = desk.scene(now_ms), _history(desk, asked.user_id)
    ask = desk.rules.over(Ask(seen=None), "ranking", {}, now_ms)[0]
    found = order_for(scene, asked, Question(history, desk.vocabulary, now_ms, ask))
    logger.info("ranked", items=len(found))
    return told_ranking(scene, found, asked, uuid.uuid4().hex)


def _history(desk: Desk, user_id: str) -> tuple[Interaction, ...]:
    """What a user did; of whom nothing is known, what the session of that id did.

    source: AWS, "Recording events for anonymous users" (Amazon Personalize): an anonymous user's
    session id stands for the user id. cost: as `Users.get`, twice where nothing is known.
    """
    history = desk.state(user_id).history
    if history or _no_session(user_id, ""):
        return history
    return desk.state(subject_of_session(user_id)).history
