"""Lists come to callers of Personalize as they come to our own."""

import json
import time
from typing import Any

import pytest

from domain.catalog import Item
from domain.features import Interaction, UserState
from domain.key import item_key
from domain.snapshot import EMPTY
from functions.get_personalize import Adapters, respond
from functions.scorer import Loaded, open_model
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.functions.at_hand import Around, OneModel, desk
from tests.functions.key_store import one_key
from tests.functions.signing import personalize_event
from tests.functions.stage import NOW_MS

ARN = "arn:aws:personalize:eu-west-1:1:campaign/"
CATALOGUE = [item.item_id for item in planted.items()]
UP = planted.walk(0, 3, 1, 4)  # a3 to a6; a7 comes next


class TwoUsers:
    """Who did something, by their subjects."""

    def __init__(self, **users: StoredUser) -> None:
        self._users = {name.replace("_", "~"): user for name, user in users.items()}

    def get(self, subject: str) -> StoredUser:
        """As `Users.get`."""
        return self._users.get(subject, StoredUser())


def clicked(*item_ids: str) -> StoredUser:
    begin_ms = int(time.time() * 1000) - 600_000
    return StoredUser(UserState(history=tuple(
        Interaction(begin_ms + 60_000 * n, item_key(item_id), 2)
        for n, item_id in enumerate(item_ids))), 1)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Loaded:
    return Loaded("v1", NOW_MS, open_model(trained.folder))


def ask(path: str, body: Any, users: TwoUsers, model: Loaded | None = None) -> Any:
    catalog = EMPTY.updated(Item(i, {"item_id": i}, n) for n, i in enumerate(CATALOGUE))
    at_hand = desk(users, OneModel(model), Around(catalog, None))
    event = personalize_event(path, body, received_ms=int(time.time()) * 1000)
    answered = respond(event, Adapters(one_key(), at_hand), time.time())
    assert answered["statusCode"] == 200, answered["body"]
    return json.loads(answered["body"])


def test_the_list_is_the_users_own(model: Loaded) -> None:
    body = {"campaignArn": ARN + "for-you", "userId": "ann", "numResults": 3}

    found = ask("/recommendations", body, TwoUsers(ann=clicked(*UP)), model)

    assert found["itemList"][0]["itemId"] == "a7"
    assert len(found["itemList"]) == 3


def test_of_whom_nothing_is_known_the_session_speaks(model: Loaded) -> None:
    body = {"campaignArn": ARN + "for-you", "userId": "s1", "numResults": 1}

    found = ask("/recommendations", body, TwoUsers(_s1=clicked(*UP)), model)

    assert found["itemList"][0]["itemId"] == "a7"


def test_an_id_that_is_too_long_for_a_session_is_a_users_alone() -> None:
    body = {"campaignArn": ARN + "for-you", "userId": "u" * 128, "numResults": 1}

    assert len(ask("/recommendations", body, TwoUsers())["itemList"]) == 1


def test_given_items_are_ordered_for_the_user(model: Loaded) -> None:
    body = {"campaignArn": ARN + "ranking", "userId": "ann", "inputList": ["b1", "x", "a7"]}

    found = ask("/personalize-ranking", body, TwoUsers(ann=clicked(*UP)), model)

    assert [place["itemId"] for place in found["personalizedRanking"]] == ["a7", "b1", "x"]
