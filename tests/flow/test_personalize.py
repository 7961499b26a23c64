"""Amazon Personalize's own clients, pointed at this deployment: each operation and refusal."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from functions.users import Users
from local.cloud import Cloud
from local.template import read, synthesize
from tests.flow.signing import post

ARN = "arn:aws:personalize:eu-west-1:123456789012:"
CONFIG = Config(retries={"total_max_attempts": 1})
NOW_S = int(time.time()) - 60


@dataclass(frozen=True)
class Door:
    """Both clients of a cloud, made by whoever holds a secret."""

    cloud: Cloud
    secret: str
    tail: str = ""

    def client(self, service: str) -> Any:
        return boto3.client(
            service, endpoint_url=f"{self.cloud.url}/personalize{self.tail}",
            region_name="eu-west-1", aws_access_key_id="headwater",
            aws_secret_access_key=self.secret, config=CONFIG)

    @property
    def events(self) -> Any:
        return self.client("personalize-events")

    @property
    def runtime(self) -> Any:
        return self.client("personalize-runtime")

    def put(self, *events: dict[str, Any], user: str | None = "ann", session: str = "s-1") -> Any:
        named = {"userId": user} if user else {}
        return self.events.put_events(trackingId="t", sessionId=session, **named,
                                      eventList=[{"sentAt": NOW_S, **event} for event in events])

    def lists(self, surface: str, **more: Any) -> Any:
        return self.runtime.get_recommendations(campaignArn=f"{ARN}campaign/{surface}", **more)

    def counts(self, subject: str) -> dict[int, int]:
        self.cloud.drain()
        table = self.cloud.by_verb["put_personalize"].environment["HEADWATER_USERS_TABLE"]
        return Users(table).get(subject).state.counts


@pytest.fixture(scope="module", params=["rest", "http"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    context = {"personalize": True, **({"api": "http"} if request.param == "http" else {})}
    template = read(synthesize(tmp_path_factory.mktemp("cdk"), context))
    with Cloud(None, template=template, live=False) as cloud:
        yield cloud


@pytest.fixture
def door(running: Cloud) -> Door:
    running.reset()
    return Door(running, running.credentials.secret_key)


def items(door: Door, *ids: str, **properties: Any) -> None:
    door.events.put_items(datasetArn=f"{ARN}dataset/shop/ITEMS", items=[
        {"itemId": id_, "properties": json.dumps({"title": id_.upper(), **properties})}
        for id_ in ids])


def refused(door: Door, call: Callable[[], Any]) -> str:
    with pytest.raises(door.runtime.exceptions.ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_interactions_reach_the_users_state_once(door: Door) -> None:
    click = {"eventType": "Click", "itemId": "i1", "impression": ["i1", "i2"]}

    door.put(click, {"eventType": "rate", "itemId": "i2", "eventValue": 4.0})
    door.put(click)

    assert door.counts("ann") == {2: 1, 5: 1, 8: 2}


def test_an_anonymous_session_is_joined_to_the_user_who_is_named_beside_it(door: Door) -> None:
    door.put({"eventType": "click", "itemId": "i1"}, user=None)
    door.cloud.drain()

    door.put({"eventType": "click", "itemId": "i2"})
    door.put({"eventType": "click", "itemId": "i3"}, user=None)

    assert door.counts("ann") == {2: 3}


def test_a_session_that_several_users_share_stays_its_first_users(door: Door) -> None:
    door.put({"eventType": "click", "itemId": "i1"}, user=None)
    door.cloud.drain()

    door.put({"eventType": "click", "itemId": "i2"}, user="ann")
    door.put({"eventType": "click", "itemId": "i3"}, user="bob")

    assert (door.counts("ann"), door.counts("bob")) == ({2: 2}, {2: 1})


def test_items_and_users_are_kept(door: Door) -> None:
    items(door, "i1", genres="Sci-Fi|Drama", price=9.5, creationTimestamp=1_600_000_000)
    door.events.put_users(datasetArn=f"{ARN}dataset/shop/USERS", users=[
        {"userId": "ann", "properties": json.dumps({"language": "de", "membershipType": "gold"})}])

    with door.cloud.client() as client:
        item, user = client.call("GET", "/items/i1").body, client.call("GET", "/users/ann").body
    assert item["categories"] == ["Sci-Fi", "Drama"]
    assert (item["title"], item["price"]) == ("I1", 9.5)
    assert item["attributes"]["CREATION_TIMESTAMP"] == 1_600_000_000
    assert (user["language"], user["attributes"]) == ("de", {"MEMBERSHIP_TYPE": "gold"})


def test_a_list_leaves_out_what_was_seen_and_shows_the_columns_asked_for(door: Door) -> None:
    items(door, "i1", "i2", "i3", genres="Drama")
    door.put({"eventType": "click", "itemId": "i1"})
    door.cloud.drain()

    found = door.lists("for-you", userId="ann", metadataColumns={"ITEMS": ["GENRES", "title"]})

    assert {place["itemId"] for place in found["itemList"]} == {"i2", "i3"}
    assert found["itemList"][0]["metadata"]["GENRES"] == "Drama"
    assert isinstance(found["itemList"][0]["score"], float)
    assert found["recommendationId"]


def test_an_anonymous_users_session_stands_for_the_user_id(door: Door) -> None:
    items(door, "i1", "i2")
    door.put({"eventType": "click", "itemId": "i1"}, user=None)
    door.cloud.drain()

    found = door.lists("for-you", userId="s-1")

    assert [place["itemId"] for place in found["itemList"]] == ["i2"]


def test_every_surface_answers_as_a_campaign_and_as_a_recommender(door: Door) -> None:
    items(door, *(f"i{n}" for n in range(5)))

    similar = door.lists("similar-items", itemId="i1", numResults=2)
    trending = door.runtime.get_recommendations(
        recommenderArn=f"{ARN}recommender/trending", numResults=3)

    assert len(similar["itemList"]) == 2
    assert "i1" not in {place["itemId"] for place in similar["itemList"]}
    assert len(trending["itemList"]) == 3


def test_given_items_are_all_put_in_order(door: Door) -> None:
    items(door, "i1", "i2")

    found = door.runtime.get_personalized_ranking(
        campaignArn=f"{ARN}campaign/ranking", userId="ann", inputList=["i2", "nowhere", "i1"],
        metadataColumns={"ITEMS": ["TITLE"]})

    ranked = found["personalizedRanking"]
    assert [place["itemId"] for place in ranked] == ["i2", "i1", "nowhere"]
    assert [place["metadata"] for place in ranked] == [{"TITLE": "I2"}, {"TITLE": "I1"}, {}]


def test_an_endpoint_may_end_with_a_slash(door: Door) -> None:
    Door(door.cloud, door.secret, "/").put({"eventType": "click", "itemId": "i1"})

    assert door.counts("ann") == {2: 1}


@pytest.mark.parametrize(("event", "reason"), [
    ({"eventType": "wave", "itemId": "i1"}, "eventList[0].eventType must be one of view, "),
    ({"eventType": "click"}, "eventList[0].itemId is required"),
    ({"eventType": "click", "itemId": "i1", "properties": "{"}, "eventList[0].properties is no"),
    ({"eventType": "click", "itemId": "i1", "properties": '{"userId":"x"}'}, "is a keyword"),
])
def test_one_bad_interaction_refuses_the_call(
    door: Door, event: dict[str, Any], reason: str
) -> None:
    client = door.events

    with pytest.raises(client.exceptions.InvalidInputException) as raised:
        client.put_events(trackingId="t", userId="ann", sessionId="s",
                          eventList=[{"sentAt": NOW_S, **event}])

    assert reason in raised.value.response["Error"]["Message"]
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert door.counts("ann") == {}


@pytest.mark.parametrize(("named", "field"), [
    ({"context": {"DEVICE": "phone"}}, "context"), ({"filterArn": f"{ARN}filter/x"}, "filterArn"),
    ({"filterValues": {"A": "b"}}, "filterValues"), ({"promotions": [{"name": "p"}]}, "promotions"),
    ({"numResults": 501}, "numResults"), ({"numResults": 0}, "numResults"),
    ({"itemId": "i1"}, "itemId"), ({"metadataColumns": {"USERS": ["A"]}}, "metadataColumns"),
    ({"recommenderArn": f"{ARN}recommender/for-you"}, "recommenderArn"),
])
def test_what_means_nothing_here_is_refused_by_name(
    door: Door, named: dict[str, Any], field: str
) -> None:
    client = door.runtime

    with pytest.raises(client.exceptions.InvalidInputException, match=field):
        client.get_recommendations(campaignArn=f"{ARN}campaign/for-you", userId="ann", **named)


def test_an_arn_that_names_nothing_is_not_found(door: Door) -> None:
    client, events = door.runtime, door.events

    with pytest.raises(client.exceptions.ResourceNotFoundException, match="for-you"):
        client.get_recommendations(campaignArn=f"{ARN}campaign/mine", userId="ann")
    with pytest.raises(events.exceptions.ResourceNotFoundException, match="ITEMS"):
        events.put_items(datasetArn=f"{ARN}dataset/shop/USERS", items=[{"itemId": "i1"}])


def test_who_was_erased_is_refused(door: Door) -> None:
    with door.cloud.client() as client:
        assert client.call("DELETE", "/users/ann", admin=True).status == 200

    for call in (lambda: door.put({"eventType": "click", "itemId": "i1"}),
                 lambda: door.events.put_users(datasetArn=f"{ARN}dataset/shop/USERS",
                                               users=[{"userId": "ann"}])):
        assert refused(door, call).startswith("InvalidInputException: ")


def test_another_secret_opens_nothing(door: Door) -> None:
    stranger = Door(door.cloud, "not-the-key")

    for call in (lambda: stranger.put({"eventType": "click", "itemId": "i1"}),
                 lambda: stranger.lists("trending"), lambda: items(stranger, "i1")):
        assert refused(door, call).startswith("InvalidSignatureException: the signature is not")
    assert door.counts("ann") == {}


def test_a_signature_of_another_body_or_time_or_service_opens_nothing(door: Door) -> None:
    body = json.dumps({"campaignArn": f"{ARN}campaign/trending"}).encode()
    keys, now = Credentials("any", door.secret), datetime.now(UTC)
    url = f"{door.cloud.url}/personalize/recommendations"

    assert post(url, body, keys, now) == 200
    assert post(url, body, keys, now, sent=body + b" ") == 403
    assert post(url, body, keys, now - timedelta(minutes=6)) == 403
    assert post(url, body, keys, now + timedelta(minutes=6)) == 403
    assert post(url, body, keys, now, service="execute-api") == 403
    assert post(url + "?a=b", body, keys, now) == 403


def test_without_a_signature_no_function_is_asked(door: Door) -> None:
    client = boto3.client("personalize-runtime", endpoint_url=f"{door.cloud.url}/personalize",
                          region_name="eu-west-1", config=Config(
                              signature_version=UNSIGNED, retries={"total_max_attempts": 1}))

    with pytest.raises(ClientError) as raised:
        client.get_recommendations(campaignArn=f"{ARN}campaign/trending")

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401


def test_actions_have_no_route(door: Door) -> None:
    with pytest.raises(ClientError) as raised:
        door.events.put_actions(datasetArn=f"{ARN}dataset/shop/ACTIONS",
                                actions=[{"actionId": "a"}])

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404)
