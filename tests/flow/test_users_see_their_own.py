"""A deployment with every guard up: its issuer, its authorizer, the functions behind."""

import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from domain.route import Route
from infra.api import ROUTES
from local.client import Client, Reply
from local.cloud import Cloud
from local.template import read, synthesize
from tests.functions.issuing import AUDIENCE, OTHER_RSA, LocalIssuer, issuing
from tests.functions.stage import proxy_event

CLICK = {"event_id": "e1", "type": "click", "item_id": "i1"}
ORIGIN = "https://shop.example"
ABOUT_USERS = [route for route in ROUTES if route.about_user]


@pytest.fixture(scope="module")
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as made:
        yield made


@pytest.fixture(scope="module")
def cloud(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    context = {"jwt_issuer": issuer.url, "jwt_audience": AUDIENCE, "allowed_origin": ORIGIN,
               "web_acl": True, "customer_key": True, "access_log": True}
    template = read(synthesize(tmp_path_factory.mktemp("cdk"), context))  # its port never returns
    with Cloud(None, template=template, live=False) as made:
        yield made


@pytest.fixture
def client(cloud: Cloud) -> Iterator[Client]:
    with cloud.client() as made:
        yield made


def body_of(route: Route, user_id: str) -> Any:
    if route.path == "/events":
        return {"user_id": user_id, "events": [CLICK]}
    if route.path.endswith("/sessions"):
        return {"session_id": f"visit of {user_id}"}
    bodies: dict[str, Any] = {
        "/slates": {"user_id": user_id, "placements": [{"name": "top"}]},
        "recommendations": {}, "ranking": {"items": ["i1"]}, "explanations": {"item_id": "i1"}}
    said = bodies.get(route.path, bodies.get(route.path.split("/")[-1], {"segment": "new"}))
    return said if route.body else None


def call(client: Client, route: Route, user_id: str, token: str) -> Reply:
    path = route.path.replace("{user_id}", user_id)
    return client.call(route.method, path, body_of(route, user_id), token=token)


def refusal(reply: Reply) -> tuple[int, str, str | None]:
    return reply.status, reply.body["error"]["code"], reply.body["error"]["field"]


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", ABOUT_USERS, ids=name)
def test_with_a_token_a_user_is_served(
    client: Client, issuer: LocalIssuer, route: Route
) -> None:
    client.call("PUT", "/users/ann", {"segment": "new"}, token=issuer.token())

    reply = call(client, route, "ann", issuer.token())

    assert reply.status in (200, 202)


@pytest.mark.parametrize("route", ABOUT_USERS, ids=name)
def test_nobody_is_served_as_somebody_else(
    client: Client, issuer: LocalIssuer, route: Route
) -> None:
    reply = call(client, route, "bob", issuer.token())

    assert refusal(reply) == (403, "forbidden", "user_id")


@pytest.mark.parametrize("route", ABOUT_USERS, ids=name)
def test_without_a_token_the_key_is_not_enough(client: Client, route: Route) -> None:
    reply = call(client, route, "ann", "")

    assert refusal(reply) == (401, "unauthorized", None)


@pytest.mark.parametrize("route", ABOUT_USERS, ids=name)
def test_a_function_called_past_its_authorizer_refuses(cloud: Cloud, route: Route) -> None:
    path = {"user_id": "ann"} if "{user_id}" in route.path else {}
    event = proxy_event(route.method, route.path, body_of(route, "ann"), **path)
    event["requestContext"].pop("authorizer", None)

    answered = cloud.by_verb[route.verb].invoke(event)

    assert answered["statusCode"] == 403
    assert '"field":"authorization"' in answered["body"]


def test_a_token_signed_with_an_unknown_key_is_401(client: Client, issuer: LocalIssuer) -> None:
    reply = client.call("GET", "/users/ann", token=issuer.token(OTHER_RSA))

    assert refusal(reply) == (401, "unauthorized", None)


def test_events_of_a_session_need_a_token_of_that_session(
    client: Client, issuer: LocalIssuer
) -> None:
    body = {"session_id": "s1", "events": [CLICK]}

    of_user = client.call("POST", "/events", body, token=issuer.token())
    of_session = client.call("POST", "/events", body, token=issuer.token(sub="~s1"))

    assert (refusal(of_user), of_session.status) == ((403, "forbidden", "user_id"), 202)


def test_what_is_about_nobody_needs_the_key_alone(client: Client) -> None:
    shared = [r for r in ROUTES if r.keyed and not r.about_user]

    statuses = {name(r): client.call(r.method, r.path.replace("{item_id}", "i1")).status
                for r in shared}

    assert statuses == {"GET /items/{item_id}": 404, "GET /items/{item_id}/similar": 200,
                        "GET /trending": 200, "GET /health": 200}


def test_administrators_sign_and_need_no_token(client: Client) -> None:
    assert client.call("DELETE", "/users/carol", admin=True).status == 200


def test_while_nobody_can_tell_whether_a_token_is_good_the_answer_is_500(
    cloud: Cloud, client: Client, issuer: LocalIssuer
) -> None:
    cloud.by_verb["authorize"].load()  # a new execution environment, which knows no key
    described, issuer.described = issuer.described, None

    reply = client.call("GET", "/users/ann", token=issuer.token())

    issuer.described = described
    assert refusal(reply) == (500, "unavailable", None)


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/trending", 200),              # of a function
    ("GET", "/trending?k=many", 400),       # of a function, refusing
    ("GET", "/users/ann", 401),             # of API Gateway, for want of a token
    ("GET", "/nothing", 403),               # for want of a route
    ("GET", "/models", 403),                # for want of a signature
    ("OPTIONS", "/users/ann", 204),         # before the browser dares to call
])
def test_a_page_of_the_origin_may_read_whatever_is_answered(
    cloud: Cloud, method: str, path: str, status: int
) -> None:
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))

    connection.request(method, path, headers={"x-api-key": cloud.api_key, "Origin": ORIGIN})

    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == status
    assert response.headers.get_all("Access-Control-Allow-Origin") == [ORIGIN]
