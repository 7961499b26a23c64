"""The profile `cheap`, called as callers call it: the key, signatures, tokens, pages, odd ids."""

import http.client
import json
from collections.abc import Iterator, Mapping

import pytest

from domain.route import Route
from infra.api import ROUTES
from local.client import Client, encode
from local.cloud import Cloud
from local.template import read, synthesize
from tests.flow.test_users_see_their_own import body_of
from tests.functions.issuing import AUDIENCE, LocalIssuer, issuing

ORIGIN = "https://shop.example"
CLICK = {"event_id": "e1", "type": "click", "item_id": "i1"}
JSON_TYPE = {"Content-Type": "application/json"}
KEYED = [route for route in ROUTES if route.keyed]


@pytest.fixture(scope="module")
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as made:
        yield made


@pytest.fixture(scope="module", params=["key", "token"])
def cloud(
    request: pytest.FixtureRequest, issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    """With the key alone, and with tokens beside it."""
    tokens = {"jwt_issuer": issuer.url, "jwt_audience": AUDIENCE}
    context = {"profile": "cheap", "allowed_origin": ORIGIN, "customer_key": True,
               "access_log": True, **(tokens if request.param == "token" else {})}
    template = read(synthesize(tmp_path_factory.mktemp("cdk"), context))
    with Cloud(None, template=template, live=False) as made:
        yield made


@pytest.fixture
def with_tokens(cloud: Cloud) -> bool:
    return "authorize" in cloud.by_verb


@pytest.fixture
def client(cloud: Cloud) -> Iterator[Client]:
    with cloud.client() as made:
        yield made


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def raw(
    cloud: Cloud, method: str, path: str, headers: Mapping[str, str], body: str = ""
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.request(method, path, body or None, dict(headers))
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def call(client: Client, route: Route, token: str) -> int:
    path = route.path.replace("{user_id}", "ann").replace("{item_id}", "i1")
    return client.call(route.method, path, body_of(route, "ann"), token=token).status


@pytest.mark.parametrize("route", KEYED, ids=name)
def test_with_key_and_token_every_route_answers(
    client: Client, issuer: LocalIssuer, route: Route
) -> None:
    client.call("PUT", "/items", {"items": [{"item_id": "i1", "title": "One"}]}, admin=True)
    client.call("PUT", "/users/ann", {"segment": "new"}, token=issuer.token())

    assert call(client, route, issuer.token()) in (200, 202)


@pytest.mark.parametrize("route", KEYED, ids=name)
def test_without_the_key_no_route_answers(
    cloud: Cloud, issuer: LocalIssuer, route: Route
) -> None:
    path = route.path.replace("{user_id}", "ann").replace("{item_id}", "i1")
    token = {"Authorization": f"Bearer {issuer.token()}"}

    statuses = [raw(cloud, route.method, path, {**token, **key}, "{}").status
                for key in ({}, {"x-api-key": "wrong"})]

    assert statuses == [401, 403]


@pytest.mark.parametrize("path", ["/trending", "/users/ann"])
def test_a_key_that_is_sent_twice_opens_nothing(
    cloud: Cloud, issuer: LocalIssuer, path: str
) -> None:
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.putrequest("GET", path)
    for key in ("wrong", cloud.api_key):
        connection.putheader("x-api-key", key)
    connection.putheader("Authorization", f"Bearer {issuer.token()}")
    connection.endheaders()

    status = connection.getresponse().status

    connection.close()
    assert status == 403


def test_where_tokens_are_asked_for_the_key_is_not_enough(
    client: Client, issuer: LocalIssuer, with_tokens: bool
) -> None:
    client.call("PUT", "/users/ann", {"segment": "new"}, token=issuer.token())

    statuses = [client.call("GET", "/users/ann", token=token).status
                for token in ("", "a.b.c", issuer.token())]

    assert statuses == ([401, 403, 200] if with_tokens else [200, 200, 200])


def test_nobody_is_served_as_somebody_else_over_http(
    client: Client, issuer: LocalIssuer, with_tokens: bool
) -> None:
    client.call("PUT", "/users/bob", {"segment": "new"}, token=issuer.token(sub="bob"))

    reply = client.call("GET", "/users/bob", token=issuer.token())

    assert reply.status == (403 if with_tokens else 200)


@pytest.mark.parametrize("route", [r for r in ROUTES if r.admin], ids=name)
def test_the_key_opens_nothing_of_administrators(cloud: Cloud, route: Route) -> None:
    path = route.path.replace("{user_id}", "carol")

    response = raw(cloud, route.method, path, {"x-api-key": cloud.api_key}, "{}")

    assert response.status == 403


def test_administrators_sign(client: Client) -> None:
    assert client.call("GET", "/models", admin=True).status == 200
    assert client.call("DELETE", "/users/carol", admin=True).status == 200


@pytest.mark.parametrize("item_id", ["50%25 off", "a b", "žluťoučký", "what?", "1+1"])
def test_an_odd_id_comes_through_a_path(client: Client, item_id: str) -> None:
    facts = {"item_id": item_id, "title": "Odd"}
    client.call("PUT", "/items", {"items": [facts]}, admin=True)

    reply = client.call("GET", f"/items/{encode(item_id)}")

    assert (reply.status, reply.body["item_id"]) == (200, item_id)


def test_an_id_with_a_slash_finds_no_route(client: Client) -> None:
    assert client.call("GET", f"/items/{encode('a/b')}").status == 404


@pytest.mark.parametrize("kind", [
    {}, JSON_TYPE, {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"}])
def test_a_body_is_read_whatever_it_calls_itself(
    cloud: Cloud, issuer: LocalIssuer, kind: dict[str, str]
) -> None:
    headers = {"x-api-key": cloud.api_key, "Authorization": f"Bearer {issuer.token()}", **kind}

    response = raw(cloud, "POST", "/events", headers,
                   json.dumps({"user_id": "ann", "events": [CLICK]}))

    assert response.status == 202


@pytest.mark.parametrize(("path", "status", "readable"), [
    ("/trending", 200, [ORIGIN]), ("/trending?k=many", 400, [ORIGIN]),  # of a function
    ("/nothing", 404, None), ("/models", 403, None)])                   # of API Gateway
def test_a_page_of_the_origin_may_read_what_functions_answer(
    cloud: Cloud, path: str, status: int, readable: list[str] | None
) -> None:
    response = raw(cloud, "GET", path, {"x-api-key": cloud.api_key, "Origin": ORIGIN})

    assert response.status == status
    assert response.headers.get_all("Access-Control-Allow-Origin") == readable


def test_a_page_of_another_origin_may_not(cloud: Cloud) -> None:
    response = raw(cloud, "GET", "/trending",
                   {"x-api-key": cloud.api_key, "Origin": "https://evil.example"})

    assert response.headers.get_all("Access-Control-Allow-Origin") is None


def test_a_browser_that_asks_first_is_told_what_it_may_send(cloud: Cloud) -> None:
    response = raw(cloud, "OPTIONS", "/users/ann", {
        "Origin": ORIGIN, "Access-Control-Request-Method": "GET"})

    assert response.status == 204
    assert "X-Api-Key" in response.headers["access-control-allow-headers"]
    assert set(response.headers["access-control-allow-methods"].split(",")) == {
        "GET", "POST", "PUT"}
