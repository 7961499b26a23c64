import json
from typing import Any

import pytest

from local.routes import Refusals, Route, Routes
from tests.local.stage import template


@pytest.mark.parametrize(("method", "path", "expected"), [
    ("POST", "/events", ("/events", {})),
    ("GET", "/echo/42", ("/echo/{item_id}", {"item_id": "42"})),
    ("GET", "/echo/mine", ("/echo/mine", {})),
    ("GET", "/echo/a%2Fb%20%C3%BC", ("/echo/{item_id}", {"item_id": "a%2Fb%20%C3%BC"})),
    ("GET", "/echo/1/2", None),
    ("GET", "/echo/", None),
    ("DELETE", "/events", None),
    ("GET", "/", None),
])
def test_a_request_finds_its_route(method: str, path: str, expected: Any) -> None:
    found = Routes.of(template()).find(method, path)

    assert (found and (found[0].path, found[1])) == expected


def test_a_method_tells_who_may_call_it() -> None:
    routes = Routes.of(template())

    def guards(method: str, path: str) -> tuple[bool, bool, bool]:
        route, _ = routes.find(method, path) or (Route("", ""), {})
        return route.signed, route.keyed, route.check is not None

    assert guards("POST", "/events") == (False, True, True)
    assert guards("PUT", "/echo/1") == (True, False, False)
    assert guards("GET", "/echo/mine") == (False, False, False)


def test_a_method_without_validator_checks_no_body() -> None:
    events = template().resources("AWS::ApiGateway::Method")["PostEvents"]
    unchecked = {key: value for key, value in events.items() if key != "RequestValidatorId"}
    routes = Routes.of(template(PostEvents={"Type": "AWS::ApiGateway::Method",
                                            "Properties": unchecked}))

    route, _ = routes.find("POST", "/events") or (Route("", ""), {})

    assert route.check is None


def test_a_preflight_is_answered_from_the_template() -> None:
    route, _ = Routes.of(template()).find("OPTIONS", "/events") or (Route("", ""), {})

    assert route.mock is not None
    assert route.mock.status == 204
    assert route.mock.headers == [("Access-Control-Allow-Origin", "*")]


def test_a_refusal_has_the_shape_of_the_template() -> None:
    answer = Refusals(template()).answer("INVALID_API_KEY")

    assert answer.status == 403
    assert json.loads(answer.body) == {
        "error": {"code": "INVALID_API_KEY", "message": "Forbidden", "field": None}}
    assert ("Access-Control-Allow-Origin", "*") in answer.headers


def test_the_shape_of_a_kind_comes_before_the_general_one() -> None:
    answer = Refusals(template()).answer("MISSING_AUTHENTICATION_TOKEN")

    assert json.loads(answer.body)["error"]["message"] == "no such route"


def test_quotes_in_a_message_do_not_break_the_answer() -> None:
    answer = Refusals(template()).answer("INVALID_SIGNATURE", 'say "please"')

    assert json.loads(answer.body)["error"]["message"] == 'say "please"'


@pytest.mark.parametrize("kind", ["DEFAULT_5XX", "REQUEST_TOO_LARGE"])
def test_what_the_template_does_not_shape_is_as_the_service_has_it(kind: str) -> None:
    answer = Refusals(template()).answer(kind)

    assert list(json.loads(answer.body)) == ["message"]
