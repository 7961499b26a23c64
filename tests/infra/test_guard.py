import re
from collections.abc import Callable
from typing import Any

import pytest

from domain.route import Route
from infra.api import ROUTES
from infra.deployment import Deployment, DeploymentError
from tests.infra.synthesized import Stack
from tests.infra.test_api import methods


def authorizer(stack: Stack) -> tuple[str, dict[str, Any]]:
    [(id_, found)] = stack.of("AWS::ApiGateway::Authorizer").items()
    return id_, found


def layers(stack: Stack, verb: str) -> set[str]:
    return {re.sub(r"^Runtime|[0-9A-F]{8}$", "", layer["Ref"])
            for layer in stack.functions()[verb]["Layers"]}


def test_without_an_issuer_nobody_is_asked_for_a_token(stack: Stack) -> None:
    assert not stack.of("AWS::ApiGateway::Authorizer")
    assert {stack.environment(verb)["HEADWATER_TOKENS_REQUIRED"]
            for verb in {route.verb for route in ROUTES}} == {"false"}


def test_every_route_about_one_user_is_marked_as_such() -> None:
    about = {(r.method, r.path) for r in ROUTES if r.about_user}

    assert about == {("POST", "/events"), ("POST", "/slates"), *(
        (r.method, r.path) for r in ROUTES if "{user_id}" in r.path and not r.admin)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_about_one_user_asks_for_a_token_beside_the_key(
    guarded: Stack, route: Route
) -> None:
    method = methods(guarded)[route.method, route.path]

    if route.about_user:
        assert method["AuthorizationType"] == "CUSTOM"
        assert method["AuthorizerId"] == {"Ref": authorizer(guarded)[0]}
    else:
        assert method["AuthorizationType"] == ("AWS_IAM" if route.admin else "NONE")
    assert method["ApiKeyRequired"] is route.keyed


def test_every_function_behind_the_api_knows_that_tokens_are_required(guarded: Stack) -> None:
    for verb in {route.verb for route in ROUTES}:
        assert guarded.environment(verb)["HEADWATER_TOKENS_REQUIRED"] == "true"


def test_the_authorizer_is_told_whose_tokens_to_believe(guarded: Stack) -> None:
    environment = guarded.environment("authorize")

    assert environment["HEADWATER_JWT_ISSUER"] == "https://id.example"
    assert environment["HEADWATER_JWT_AUDIENCE"] == "shop"


def test_packages_for_tokens_go_to_the_authorizer_alone(guarded: Stack) -> None:
    assert any("Tokens" in layer for layer in layers(guarded, "authorize"))
    assert not any("Tokens" in layer for verb in guarded.functions() if verb != "authorize"
                   for layer in layers(guarded, verb))


def test_the_authorizer_may_do_nothing_but_log(guarded: Stack) -> None:
    assert guarded.actions_of("authorize") == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_only_this_authorizer_of_this_api_may_call_it(guarded: Stack) -> None:
    id_, _ = authorizer(guarded)
    [permission] = [found for found in guarded.of("AWS::Lambda::Permission").values()
                    if guarded.verb_of(found["FunctionName"]["Fn::GetAtt"][0]) == "authorize"]

    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert {"Ref": id_} in permission["SourceArn"]["Fn::Join"][1]


@pytest.mark.parametrize(("sent", "asked"), [
    ("Bearer abc.d-f.g_i", True), ("bearer a.b.c", True), ("Bearer a.b.", False),
    ("Bearer a.b", False), ("Basic YTpi", False), ("a.b.c", False), ("Bearer a.b.c x", False)])
def test_what_does_not_look_like_a_token_costs_no_call(
    guarded: Stack, sent: str, asked: bool
) -> None:
    _, found = authorizer(guarded)

    assert (found["Type"], found["IdentitySource"]) == (
        "TOKEN", "method.request.header.Authorization")
    assert bool(re.fullmatch(found["IdentityValidationExpression"], sent)) is asked


def test_a_page_may_send_its_token(guarded: Stack) -> None:
    preflight = methods(guarded)["OPTIONS", "/users/{user_id}"]

    (answer,) = preflight["Integration"]["IntegrationResponses"]
    allowed = answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Headers"]

    assert "Authorization" in allowed
    assert preflight["AuthorizationType"] == "NONE"


@pytest.mark.parametrize("given", [{"jwt_issuer": "https://id.example"}, {"jwt_audience": "shop"}])
def test_an_issuer_without_its_audience_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(DeploymentError, match="set together"):
        Deployment.from_context(given)


@pytest.mark.parametrize("url", ["http://id.example", "id.example", "https://id.example?a=b",
                                 "http://127.0.0.1.example"])
def test_an_issuer_is_reached_over_tls(url: str) -> None:
    with pytest.raises(DeploymentError, match=r"^jwt_issuer: "):
        Deployment.from_context({"jwt_issuer": url, "jwt_audience": "shop"})


def test_tokens_pass_the_security_rules(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(security_rules=True, jwt_issuer="https://id.example", jwt_audience="shop")

    assert stack.of("AWS::ApiGateway::Authorizer")
