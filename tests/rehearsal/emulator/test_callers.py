"""API Gateway calls functions whose own policy lets it, also as authorizers."""

from collections.abc import Callable

import pytest

from tests.rehearsal.emulator.account import Account, called_by
from tests.rehearsal.emulator.apis import HEADERS, PATH, Api, http, rest

pytestmark = pytest.mark.emulator
GATEWAY = "apigateway.amazonaws.com"
KINDS = pytest.mark.parametrize("make", [rest, http])
ANSWERS = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'called'}"
# What each kind of API wants to hear: a policy, or a word.
ADMITS = """
def handler(event, context):
    if event.get("version") == "2.0":
        return {"isAuthorized": True}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}]}}
"""
Make = Callable[..., Api]


@KINDS
def test_ministack_alone_calls_a_function_that_lets_nobody(bare: Account, make: Make) -> None:
    api = make(bare, bare.function(ANSWERS))

    assert bare.get(api.id, PATH, HEADERS) == (200, "called")


@KINDS
def test_ministack_alone_asks_an_authorizer_that_lets_nobody(bare: Account, make: Make) -> None:
    api = make(bare, bare.function(ANSWERS), bare.function(ADMITS))

    assert bare.get(api.id, PATH, HEADERS) == (200, "called")


@KINDS
def test_an_api_calls_a_function_that_lets_it(patched: Account, make: Make) -> None:
    function = patched.function(ANSWERS)
    api = make(patched, function)
    called_by(patched, function, GATEWAY, api.method)

    assert patched.get(api.id, PATH, HEADERS) == (200, "called")


@KINDS
@pytest.mark.parametrize("other", ["v1/POST/things/*", "test/GET/things/*", "v1/GET/others/*"])
def test_an_api_does_not_call_a_function_that_lets_others(
    patched: Account, make: Make, other: str
) -> None:
    function = patched.function(ANSWERS)
    api = make(patched, function)
    called_by(patched, function, GATEWAY, api.arn(other))

    status, body = patched.get(api.id, PATH, HEADERS)

    assert status == 500
    assert "called" not in body


def test_an_api_is_not_let_in_for_another_service(patched: Account) -> None:
    function = patched.function(ANSWERS)
    api = rest(patched, function)
    called_by(patched, function, "events.amazonaws.com", api.method)

    status, _ = patched.get(api.id, PATH, HEADERS)

    assert status == 500


def alias(account: Account) -> str:
    """Of a version of a function that answers; its ARN."""
    client, function = account.client("lambda"), account.function(ANSWERS)
    version = client.publish_version(FunctionName=function)["Version"]
    made = client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)
    return str(made["AliasArn"])


def test_an_api_calls_an_alias_that_lets_it(patched: Account) -> None:
    live = alias(patched)
    api = rest(patched, live)
    called_by(patched, live, GATEWAY, api.method)

    assert patched.get(api.id, PATH, HEADERS) == (200, "called")


def test_an_api_does_not_call_an_alias_of_a_function_that_lets_it(patched: Account) -> None:
    live = alias(patched)
    api = rest(patched, live)
    called_by(patched, live.removesuffix(":live"), GATEWAY, api.method)

    status, _ = patched.get(api.id, PATH, HEADERS)

    assert status == 500


@KINDS
def test_an_api_asks_an_authorizer_that_lets_it(patched: Account, make: Make) -> None:
    function, guard = patched.function(ANSWERS), patched.function(ADMITS)
    api = make(patched, function, guard)
    called_by(patched, function, GATEWAY, api.method)
    called_by(patched, guard, GATEWAY, api.authorizers)

    assert patched.get(api.id, PATH, HEADERS) == (200, "called")


@KINDS
def test_an_api_whose_authorizer_lets_others_answers_nobody(patched: Account, make: Make) -> None:
    function, guard = patched.function(ANSWERS), patched.function(ADMITS)
    api = make(patched, function, guard)
    called_by(patched, function, GATEWAY, api.method)
    called_by(patched, guard, GATEWAY, api.arn("authorizers/other"))

    status, body = patched.get(api.id, PATH, HEADERS)

    assert status == 500
    assert "called" not in body
