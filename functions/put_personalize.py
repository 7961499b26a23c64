"""Callers of Amazon Personalize -> stream, items, users: PutEvents, PutItems, PutUsers.

They are taken as `POST /events`, `PUT /items` and `PUT /users/{user_id}` take them, all of a call
or none of it, and answered as Personalize answers.
"""

import time
from collections.abc import Mapping
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.event import SESSION_MARK, Batch, subject_of_session
from domain.personalize import PersonalizeError
from domain.personalize_interactions import parse_events
from domain.personalize_metadata import parse_put_items, parse_put_users
from domain.vocabulary import Vocabulary
from functions.admission import admit, join
from functions.aws import PROMPT
from functions.items import Items, ItemsError
from functions.keys import Keys
from functions.personalize import Event, Response, UntakenError, answer
from functions.sessions import JoinedError, Sessions
from functions.settings import PutPersonalize
from functions.stream import Stream
from functions.transaction import StaleStateError
from functions.users import ErasedError, Users

logger = Logger(service="put_personalize")


class Adapters(NamedTuple):
    """What the handler touches."""

    keys: Keys
    stream: Stream
    users: Users
    sessions: Sessions
    items: Items
    vocabulary: Vocabulary


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = PutPersonalize.from_env(environ)
    return Adapters(Keys(settings.signing_key_id, logger),
                    Stream(settings.stream_name, config=PROMPT),
                    Users(settings.users_table, config=PROMPT),
                    Sessions(settings.users_table, config=PROMPT),
                    Items(settings.items_table, config=PROMPT),
                    Vocabulary.from_json(settings.event_types))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters(), time.time())


def respond(event: Event, given: Adapters, now_s: float) -> Response:
    """Answer one API call with these adapters."""
    return answer(event, {
        "POST /personalize/events": partial(put_events, given),
        "POST /personalize/items": partial(put_items, given),
        "POST /personalize/users": partial(put_users, given),
    }, given.keys, logger, now_s)


def put_events(given: Adapters, body: Any, event: Event) -> None:
    """The events of one session on the stream, and the session its user's where both are named."""
    context: Mapping[str, Any] = event["requestContext"]
    batches = parse_events(body, int(context["requestTimeEpoch"]), given.vocabulary)
    try:
        for batch in batches:
            told = batch._replace(request_id=context.get("extendedRequestId"))
            admit(told, given.stream, given.users, given.sessions)
        _join(batches[0], given)
    except ErasedError as error:
        raise PersonalizeError(f"userId: {error}") from error


def put_items(given: Adapters, body: Any, event: Event) -> None:
    """The facts of items, each over what was known of it."""
    items = parse_put_items(body, int(event["requestContext"]["requestTimeEpoch"]))
    try:
        given.items.put(items)
    except ItemsError as error:
        raise UntakenError(str(error)) from error
    logger.info("kept", items=len(items))


def put_users(given: Adapters, body: Any, _: Event) -> None:
    """What is said of users, each in place of what was said before."""
    found, users = parse_put_users(body), given.users
    for index, user_id in enumerate(found):
        if users.is_erased(user_id):
            raise PersonalizeError(f"users[{index}].userId: this user was erased")
    for index, (user_id, attributes) in enumerate(found.items()):
        if not users.put_attributes(user_id, attributes):
            raise PersonalizeError(f"users[{index}].userId: this user was erased")


def _join(batch: Batch, given: Adapters) -> None:
    """Give a session that did something anonymously to the user who is named beside it.

    Personalize builds one history of both as well. A session id that several users share stays its
    first user's, and one that was erased stays erased.
    source: AWS, "Recording events for anonymous users" (Amazon Personalize).
    """
    if batch.session_id is None or batch.subject.startswith(SESSION_MARK):
        return
    session, users = subject_of_session(batch.session_id), given.users
    found = users.get(session)
    if not found.revision or found.owner:
        return
    try:
        join(session, batch.subject, batch.received_ms, batch.request_id, given.stream,
             given.sessions)
    except (JoinedError, ErasedError) as error:
        logger.info("not joined", reason=str(error))
    except StaleStateError as error:
        raise UntakenError("the session is being written") from error
