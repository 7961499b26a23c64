"""The same routes as an HTTP API: guarded alike, throttled, watched, logged."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.route import Route
from infra.api import ROUTES
from tests.infra.synthesized import Stack
from tests.infra.test_api import OPEN

V2 = "AWS::ApiGatewayV2::"


def opened(stack: Stack) -> dict[str, Any]:
    """Route key -> properties."""
    return {found["RouteKey"]: found for found in stack.of(V2 + "Route").values()}


def key_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def stage_of(stack: Stack) -> dict[str, Any]:
    (stage,) = stack.of(V2 + "Stage").values()
    return dict(stage)


def test_there_is_one_api_and_it_is_no_rest_api(cheap: Stack) -> None:
    (api,) = cheap.of(V2 + "Api").values()

    assert api["ProtocolType"] == "HTTP"
    assert not [found["Type"] for found in cheap.resources.values()
                if found["Type"].startswith("AWS::ApiGateway::")
                and found["Type"] != "AWS::ApiGateway::ApiKey"]


def test_every_route_is_there_and_no_other(cheap: Stack) -> None:
    assert set(opened(cheap)) == {key_of(route) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_route_of_an_http_api_is_signed_or_asks_for_the_key(cheap: Stack, route: Route) -> None:
    found = opened(cheap)[key_of(route)]

    assert found["AuthorizationType"] == (
        "AWS_IAM" if route.admin else "NONE" if route.path in OPEN else "CUSTOM")
    if found["AuthorizationType"] == "CUSTOM":
        asked = cheap.of(V2 + "Authorizer")[found["AuthorizerId"]["Ref"]]
        assert asked["IdentitySource"] == ["$request.header.x-api-key"]


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_route_of_an_http_api_about_one_user_asks_for_a_token_beside_the_key(
    gated: Stack, route: Route
) -> None:
    found = opened(gated)[key_of(route)]

    if not route.keyed:
        assert found["AuthorizationType"] == ("AWS_IAM" if route.admin else "NONE")
    else:
        asked = gated.of(V2 + "Authorizer")[found["AuthorizerId"]["Ref"]]
        token = ["$request.header.Authorization"] if route.about_user else []
        assert asked["IdentitySource"] == ["$request.header.x-api-key", *token]


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_route_of_an_http_api_leads_to_its_function_with_the_event_of_rest_apis(
    cheap: Stack, route: Route
) -> None:
    target = opened(cheap)[key_of(route)]["Target"]["Fn::Join"][1]
    integration = cheap.of(V2 + "Integration")[target[1]["Ref"]]

    assert target[0] == "integrations/"
    assert cheap.verb_of(integration["IntegrationUri"]["Fn::GetAtt"][0]) == route.verb
    assert integration["PayloadFormatVersion"] == "1.0"


def test_a_function_has_one_integration(cheap: Stack) -> None:
    assert len(cheap.of(V2 + "Integration")) == len({route.verb for route in ROUTES})


def test_no_route_of_an_http_api_takes_more_than_the_deployment(cheap: Stack) -> None:
    assert stage_of(cheap)["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1000}


def test_administrators_of_an_http_api_take_less(cheap: Stack) -> None:
    limits = {key: (found["ThrottlingRateLimit"], found["ThrottlingBurstLimit"])
              for key, found in stage_of(cheap)["RouteSettings"].items()}

    assert limits == {"PUT /items": (20, 40), "DELETE /users/{user_id}": (20, 40),
                      "GET /health": (20, 40), "GET /models": (5, 10),
                      "PUT /users/{user_id}/consent": (20, 40),
                      "GET /users/{user_id}/erasure": (20, 40),
                      "GET /users/{user_id}/export": (20, 40),
                      "GET /trending/withheld": (5, 10),
                      "PUT /models/current": (1, 2), "POST /batches": (1, 2),
                      "GET /batches": (1, 2), "GET /batches/{batch_id}": (5, 10),
                      "POST /batches/{batch_id}/resumption": (1, 2),
                      "GET /openapi.json": (1, 2), "GET /docs": (1, 2)}


def test_the_stage_waits_for_the_routes_that_it_limits(cheap: Stack) -> None:
    (stage,) = cheap.of(V2 + "Stage")

    assert set(cheap.of(V2 + "Route")) <= set(cheap.resources[stage]["DependsOn"])


def test_pages_of_the_origin_alone_may_call_an_http_api(gated: Stack) -> None:
    (api,) = gated.of(V2 + "Api").values()

    assert api["CorsConfiguration"] == {
        "AllowOrigins": ["https://shop.example"], "AllowMethods": ["POST", "GET", "PUT"],
        "AllowHeaders": ["Content-Type", "X-Api-Key", "Authorization"], "MaxAge": 3600}


def test_a_log_line_of_an_http_api_names_nobody(gated: Stack, cheap: Stack) -> None:
    logged = json.loads(stage_of(gated)["AccessLogSettings"]["Format"])

    assert "AccessLogSettings" not in stage_of(cheap)
    assert not [name for name in logged if "identity" in name or name in ("path", "authorizer")]
    assert "$context.path" not in logged.values()


def test_an_http_api_is_watched_by_its_id(cheap: Stack) -> None:
    (api,) = cheap.of(V2 + "Api")
    seen = [part["MetricStat"]["Metric"] for alarm in cheap.of("AWS::CloudWatch::Alarm").values()
            for part in alarm.get("Metrics", []) if "MetricStat" in part]

    found = {(m["MetricName"], str(m["Dimensions"])) for m in seen
             if m["Namespace"] == "AWS/ApiGateway"}

    place = str([{"Name": "ApiId", "Value": {"Ref": api}}])
    assert found == {("5xx", place), ("Count", place)}


def test_the_dashboard_draws_what_an_http_api_answers(cheap: Stack) -> None:
    (board,) = cheap.of("AWS::CloudWatch::Dashboard").values()

    assert '\\"AWS/ApiGateway\\",\\"5xx\\",\\"ApiId\\"' in json.dumps(board["DashboardBody"])


def test_the_outputs_are_the_same_whichever_api(stack: Stack, cheap: Stack) -> None:
    assert set(cheap.document["Outputs"]) == set(stack.document["Outputs"])


@pytest.mark.parametrize("settings", [{}, {
    "jwt_issuer": "https://id.example", "jwt_audience": "shop", "access_log": True}])
def test_an_http_api_passes_the_security_rules(
    synthesize: Callable[..., Stack], settings: dict[str, Any]
) -> None:
    assert synthesize(api="http", security_rules=True, **settings).of(V2 + "Api")
