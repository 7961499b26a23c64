"""A read over our own connection: as boto3's in what it asks, answers and raises."""

import json
import ssl
from http.client import HTTPSConnection
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)

from functions import wire
from functions.aws import WorldError
from functions.wire import MOST_PAUSE_S, TRIES, TRY_S, WORST_S, Wire
from tests.functions.table_server import (
    CLOSES,
    GOOD,
    HANGS,
    PATIENT_S,
    READ,
    ROW,
    client,
    refused,
    table,
    told,
)

ASKED: dict[str, Any] = {"TableName": "users", "Key": {"subject": {"S": "ann"}},
                         "ConsistentRead": False}
HUNG_S = 1.0  # after which a try is given up that hears nothing
THROTTLED = refused(400, "ProvisionedThroughputExceededException")


def test_a_row_is_read_with_its_bytes() -> None:
    with table(GOOD, told(200, {})) as there:
        found = there.wire()

        assert found.get_item(**ASKED) == {"Item": READ}
        assert found.get_item(**ASKED) == {}
        assert len(there.callers) == 1  # one connection serves both


def test_what_is_asked_is_signed_and_named() -> None:
    with table(GOOD) as there:
        there.wire().get_item(**ASKED)

        head, _, body = there.asked[0].partition(b"\r\n\r\n")
        assert json.loads(body) == ASKED
        assert b"X-Amz-Target: DynamoDB_20120810.GetItem" in head
        assert b"X-Amz-Security-Token: token" in head
        assert b"Credential=AKIDEXAMPLE/" in head
        assert b"/eu-west-1/dynamodb/aws4_request" in head


# What happens to the first request; the second is answered well.
PASSING = {"hangs": HANGS, "closed": CLOSES, "throttled": THROTTLED,
           "busy": refused(500, "InternalServerError"), "damaged": told(
               200, {"Item": ROW}, **{"x-amz-crc32": "1"}), "cut": told(200, b"{"),
           "of another kind": told(502, b"<html>", **{"x-amz-crc32": str(0x2144DF1C)})}


@pytest.mark.parametrize("first", PASSING.values(), ids=PASSING)
def test_what_passes_is_tried_once_more(first: bytes) -> None:
    with table(first, GOOD) as there:
        found = there.wire(HUNG_S if first == HANGS else PATIENT_S).get_item(**ASKED)

        assert found == {"Item": READ}
        assert len(there.asked) == TRIES == 2
        assert len(there.callers) == 2  # nothing is read of a connection that failed


ERRORS = [
    (HANGS, ReadTimeoutError), (CLOSES, ConnectionClosedError), (THROTTLED, ClientError),
    (refused(503, "ServiceUnavailable"), ClientError), (told(200, b"["), HTTPClientError),
    (told(200, {}, **{"x-amz-crc32": "1"}), ChecksumError)]


@pytest.mark.parametrize(("answer", "kind"), ERRORS)
def test_what_does_not_pass_is_an_error_of_the_world(
    answer: bytes, kind: type[Exception]
) -> None:
    with table(answer, answer) as there:
        with pytest.raises(WorldError) as raised:
            there.wire(HUNG_S if answer == HANGS else PATIENT_S).get_item(**ASKED)

        assert isinstance(raised.value, kind)
        assert len(there.asked) == TRIES


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_stays_wrong_is_told_at_once(code: str) -> None:
    with table(refused(400, code)) as there:
        with pytest.raises(ClientError) as raised:
            there.wire().get_item(**ASKED)

        assert raised.value.response["Error"]["Code"] == code
        assert (len(there.asked), there.pauses) == (1, [])


def test_only_who_was_refused_waits_and_not_for_long() -> None:
    with table(THROTTLED, GOOD) as refusing, table(HANGS, GOOD) as hanging:
        refusing.wire().get_item(**ASKED)
        hanging.wire(HUNG_S).get_item(**ASKED)

        assert len(refusing.pauses) == 1
        assert 0 <= refusing.pauses[0] <= MOST_PAUSE_S
        assert hanging.pauses == []
    assert WORST_S == TRIES * TRY_S + MOST_PAUSE_S < 0.5


def test_a_connection_that_was_closed_meanwhile_costs_a_try_and_no_read() -> None:
    with table(GOOD, GOOD) as there:
        found = there.wire()
        found.get_item(**ASKED)
        there.callers[0].shutdown(2)

        assert found.get_item(**ASKED) == {"Item": READ}
        assert len(there.callers) == 2


def test_nobody_there_is_an_error_of_the_world() -> None:
    with table() as there:
        pass

    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        there.wire().get_item(**ASKED)


def test_a_host_that_cannot_be_reached_is_an_error_of_the_world() -> None:
    """The address of everybody, to whom no connection can be opened."""
    reader = Wire(client(endpoint_url="http://255.255.255.255:1"), Credentials("x", "x"))

    with pytest.raises(EndpointConnectionError):
        reader.get_item(**ASKED)


def test_nobodys_read_is_refused_as_by_boto3() -> None:
    with table(GOOD) as there:
        reader = Wire(client(endpoint_url=there.url), None)

        with pytest.raises(NoCredentialsError):
            reader.get_item(**ASKED)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
def test_another_endpoint_is_found_where_boto3_finds_it(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with table(GOOD) as there:
        monkeypatch.setenv(variable, there.url)
        reader = there.opened(Wire(client(), Credentials("x", "x"), try_s=PATIENT_S))

        assert reader.get_item(**ASKED) == {"Item": READ}


def test_in_the_cloud_the_connection_is_verified() -> None:
    found: Any = wire._connection("https://dynamodb.eu-west-1.amazonaws.com")

    assert isinstance(found, HTTPSConnection)
    assert (found.host, found.port) == ("dynamodb.eu-west-1.amazonaws.com", 443)
    assert found._context.verify_mode == ssl.CERT_REQUIRED  # type: ignore[attr-defined]
    assert found._context.check_hostname  # type: ignore[attr-defined]
