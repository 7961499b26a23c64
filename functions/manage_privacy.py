"""What somebody may ask a deployment to do with what it knows of them: forget it, or tell it."""

import json
from dataclasses import replace
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.erasure import Act, mark_of
from domain.export import ASKED, DONE, PART, folder_of, of_state
from domain.key import spelled, subject_hash
from domain.parameters import FORGET
from domain.receipt import Receipt, receipts_of
from domain.vocabulary import Vocabulary
from functions.api import ApiError, Event, Front, Request, Response, answer
from functions.aws import PROMPT
from functions.sessions import Sessions
from functions.settings import ManagePrivacy
from functions.shelf import Listed, Shelf
from functions.users import Users

MAX_ANSWER_BYTES = 4_000_000  # of 6 MB that a function answers. source: AWS, "Lambda quotas"
LINK_S = 900
MAX_RECEIPTS = 20  # in one answer, the last ones: each is an object to be read

logger = Logger(service="manage_privacy")


class Adapters(NamedTuple):
    """What the handler touches."""

    users: Users
    sessions: Sessions
    shelf: Shelf
    vocabulary: Vocabulary
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManagePrivacy.from_env(environ)
    return Adapters(Users(settings.users_table, config=PROMPT),
                    Sessions(settings.users_table, config=PROMPT),
                    Shelf(settings.bucket_name, config=PROMPT),
                    Vocabulary.from_json(settings.event_types), Front.of(settings))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters())


def respond(event: Event, given: Adapters) -> Response:
    """Answer one API call with these adapters."""
    return answer(event, {
        "DELETE /users/{user_id}": partial(delete_user, given),
        "PUT /users/{user_id}/consent": partial(put_consent, given),
        "GET /users/{user_id}/erasure": partial(get_erasure, given),
        "GET /users/{user_id}/export": partial(get_export, given),
    }, given.front, logger)


def delete_user(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 once the table holds nothing of a user, nor of the sessions that are theirs.

    409 for a session that is a user's: what it did is theirs, and goes with them alone.
    The marks in the bucket come first: what the table knows of erasures is never more than what a
    rebuilt table would know. Called again, it goes on where it failed.
    """
    subject, at_ms, act = request.anybody(), request.received_ms, _act(request)
    if owner := given.users.look(subject).owner:
        raise ApiError(409, "joined", f"this session is joined to {owner}: delete that user",
                       "user_id")
    if given.users.is_erased(subject, consistent=True):
        act = Act.ERASED  # who is erased stays so, and has no row that could be begun anew
    given.shelf.put(mark_of(subject, at_ms, act), b"")
    if act is Act.ERASED:  # from here on no session is joined to them, nor are they
        given.users.refuse(subject_hash(subject), at_ms)
    sessions = list(given.sessions.of(subject))
    for session in sessions:
        given.shelf.put(mark_of(session, at_ms, act), b"")
    rows = 0
    for session in sessions:
        rows += _forget(given, session, act, at_ms)
        rows += act is Act.ERASED and given.sessions.part(session, subject)
    if act is Act.ERASED and (owner := given.users.look(subject).owner):  # joined until then
        rows += given.sessions.part(subject, owner)
    rows += _forget(given, subject, act, at_ms)
    who = tuple(spelled(subject_hash(one)) for one in (subject, *sessions))
    receipt = _file(given.shelf, Receipt(act, at_ms, who, rows))
    logger.info("forgot a user", act=act, sessions=len(sessions))
    return 200, {"user_id": subject, "erased": act is Act.ERASED, **receipt.body()}


def put_consent(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 once the events of a user are taken; who was never erased has nothing to consent to."""
    subject, at_ms = request.anybody(), request.received_ms
    if given.users.is_erased(subject, consistent=True) or given.users.look(subject).erased:
        given.shelf.put(mark_of(subject, at_ms, Act.CONSENTED), b"")
        given.users.admit(subject, at_ms)
        logger.info("admitted a user")
    return 200, {"user_id": subject, "erased": False}


def get_erasure(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the receipt of the last erasure, and those before it; 404 when there was none."""
    subject = request.anybody()
    found = [listed.key for listed in given.shelf.listed(receipts_of(subject))]
    told = [given.shelf.get(key) for key in found[:-MAX_RECEIPTS - 1:-1]]
    bodies = [Receipt.from_bytes(data).body() for data in told if data is not None]
    if not bodies:
        raise ApiError(404, "not_found", "there is no erasure of this user", "user_id")
    erased = given.users.is_erased(subject)
    return 200, {"user_id": subject, "erased": erased, **bodies[0], "earlier": bodies[1:]}


def get_export(given: Adapters, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with everything that is held of a user; 202 while the log is being searched for them."""
    subject = request.anybody()
    if given.users.is_erased(subject):
        raise ApiError(410, "erased", "this user was erased", "user_id")
    sessions = list(given.sessions.of(subject))
    held = {
        "user_id": subject, "attributes": given.users.get_attributes(subject),
        "state": of_state(given.users.get(subject).state, given.vocabulary),
        "sessions": sessions,
    }
    folders = [folder_of(subject_hash(who)) for who in (subject, *sessions)]
    found = {listed.key: listed for folder in folders for listed in given.shelf.listed(folder)}
    missing = [folder for folder in folders if folder + DONE not in found]
    for folder in missing:
        given.shelf.put(folder + ASKED, b"")
    if missing:
        return 202, {**held, "event_log": {"status": "searching"}}
    as_of_ms = min(found[folder + DONE].written_ms for folder in folders)
    parts = [listed for listed in found.values() if listed.key.endswith(PART)]
    return 200, {**held, "event_log": {"status": "complete", "as_of_ms": as_of_ms,
                                       **_told(given.shelf, parts)}}


def _file(shelf: Shelf, receipt: Receipt) -> Receipt:
    """Keep a receipt beside those that are there: of two of one millisecond, one is a bit later."""
    while shelf.get(receipt.key) is not None:
        receipt = replace(receipt, asked_ms=receipt.asked_ms + 1)
    shelf.put(receipt.key, receipt.to_bytes())
    return receipt


def _told(shelf: Shelf, parts: list[Listed]) -> dict[str, Any]:
    """The records of the log, or where to fetch them, if they are too many for one answer."""
    if sum(part.size_bytes for part in parts) > MAX_ANSWER_BYTES:
        return {"urls": [shelf.link(part.key, LINK_S) for part in parts]}
    told = [shelf.get(part.key) for part in parts]
    records = [record for data in told if data for record in json.loads(data)]
    # A search that began again somewhere has gathered some twice.
    by_place = {(record["shard"], record["sequence"]): record for record in records}
    return {"records": sorted(by_place.values(), key=lambda record: record["received_ms"])}


def _act(request: Request) -> Act:
    return Act.ERASED if request.asked(FORGET) == "all" else Act.FORGOTTEN


def _forget(given: Adapters, subject: str, act: Act, at_ms: int) -> int:
    """How many rows of the table are gone."""
    for found in given.shelf.listed(folder_of(subject_hash(subject))):
        given.shelf.purge(found.key, whole=True)
    if act is Act.ERASED:
        return given.users.erase(subject, at_ms)
    given.users.forget(subject, at_ms)
    return 0
