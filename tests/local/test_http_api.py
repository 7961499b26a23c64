import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from local.gateway import Gateway
from local.http_api import Cors, HttpRefusals, is_in, routes_of
from local.proxy import Request
from local.routes import Answer, Route
from local.template import TemplateError
from tests.local import stage

ORIGIN = "https://shop.example"
CORS = Cors((ORIGIN,), ("GET", "PUT"), ("X-Api-Key",), 60)
KEYS = Credentials("LOCALKEY", "secret")


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def opened(key: str, function: str, **properties: Any) -> dict[str, Any]:
    target = {"Fn::Join": ["", ["integrations/", {"Ref": f"To{function}"}]]}
    return resource("Route", RouteKey=key, Target=target,
                    **{"AuthorizationType": "NONE", **properties})


def template(version: str = "1.0", **routes: Any) -> Any:
    uri = {"Fn::Join": ["", ["arn:...:functions/", {"Fn::GetAtt": ["Hear", "Arn"]}, "/invoke"]]}
    return stage.template(
        Http=resource("Api", CorsConfiguration={
            "AllowOrigins": [ORIGIN], "AllowMethods": ["GET"], "AllowHeaders": ["X-Api-Key"],
            "MaxAge": 60}),
        Gate=resource("Authorizer", AuthorizerUri=uri, AuthorizerPayloadFormatVersion="1.0",
                      IdentitySource=["$request.header.x-api-key"]),
        **{f"To{name}": resource("Integration", PayloadFormatVersion=version,
                                 IntegrationUri={"Fn::GetAtt": [name, "Arn"]})
           for name in ("Echo", "Broken")},
        **(routes or {
            "One": opened("GET /echo/{item_id}", "Echo", AuthorizationType="CUSTOM",
                          AuthorizerId={"Ref": "Gate"}),
            "Signed": opened("PUT /echo/{item_id}", "Echo", AuthorizationType="AWS_IAM"),
            "Open": opened("POST /echo", "Echo"), "Broke": opened("GET /broken", "Broken")}))


def functions(name: str, event: Any) -> Any:
    if name == "Hear":
        effect = "Allow" if event["headers"].get("x-api-key") == "right" else "Deny"
        return {"principalId": "caller", "policyDocument": {"Statement": [
            {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"}]}}
    if name == "Broken":
        return {"no": "status"}
    return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"},
            "body": json.dumps(event)}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway.of(template(), functions, api_key="right", credentials=KEYS)


def route(method: str, path: str) -> Route:
    found = routes_of(template()).find(method, path)
    assert found
    return found[0]


def test_a_template_has_one_kind_of_api_or_the_other() -> None:
    assert is_in(template())
    assert not is_in(stage.template())


def test_a_route_is_signed_or_asks_its_authorizer() -> None:
    assert route("PUT", "/echo/1").signed
    assert route("GET", "/echo/1").authorizer
    assert not route("POST", "/echo").authorizer


def test_a_format_that_functions_do_not_read_is_not_played() -> None:
    with pytest.raises(TemplateError, match=r"GET /a: .* payload format 1\.0 alone"):
        routes_of(template("2.0", One=opened("GET /a", "Echo")))


def test_a_function_gets_the_event_in_format_1(gateway: Gateway) -> None:
    answer = gateway.answer(Request("GET", "/echo/a%20b%25?k=1&k=2", [("x-api-key", "right")]))

    event = json.loads(answer.body)
    assert (event["version"], event["resource"]) == ("1.0", "/echo/{item_id}")
    assert event["pathParameters"] == {"item_id": "a b%"}
    assert event["multiValueQueryStringParameters"] == {"k": ["1", "2"]}
    assert event["requestContext"]["authorizer"] == {
        "claims": None, "scopes": None, "principalId": "caller"}


@pytest.mark.parametrize(("kind", "body", "wrapped"), [
    ("application/json; charset=utf-8", "{}", False), ("text/plain", "{}", False),
    ("application/x-www-form-urlencoded", "e30=", True), ("", "e30=", True)])
def test_a_body_that_does_not_call_itself_text_is_wrapped(
    gateway: Gateway, kind: str, body: str, wrapped: bool
) -> None:
    answer = gateway.answer(Request("POST", "/echo", [("content-type", kind)], b"{}"))

    event = json.loads(answer.body)
    assert (event["body"], event["isBase64Encoded"]) == (body, wrapped)


@pytest.mark.parametrize(("request_", "status", "message"), [
    (Request("GET", "/echo/1", []), 401, "Unauthorized"),
    (Request("GET", "/echo/1", [("x-api-key", "wrong")]), 403, "Forbidden"),
    (Request("PUT", "/echo/1", [("x-api-key", "right")]), 403, "Forbidden"),
    (Request("GET", "/nothing", []), 404, "Not Found"),
    (Request("GET", "/echo/a%2Fb", [("x-api-key", "right")]), 404, "Not Found"),
    (Request("GET", "/broken", []), 500, "Internal Server Error"),
])
def test_a_refusal_is_as_the_service_has_it(
    gateway: Gateway, request_: Request, status: int, message: str
) -> None:
    answer = gateway.answer(request_)

    assert (answer.status, json.loads(answer.body)) == (status, {"message": message})


def test_a_body_over_the_limit_is_refused() -> None:
    assert HttpRefusals().answer("REQUEST_TOO_LARGE").status == 413


def test_the_origin_is_the_apis_and_not_the_functions(gateway: Gateway) -> None:
    answer = gateway.answer(Request(
        "GET", "/echo/1", [("x-api-key", "right"), ("Origin", ORIGIN)]))

    assert [value for name, value in answer.headers
            if name.lower() == "access-control-allow-origin"] == [ORIGIN]


@pytest.mark.parametrize(("origins", "origin", "allowed"), [
    ((ORIGIN,), ORIGIN, ORIGIN), ((ORIGIN,), "https://evil.example", None), ((ORIGIN,), "", None),
    (("*",), "https://any.example", "*")])
def test_an_origin_is_told_that_it_may(
    origins: tuple[str, ...], origin: str, allowed: str | None
) -> None:
    marked = Cors(origins, (), (), 0).mark(Answer(200), {"origin": origin} if origin else {})

    assert dict(marked.headers).get("access-control-allow-origin") == allowed


def test_a_preflight_needs_no_route() -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "GET"}

    answer = CORS.preflight("OPTIONS", asked)

    assert answer
    assert dict(answer.headers) == {
        "access-control-allow-origin": ORIGIN, "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "X-Api-Key", "access-control-max-age": "60"}


def test_another_origin_is_told_nothing() -> None:
    answer = CORS.preflight("OPTIONS", {"origin": "https://evil.example",
                                        "access-control-request-method": "GET"})

    assert answer == Answer(204)


@pytest.mark.parametrize(("method", "headers"), [
    ("OPTIONS", {"origin": ORIGIN}), ("GET", {"access-control-request-method": "GET"})])
def test_what_is_no_preflight_goes_on(method: str, headers: dict[str, str]) -> None:
    assert CORS.preflight(method, headers) is None
