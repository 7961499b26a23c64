import pytest

from functions.users import Users
from local import planted
from local.cloud import Cloud
from local.collection import Collection, CollectionError
from local.loader import LOADED, load


def collection(users: int = 6) -> Collection:
    found = Collection("planted", {}, items=[item.facts for item in planted.items()],
                       users={"user-0": {"segment": "first"}})
    for record in planted.records(users=users, length=30):
        for event in record.batch.events:
            found.add(record.batch.subject,
                      {"type": event.type, "item_id": event.item_id, "at": event.at_ms})
    found.sort()
    return found



def counts(cloud: Cloud, found: Collection) -> dict[str, dict[int, int]]:
    users = Users(cloud.by_verb["update_user_features"].environment["HEADWATER_USERS_TABLE"])
    return {user: users.get(user).state.counts for user in found.events}


def test_everything_arrives_through_the_api(cloud: Cloud) -> None:
    found = collection()

    refused = load(cloud, found)

    cloud.drain()
    assert refused == []
    assert counts(cloud, found) == {user: {2: 30} for user in found.events}
    with cloud.client() as client:
        assert client.call("GET", "/items/a3").body["categories"] == ["ring a"]
        assert client.call("GET", "/users/user-0").body["segment"] == "first"


def test_loading_goes_on_where_it_stopped_and_a_repeated_call_counts_once(cloud: Cloud) -> None:
    found = collection()
    load(cloud, found)
    known = cloud.recall(LOADED)
    cloud.remember(LOADED, {**known, "calls": known["calls"] - 1})  # killed before it was noted

    load(cloud, found)

    cloud.drain()
    assert cloud.recall(LOADED)["calls"] == known["calls"]
    assert counts(cloud, found) == {user: {2: 30} for user in found.events}


def test_two_collections_do_not_mix(cloud: Cloud) -> None:
    found = collection(users=1)
    load(cloud, found)
    found.name = "another"

    with pytest.raises(CollectionError, match="the cloud holds planted"):
        load(cloud, found)


def test_what_the_api_refuses_is_told(cloud: Cloud) -> None:
    found = collection(users=1)
    found.items.append({"item_id": "odd", "price": -1})

    refused = load(cloud, found)

    assert len(refused) == 1
    assert "price" in refused[0]


def test_old_collections_are_moved_so_that_they_end_now(cloud: Cloud) -> None:
    found = collection(users=2)
    found.past = True

    load(cloud, found)

    cloud.drain()
    cloud.fire("roll_up_trends")
    with cloud.client() as client:
        assert client.call("GET", "/trending?window=1h").body["source"] == "trending"
