"""The door for callers of Personalize: its key, its authorizer, its throttles, on either API."""

from collections.abc import Callable

import pytest

from infra.api import PERSONALIZE, Route
from tests.infra.synthesized import Stack
from tests.infra.test_api import methods, throttles
from tests.infra.test_http_api import V2, opened


def name(route: Route) -> str:
    return route.path


def test_without_the_setting_nothing_of_it_is_there(stack: Stack) -> None:
    assert not {route.verb for route in PERSONALIZE} & set(stack.functions())
    assert len(stack.of("AWS::ApiGateway::ApiKey")) == 1
    assert not any(path.startswith("/personalize") for _, path in methods(stack))


@pytest.mark.parametrize("route", PERSONALIZE, ids=name)
def test_a_rest_api_shows_the_signature_and_demands_no_key(
    everything: Stack, route: Route
) -> None:
    method = methods(everything)[route.method, route.path]
    authorizer = everything.of("AWS::ApiGateway::Authorizer")[method["AuthorizerId"]["Ref"]]

    assert (method["AuthorizationType"], method["ApiKeyRequired"]) == ("CUSTOM", False)
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["IdentityValidationExpression"].startswith("^AWS4-HMAC-SHA256 ")
    assert "PersonalizeCarrySignature" in str(authorizer["AuthorizerUri"])


@pytest.mark.parametrize("route", PERSONALIZE, ids=name)
def test_an_http_api_shows_it_too(gated: Stack, route: Route) -> None:
    found = opened(gated)[f"{route.method} {route.path}"]
    authorizer = gated.of(V2 + "Authorizer")[found["AuthorizerId"]["Ref"]]

    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0


def test_each_route_is_throttled_by_itself(everything: Stack) -> None:
    limits = throttles(everything)

    assert {route.path: limits[route.method, route.path] for route in PERSONALIZE} == {
        "/personalize/events": (200, 400), "/personalize/items": (20, 40),
        "/personalize/users": (20, 40), "/personalize/recommendations": (200, 400),
        "/personalize/personalize-ranking": (200, 400)}


def test_its_lists_get_the_room_that_the_other_lists_get(synthesize: Callable[..., Stack]) -> None:
    functions = synthesize(personalize=True, recommend_memory_mb=5000,
                           recommend_disk_mb=3000).functions()

    assert {name: functions["get_personalize"][name] for name in (
        "MemorySize", "EphemeralStorage", "Timeout")} == {
            "MemorySize": 5000, "EphemeralStorage": {"Size": 3000}, "Timeout": 300}


@pytest.mark.parametrize("which", ["everything", "gated"])
def test_its_key_is_its_own_and_in_no_plan(which: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(which)
    (key,) = (id_ for id_ in stack.of("AWS::ApiGateway::ApiKey") if id_.startswith("Personalize"))

    bound = stack.of("AWS::ApiGateway::UsagePlanKey").values()

    assert key not in [one["KeyId"]["Ref"] for one in bound]
    assert stack.document["Outputs"]["PersonalizeKeyId"]["Value"] == {"Ref": key}
    for route in PERSONALIZE:
        assert stack.environment(route.verb)["HEADWATER_SIGNING_KEY_ID"] == {"Ref": key}


def test_no_page_is_told_that_it_may_call(everything: Stack) -> None:
    assert not [path for method, path in methods(everything)
                if method == "OPTIONS" and path.startswith("/personalize")]
