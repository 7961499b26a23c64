"""An event goes in, a recommendation comes out: over HTTP, through every stage, with training."""

import json
import time
from collections.abc import Iterator

import pytest

from local import planted
from local.client import Client
from local.cloud import Cloud
from local.planted import CONFIG
from tests.functions.promised import hold

TINY = {"hyperparameters": json.dumps({
    name: json.loads(value) for name, value in CONFIG.to_hyperparameters().items()})}


@pytest.fixture(scope="module", params=[{}, {"profile": "cheap"}], ids=["rest", "http"])
def shop(request: pytest.FixtureRequest) -> Iterator[tuple[Cloud, Client]]:
    """A cloud with the planted catalogue and log, nothing trained yet."""
    context = {**TINY, **request.param}
    with Cloud(None, live=False, context=context) as cloud, cloud.client() as client:
        facts = [item.facts for item in planted.items()]
        assert client.call("PUT", "/items", {"items": facts}, admin=True).status == 200
        shift_ms = time.time_ns() // 1_000_000 - planted.records()[-1].batch.events[-1].at_ms
        for record in planted.records():
            events = [{"event_id": e.event_id, "type": e.type, "item_id": e.item_id,
                       "at": e.at_ms + shift_ms} for e in record.batch.events]
            body = {"user_id": record.batch.subject, "events": events}
            assert client.call("POST", "/events", body).status == 202
        cloud.drain()
        yield cloud, client


def click(cloud: Cloud, client: Client, user_id: str, item_ids: list[str]) -> None:
    now_ms = time.time_ns() // 1_000_000
    events = [{"event_id": f"{user_id}-{item_id}", "type": "click", "item_id": item_id,
               "at": now_ms - 60_000 * (len(item_ids) - number)}
              for number, item_id in enumerate(item_ids)]
    assert client.call("POST", "/events", {"user_id": user_id, "events": events}).status == 202
    cloud.drain()


def look_again(cloud: Cloud) -> None:
    """As in a new execution environment: pointer and roll-ups are read at once, not in a while."""
    cloud.by_verb["recommend"].load()


def items(client: Client, path: str) -> tuple[str, list[str]]:
    answer = client.call("GET", path)
    assert answer.status == 200
    hold("GET", "/users/{user_id}/recommendations", 200, answer.body)
    return answer.body["source"], [item["item_id"] for item in answer.body["items"]]


def test_the_whole_flow(shop: tuple[Cloud, Client]) -> None:
    cloud, client = shop

    # Before any model: what everybody does, and what is done after one's own events.
    assert items(client, "/users/nobody/recommendations?k=3")[0] == "catalogue"
    cloud.fire("roll_up_catalog")
    cloud.fire("roll_up_trends")
    look_again(cloud)
    assert items(client, "/users/nobody/recommendations?k=3")[0] == "trending"
    click(cloud, client, "early", planted.walk(0, 3, 1, 2))
    assert items(client, "/users/early/recommendations?k=3")[0] == "session"

    # Trained in SageMaker's contract, judged, promoted.
    (job,) = cloud.fire("start_training").jobs
    assert (job.status, job.reason) == ("Completed", "")
    shelf = client.call("GET", "/models", admin=True).body
    hold("GET", "/models", 200, shelf)
    assert shelf["models"][0]["refusals"] == []
    metrics = shelf["models"][0]["metrics"]
    assert metrics["model"]["ndcg@10"] > metrics["covisitation"]["ndcg@10"]
    assert shelf["current"] == shelf["models"][0]["version"]
    look_again(cloud)
    assert client.call("GET", "/health").body["model"] == shelf["current"]

    # A new user walks up a ring: the next step up comes first, and the reasons are the own events.
    click(cloud, client, "new", planted.walk(1, 5, 1, 4))
    source, listed = items(client, "/users/new/recommendations?k=5")
    assert source == "personal"
    assert listed[0] == planted.item_id(1, 9)
    assert not set(listed) & set(planted.walk(1, 5, 1, 4))
    first = client.call("GET", "/users/new/recommendations?k=1").body["items"][0]
    assert first["reasons"]
    assert {i for reason in first["reasons"] for i in reason["because"]} <= set(
        planted.walk(1, 5, 1, 4))

    # The very next call knows what the client has not flushed yet, and then the event itself.
    up = planted.walk(2, 0, 1, 3)
    flushless = "&".join(f"recent={item_id}" for item_id in up)
    _, now = items(client, f"/users/new/recommendations?k=5&{flushless}")
    assert now[0] == planted.item_id(2, 3)
    click(cloud, client, "new", up)
    assert items(client, "/users/new/recommendations?k=5")[1][0] == planted.item_id(2, 3)

    # Erased: from the answer on, nothing is personal, and nothing is taken.
    assert client.call("DELETE", "/users/new", admin=True).status == 200
    assert items(client, "/users/new/recommendations?k=3")[0] == "trending"
    refused = client.call("POST", "/events", {"user_id": "new", "events": [
        {"event_id": "late", "type": "click", "item_id": "a1"}]})
    assert (refused.status, refused.body["error"]["field"]) == (410, "user_id")
    assert client.call("GET", "/users/new").status == 404
