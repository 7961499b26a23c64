"""HTTP APIs hand functions the event in the format that the integration asks for."""

import ast
import json
from typing import Any

import pytest

from tests.rehearsal.emulator.account import Account, called_by
from tests.rehearsal.emulator.apis import HEADERS, PATH, http, rest

pytestmark = pytest.mark.emulator
ECHOES = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
# Admits, and has the function told what it was shown itself.
ADMITS = """
def handler(event, context):
    shown = {key: event.get(key) for key in ("version", "identitySource", "authorizationToken")}
    return {"principalId": "ann", "context": {"shown": repr(shown)}, "policyDocument": {
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}}
"""
# Of an event in format 1.0: what is as in a REST API's. Its path is not: it begins with the stage.
SAME = ("httpMethod", "resource", "pathParameters", "queryStringParameters",
        "multiValueQueryStringParameters", "stageVariables", "body", "isBase64Encoded")
SAME_OF_REQUEST = ("httpMethod", "resourcePath", "stage", "accountId")


def heard(account: Account, version: str, authorizer: str = "") -> Any:
    """The event that a function gets of an HTTP API."""
    function = account.function(ECHOES)
    api = http(account, function, authorizer, version)
    called_by(account, function, "apigateway.amazonaws.com", api.method)
    if authorizer:
        called_by(account, authorizer, "apigateway.amazonaws.com", api.authorizers)
    status, body = account.get(api.id, PATH, HEADERS)
    assert status == 200, body
    return json.loads(body)


def heard_of_rest(account: Account) -> Any:
    """The event that a function gets of a REST API."""
    function = account.function(ECHOES)
    api = rest(account, function)
    called_by(account, function, "apigateway.amazonaws.com", api.method)
    return json.loads(account.get(api.id, PATH, HEADERS)[1])


def test_ministack_alone_knows_one_format(bare: Account) -> None:
    assert heard(bare, "1.0")["version"] == "2.0"


def test_an_event_in_format_1_reads_as_one_of_a_rest_api(patched: Account) -> None:
    event, of_rest = heard(patched, "1.0"), heard_of_rest(patched)

    assert event["version"] == "1.0"
    assert {key: event[key] for key in SAME} == {key: of_rest[key] for key in SAME}
    assert event["queryStringParameters"] == {"color": "red"}
    assert event["pathParameters"] == {"id": "1"}
    request, rests = event["requestContext"], of_rest["requestContext"]
    assert {key: request[key] for key in SAME_OF_REQUEST} == {
        key: rests[key] for key in SAME_OF_REQUEST}
    assert request["identity"]["sourceIp"] == "127.0.0.1"


def test_ministack_alone_shows_an_authorizer_no_identity_in_format_1(bare: Account) -> None:
    event = heard(bare, "1.0", bare.function(ADMITS))

    shown = event["requestContext"]["authorizer"]["lambda"]["shown"]
    assert "'authorizationToken': None" in shown


def test_an_authorizer_is_shown_the_identity_in_format_1(patched: Account) -> None:
    event = heard(patched, "1.0", patched.function(ADMITS))

    assert ast.literal_eval(event["requestContext"]["authorizer"]["shown"]) == {
        "version": "1.0", "identitySource": "secret,one=1", "authorizationToken": "secret,one=1"}


def test_an_event_in_format_2_stays_as_it_is(patched: Account) -> None:
    event = heard(patched, "2.0")

    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /things/{id}"
