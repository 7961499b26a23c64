"""What a browser or a CDN keeps: what is everybody's, for as long as it says, and no longer."""

import http.client
from collections.abc import Iterator

import pytest

from domain.route import Route
from domain.routes import ROUTES
from local.cloud import Cloud

CHEAP, DEAR = "/trending?filter=price%3C2", "/trending?filter=price%3E%3D2"
SHARED = ["/trending?k=2", "/trending?window=1h", "/items/i1/similar", "/openapi.json", "/docs",
          CHEAP, "/items/i1/similar?exclude=i0&exclude=i2"]


@pytest.fixture
def shop(cloud: Cloud) -> Iterator[Cloud]:
    """Three items, and a click on one."""
    with cloud.client() as client:
        items = [{"item_id": f"i{n}", "title": f"Item {n}", "price": n} for n in range(3)]
        client.call("PUT", "/items", {"items": items}, admin=True)
        client.call("POST", "/events", {"user_id": "ann", "events": [
            {"event_id": "e1", "type": "click", "item_id": "i1"}]})
        cloud.drain()
        look_again(cloud)
        yield cloud


def look_again(cloud: Cloud) -> None:
    """As in another execution environment, which read everything by itself."""
    cloud.by_verb["recommend"].load()


def get(cloud: Cloud, path: str, held: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.request("GET", path, headers={
        "x-api-key": cloud.api_key, **({"If-None-Match": held} if held else {})})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.mark.parametrize("path", SHARED)
def test_what_is_everybodys_may_be_kept_and_asked_for_again(shop: Cloud, path: str) -> None:
    first = get(shop, path)

    again = get(shop, path, str(first.headers["ETag"]))

    assert str(first.headers["Cache-Control"]).startswith("public, max-age=")
    assert (first.status, again.status, again.headers["ETag"]) == (
        200, 304, first.headers["ETag"])


@pytest.mark.parametrize("path", SHARED)
def test_a_tag_is_the_same_whichever_copy_of_a_function_answers(shop: Cloud, path: str) -> None:
    tags = []
    for _ in range(2):
        tags.append(get(shop, path).headers["ETag"])
        look_again(shop)

    assert tags[0] == tags[1]


def test_a_tag_is_of_what_was_asked_for(shop: Cloud) -> None:
    cheap = str(get(shop, CHEAP).headers["ETag"])

    assert get(shop, DEAR, cheap).status == 200
    assert get(shop, CHEAP, cheap).status == 304


def test_an_item_that_a_filter_no_longer_lets_through_changes_the_tag(shop: Cloud) -> None:
    tag = str(get(shop, CHEAP).headers["ETag"])

    with shop.client() as client:
        client.call("PUT", "/items", {"items": [{"item_id": "i0", "title": "Item 0", "price": 9}]},
                    admin=True)
    look_again(shop)

    assert get(shop, CHEAP, tag).status == 200


def test_a_list_that_has_changed_is_sent_again(shop: Cloud) -> None:
    tag = str(get(shop, "/trending").headers["ETag"])

    with shop.client() as client:
        client.call("PUT", "/items", {"items": [{"item_id": "i2", "title": "Another"}]}, admin=True)
    look_again(shop)

    assert get(shop, "/trending", tag).status == 200


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET" and r.keyed
                                   and r.fresh_s is None], ids=lambda route: route.key)
def test_nobody_keeps_what_is_about_somebody_or_of_the_moment(shop: Cloud, route: Route) -> None:
    path = route.path.replace("{user_id}", "ann").replace("{item_id}", "i1")

    found = get(shop, path)

    assert found.status == 200
    assert found.headers["Cache-Control"] == "private, no-store"
    assert found.headers["ETag"] is None


@pytest.mark.parametrize("path", ["/trending?k=0", "/items/%00/similar"])
def test_nobody_keeps_a_refusal(shop: Cloud, path: str) -> None:
    found = get(shop, path)

    assert (found.status, found.headers["Cache-Control"]) == (400, "private, no-store")
