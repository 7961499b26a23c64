import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.event import EVENT_SCHEMA, EVENTS_SCHEMA
from domain.route import Route
from infra.api import ROUTES
from tests.infra.synthesized import Stack

OPEN = {"/openapi.json", "/docs"}  # to anybody


def methods(stack: Stack) -> dict[tuple[str, str], Any]:
    """(method, path) -> properties."""
    resources = stack.of("AWS::ApiGateway::Resource")

    def path_of(id_: Any) -> str:
        if "Ref" not in id_:
            return ""
        found = resources[id_["Ref"]]
        return f"{path_of(found['ParentId'])}/{found['PathPart']}"

    return {(method["HttpMethod"], path_of(method["ResourceId"])): method
            for method in stack.of("AWS::ApiGateway::Method").values()}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_is_signed_or_carries_the_key(stack: Stack, route: Route) -> None:
    method = methods(stack)[route.method, route.path]

    assert method["AuthorizationType"] == ("AWS_IAM" if route.admin else "NONE")
    assert method["ApiKeyRequired"] is (not route.admin and route.path not in OPEN)


def test_what_changes_items_users_lists_or_models_is_for_administrators() -> None:
    admin = {(route.method, route.path) for route in ROUTES if route.admin}

    assert admin == {("PUT", "/items"), ("DELETE", "/users/{user_id}"), ("GET", "/models"),
                     ("GET", "/trending/withheld"),
                     ("PUT", "/models/current"), ("PUT", "/users/{user_id}/consent"),
                     ("GET", "/users/{user_id}/erasure"), ("GET", "/users/{user_id}/export"),
                     ("POST", "/batches"), ("GET", "/batches"), ("GET", "/batches/{batch_id}"),
                     ("POST", "/batches/{batch_id}/resumption")}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_leads_to_its_function(stack: Stack, route: Route) -> None:
    integration = methods(stack)[route.method, route.path]["Integration"]

    assert integration["Type"] == "AWS_PROXY"
    assert route.verb in {stack.verb_of(part["Fn::GetAtt"][0])
                          for part in integration["Uri"]["Fn::Join"][1]
                          if "Fn::GetAtt" in part}


def test_nothing_else_is_open_but_preflights(stack: Stack) -> None:
    routes = {(route.method, route.path) for route in ROUTES}

    others = {key: method for key, method in methods(stack).items() if key not in routes}

    assert {method for method, _ in others} == {"OPTIONS"}
    assert {path for _, path in others} == {route.path for route in ROUTES if not route.admin}


def test_a_preflight_allows_what_needs_no_signature(stack: Stack) -> None:
    preflight = methods(stack)["OPTIONS", "/users/{user_id}"]

    (answer,) = preflight["Integration"]["IntegrationResponses"]
    allowed = answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Methods"]

    assert allowed == "'PUT,GET'"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.body], ids=lambda route: route.path)
def test_a_body_is_described_by_the_schema_of_the_domain(stack: Stack, route: Route) -> None:
    method = methods(stack)[route.method, route.path]
    model = stack.of("AWS::ApiGateway::Model")[method["RequestModels"]["application/json"]["Ref"]]

    assert "RequestValidatorId" not in method
    assert set(model["Schema"]["properties"]) == set(route.body["properties"])


def test_a_model_speaks_draft_4(stack: Stack) -> None:
    schemas = [model["Schema"] for model in stack.of("AWS::ApiGateway::Model").values()]

    assert all(schema["$schema"].endswith("draft-04/schema#") for schema in schemas)
    assert "propertyNames" not in json.dumps(schemas)


def test_the_schema_of_events_is_told_whole(stack: Stack) -> None:
    schema = stack.of("AWS::ApiGateway::Model")[
        methods(stack)["POST", "/events"]["RequestModels"]["application/json"]["Ref"]]["Schema"]

    event = schema["properties"]["events"]["items"]
    assert set(schema) == {*EVENTS_SCHEMA, "$schema"}
    assert set(event["properties"]) == set(EVENT_SCHEMA["properties"])


def test_the_key_is_bound_to_a_throttled_plan(stack: Stack) -> None:
    (plan,) = stack.of("AWS::ApiGateway::UsagePlan").values()
    (bound,) = stack.of("AWS::ApiGateway::UsagePlanKey").values()

    assert plan["Throttle"] == {"RateLimit": 500, "BurstLimit": 1000}
    assert "Quota" not in plan
    assert bound["KeyId"]["Ref"] in stack.of("AWS::ApiGateway::ApiKey")


def test_the_account_wide_log_role_is_left_alone(
    stack: Stack, synthesize: Callable[..., Stack]
) -> None:
    logging = synthesize(access_log=True, quota_per_month=1000, tracing=True)

    (stage,) = logging.of("AWS::ApiGateway::Stage").values()
    (plan,) = logging.of("AWS::ApiGateway::UsagePlan").values()
    assert "AccessLogSetting" in stage
    assert plan["Quota"] == {"Limit": 1000, "Period": "MONTH"}
    assert not logging.of("AWS::ApiGateway::Account")
    assert not stack.of("AWS::ApiGateway::Account")


def throttles(stack: Stack) -> dict[tuple[str, str], tuple[int, int]]:
    """(method, path) -> rate and burst; the stage's own is that of any method of any path."""
    (stage,) = stack.of("AWS::ApiGateway::Stage").values()
    return {(found["HttpMethod"], found["ResourcePath"].replace("~1", "/").replace("//", "/")):
            (found["ThrottlingRateLimit"], found["ThrottlingBurstLimit"])
            for found in stage["MethodSettings"]}


def test_no_method_takes_more_than_the_key_may_send(stack: Stack) -> None:
    assert throttles(stack)["*", "/*"] == (500, 1000)


def test_what_a_usage_plan_cannot_limit_is_limited_by_its_method(stack: Stack) -> None:
    limited = throttles(stack)

    admin = {(route.method, route.path): limited[route.method, route.path]
             for route in ROUTES if route.admin}

    assert admin == {("PUT", "/items"): (20, 40), ("DELETE", "/users/{user_id}"): (20, 40),
                     ("PUT", "/users/{user_id}/consent"): (20, 40),
                     ("GET", "/users/{user_id}/erasure"): (20, 40),
                     ("GET", "/users/{user_id}/export"): (20, 40),
                     ("GET", "/models"): (5, 10), ("GET", "/trending/withheld"): (5, 10),
                     ("PUT", "/models/current"): (1, 2), ("POST", "/batches"): (1, 2),
                     ("GET", "/batches"): (1, 2), ("GET", "/batches/{batch_id}"): (5, 10),
                     ("POST", "/batches/{batch_id}/resumption"): (1, 2)}


def test_what_users_do_all_day_is_held_back_by_the_key_alone(stack: Stack) -> None:
    assert set(throttles(stack)) - {(r.method, r.path) for r in ROUTES if r.admin} == {
        ("*", "/*"), ("GET", "/health"), ("GET", "/openapi.json"), ("GET", "/docs")}


def test_what_needs_no_key_takes_a_call_a_second(stack: Stack) -> None:
    assert {path: throttles(stack)["GET", path] for path in OPEN} == dict.fromkeys(OPEN, (1, 2))


def test_a_slow_deployment_slows_administrators_as_well(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(throttle_rate=3, throttle_burst=4)

    assert throttles(stack)["PUT", "/items"] == (3, 4)
    assert throttles(stack)["PUT", "/models/current"] == (1, 2)
