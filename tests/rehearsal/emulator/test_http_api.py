"""HTTP APIs hand functions the event in the format that the integration asks for."""

import json
from typing import Any

import pytest

from tests.rehearsal.emulator.account import Account, called_by
from tests.rehearsal.emulator.apis import PATH, http, rest

pytestmark = pytest.mark.emulator
ECHOES = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
ADMITS = """
def handler(event, context):
    return {"isAuthorized": True, "context": {"user_id": "ann"}}
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
    status, body = account.get(api.id, PATH)
    assert status == 200, body
    return json.loads(body)


def heard_of_rest(account: Account) -> Any:
    """The event that a function gets of a REST API."""
    function = account.function(ECHOES)
    api = rest(account, function)
    called_by(account, function, "apigateway.amazonaws.com", api.method)
    return json.loads(account.get(api.id, PATH)[1])


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


def test_an_event_in_format_1_carries_what_the_authorizer_said(patched: Account) -> None:
    event = heard(patched, "1.0", patched.function(ADMITS))

    assert event["requestContext"]["authorizer"] == {"user_id": "ann"}


def test_an_event_in_format_2_stays_as_it_is(patched: Account) -> None:
    event = heard(patched, "2.0")

    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /things/{id}"
