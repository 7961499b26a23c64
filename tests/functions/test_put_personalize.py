"""What callers of Personalize put is taken as our own doors take it, all of a call or none."""

import json
import time
from typing import Any

import pytest

from domain.record import decode_batch
from domain.vocabulary import Vocabulary
from functions.put_personalize import Adapters, respond
from functions.sessions import JoinedError, Sessions
from functions.transaction import StaleStateError
from functions.users import ErasedError
from tests.functions.key_store import one_key
from tests.functions.signing import NOW_S, personalize_event
from tests.functions.stage import NOW_MS, Stage

ARN = "arn:aws:personalize:eu-west-1:1:dataset/shop/"


class Busy(Sessions):
    """Sessions whose rows are always being written."""

    def join(self, session: str, user_id: str) -> None:
        raise StaleStateError(f"{session} of {user_id} is being written")


class Kept(Sessions):
    """Sessions that nobody can have."""

    why: Exception

    def join(self, session: str, user_id: str) -> None:
        raise self.why


class Full:
    """A DynamoDB that takes no item."""

    def batch_write_item(self, RequestItems: Any) -> Any:
        return {"UnprocessedItems": RequestItems}


def put(stage: Stage, path: str, body: Any, **given: Any) -> tuple[int, str]:
    adapters = Adapters(one_key(), stage.stream(), stage.users(), stage.sessions(), stage.items(),
                        Vocabulary())._replace(**given)
    answered = respond(personalize_event(path, body), adapters, NOW_S)
    return answered["statusCode"], answered["headers"].get("x-amzn-ErrorType", "")


def events(user: str | None, *ids: str, session: str = "s", shown: int = 0) -> dict[str, Any]:
    impression = {"impression": [f"x{n}" for n in range(shown)]} if shown else {}
    return {"trackingId": "t", "sessionId": session, **({"userId": user} if user else {}),
            "eventList": [{"sentAt": NOW_MS // 1000, "eventType": "click", "itemId": item_id,
                           **impression} for item_id in ids]}


def test_more_than_a_batch_is_several_records(stage: Stage) -> None:
    assert put(stage, "/events", events("ann", "a", "b", shown=20)) == (200, "")

    batches = [decode_batch(data) for data in stage.on_stream()]
    assert [len(batch.events) for batch in batches] == [25, 17]
    assert {batch.request_id for batch in batches} != {None}


def test_a_session_without_a_past_is_not_joined(stage: Stage) -> None:
    put(stage, "/events", events("ann", "a"))

    assert stage.sessions().owner("~s") == ""


def test_a_join_that_must_wait_makes_the_caller_send_again(stage: Stage) -> None:
    put(stage, "/events", events(None, "a"))
    stage.cloud.drain()
    busy = Busy(stage.setting("users_table"), stage.client("dynamodb"))

    assert put(stage, "/events", events("ann", "b"), sessions=busy) == (
        503, "ServiceUnavailableException")


@pytest.mark.parametrize("why", [ErasedError("erased"), JoinedError("another's")])
def test_a_session_that_cannot_be_joined_is_left_and_the_events_are_taken(
    stage: Stage, why: Exception
) -> None:
    put(stage, "/events", events(None, "a"))
    stage.cloud.drain()
    kept = Kept(stage.setting("users_table"), stage.client("dynamodb"))
    kept.why = why

    assert put(stage, "/events", events("ann", "b"), sessions=kept) == (200, "")
    assert [decode_batch(data).joins for data in stage.on_stream()] == [None, None]


def test_items_that_no_table_takes_may_be_sent_again(stage: Stage) -> None:
    body = {"datasetArn": ARN + "ITEMS", "items": [{"itemId": "a"}]}

    assert put(stage, "/items", body, items=stage.items(Full())) == (
        503, "ServiceUnavailableException")
    assert put(stage, "/items", body) == (200, "")
    found = stage.items().get("a")
    assert found is not None
    assert found.updated_ms == NOW_MS


def test_one_erased_user_refuses_all(stage: Stage) -> None:
    stage.users().erase("bob", int(time.time() * 1000))
    body = {"datasetArn": ARN + "USERS", "users": [
        {"userId": user, "properties": json.dumps({"plan": "gold"})} for user in ("ann", "bob")]}

    assert put(stage, "/users", body) == (400, "InvalidInputException")
    assert stage.users().get_attributes("ann") == {}
    assert put(stage, "/events", events("bob", "a")) == (400, "InvalidInputException")


@pytest.mark.parametrize("path", ["/events", "/items", "/users"])
def test_what_fits_no_operation_is_refused(stage: Stage, path: str) -> None:
    assert put(stage, path, {"wave": 1}) == (400, "InvalidInputException")
