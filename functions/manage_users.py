"""Users, for the deployment's own pages: attributes, sessions, and the profile as it is known."""

import time
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.arrays import ArraysError
from domain.catalog import parse_user
from domain.event import check_join, check_user_id, subject_of_session
from domain.features import UserState
from domain.profile import affinities
from domain.snapshot import CatalogSnapshot
from domain.vocabulary import Vocabulary
from functions.admission import join
from functions.api import ApiError, Event, Front, Request, Response, answer, approve
from functions.aws import PROMPT
from functions.items import Items
from functions.sessions import JoinedError, Sessions
from functions.settings import ManageUsers
from functions.shelf import Shelf
from functions.stream import Stream
from functions.surroundings import LiveCatalog
from functions.transaction import StaleStateError
from functions.users import ErasedError, Users

RECENT_EVENTS = 20  # shown in a profile

logger = Logger(service="manage_users")


class Adapters(NamedTuple):
    """What the handler touches."""

    users: Users
    sessions: Sessions
    stream: Stream
    catalog: LiveCatalog
    vocabulary: Vocabulary
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManageUsers.from_env(environ)
    catalog = LiveCatalog(Shelf(settings.bucket_name, config=PROMPT),
                          Items(settings.items_table, config=PROMPT))
    return Adapters(Users(settings.users_table, config=PROMPT),
                    Sessions(settings.users_table, config=PROMPT),
                    Stream(settings.stream_name, config=PROMPT), catalog,
                    Vocabulary.from_json(settings.event_types), Front.of(settings))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters())


def respond(event: Event, given: Adapters) -> Response:
    """Answer one API call with these adapters."""
    return answer(event, {
        "PUT /users/{user_id}": partial(put_user, given.users),
        "GET /users/{user_id}": partial(get_user, given),
        "POST /users/{user_id}/sessions": partial(post_session, given),
    }, given.front, logger)


def put_user(users: Users, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the attributes as they are kept from now on."""
    subject = request.user_id()
    attributes = parse_user(request.json())
    if users.is_erased(subject) or not users.put_attributes(subject, attributes):
        raise ApiError(410, "erased", "this user was erased", "user_id")
    return 200, {"user_id": subject, **attributes}


def get_user(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with attributes, recent events and affinities; 404 when nothing is known."""
    users, live, vocabulary = given.users, given.catalog, given.vocabulary
    subject = request.user_id()
    found, attributes = users.get(subject), users.get_attributes(subject)
    if found.erased or not (found.revision or attributes):
        raise ApiError(404, "not_found", f"nothing is known of {subject}", "user_id")
    now_ms = time.time_ns() // 1_000_000
    try:
        catalog = live.read(now_ms)
    except ArraysError as error:
        logger.error("no catalogue", reason=repr(error))
        raise ApiError(503, "unavailable", "the catalogue is being made anew, try again later"
                       ) from error
    profile = describe(found.state, catalog, vocabulary, now_ms)
    return 200, {"user_id": subject, **attributes, **profile}


def post_session(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 once the session is the user's for good, with what it did and will do."""
    user_id, body = request.user_id(), request.json()
    approve(check_user_id, user_id, "user_id")
    approve(check_join, body, "body")
    session = subject_of_session(body["session_id"])
    try:
        join(session, user_id, request.received_ms, request.id, given.stream, given.sessions)
    except JoinedError as error:
        raise ApiError(409, "joined", "this session is another user's", "session_id") from error
    except ErasedError as error:
        raise ApiError(410, "erased", "the user or the session was erased", "user_id") from error
    except StaleStateError as error:
        raise ApiError(503, "unavailable", "the session is being written, try again") from error
    return 200, {"user_id": user_id, **body, "joined": True}


def describe(
    state: UserState, catalog: CatalogSnapshot, vocabulary: Vocabulary, now_ms: int
) -> dict[str, Any]:
    """A state in words: newest events first. An item the catalogue lost is named by its key."""
    def name(key: int) -> str:
        facts = catalog.get(key)
        return str(facts["item_id"]) if facts else f"{key:016x}"

    return {
        "events": {vocabulary.name(code): count for code, count in sorted(state.counts.items())},
        "first_ms": state.first_ms, "last_ms": state.last_ms,
        "recent": [{"item_id": name(e.item), "type": vocabulary.name(e.type), "at_ms": e.at_ms,
                    "value": e.value} for e in state.history[:-RECENT_EVENTS - 1:-1]],
        "affinities": affinities(state.history, catalog.get, vocabulary, now_ms),
    }
