"""DynamoDB's GetItem over one kept connection: signed by botocore, sent by the standard library.

What boto3 does around a call costs more than everything else that happens in a small list. This
does of it what one read needs, asks as a client of boto3 would (endpoint, credentials, hooks), and
fails with the same errors. `bench/reading.py` measures both.
"""

import json
import random
import time
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

if TYPE_CHECKING:
    from http.client import HTTPConnection

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.credentials import Credentials
    from types_boto3_dynamodb import DynamoDBClient

TRY_S = 0.2  # of one try, with its connection if none is open; a healthy one ends within 20 ms
TRIES = 2
MOST_PAUSE_S = 0.05  # before the second try, where the first was refused
WORST_S = TRIES * TRY_S + MOST_PAUSE_S

_HEADERS = {"Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.GetItem"}
_HOOK = "before-send.dynamodb.GetItem"  # where botocore lets others answer, such as a local cloud
# source: AWS, "Error handling with DynamoDB": those that may be sent again, beside 5xx.
_PASSING = {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}


class Wire:
    """Reads items as boto3's client does; one read at a time."""

    def __init__(
        self, client: "DynamoDBClient", credentials: "Credentials | None", *,
        try_s: float = TRY_S, pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url, self._region = client.meta.endpoint_url, client.meta.region_name
        self._hooks: Any = client.meta.events
        self._credentials, self._try_s, self._pause = credentials, try_s, pause
        self._connection: HTTPConnection | None = None

    def get_item(self, **asked: Any) -> dict[str, Any]:
        """As boto3's. raises: BotoCoreError, ClientError, after `WORST_S` at most."""
        body = json.dumps(asked).encode()
        for number in range(TRIES):
            try:
                return _decoded(self._ask(body))
            except (BotoCoreError, ClientError) as error:
                self.close()  # what is still to come on it answers nobody
                if number + 1 == TRIES or not _is_passing(error):
                    raise
                if isinstance(error, ClientError):
                    self._pause(random.uniform(0, MOST_PAUSE_S))  # noqa: S311 - spreads callers
        raise AssertionError("the last try answers or raises")

    def close(self) -> None:
        """End the connection; the next read opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _ask(self, body: bytes) -> Any:
        request = self._signed(body)
        for heard in self._hooks.emit(_HOOK, request=request):
            if heard[1] is not None:
                return _checked(heard[1].status_code, heard[1].headers, heard[1].content)
        from http.client import HTTPException

        try:
            return _checked(*self._exchange(request))
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
        except (ConnectionError, HTTPException) as error:
            raise ConnectionClosedError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error

    def _signed(self, body: bytes) -> "AWSPreparedRequest":
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("POST", self._url + "/", _HEADERS, body)
        frozen: Any = self._credentials and self._credentials.get_frozen_credentials()
        SigV4Auth(frozen, "dynamodb", self._region).add_auth(request)
        return request.prepare()

    def _exchange(self, request: "AWSPreparedRequest") -> tuple[int, Any, bytes]:
        by_s = time.monotonic() + self._try_s
        connection = self._connection = self._connection or _connection(self._url)
        connection.timeout = self._try_s
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(max(0.001, by_s - time.monotonic()))
        body: Any = request.body
        connection.request("POST", "/", body, dict(request.headers))
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def _connection(url: str) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection

    parts = urlsplit(url)
    assert parts.hostname
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname, parts.port)
    import ssl

    from botocore.httpsession import get_cert_path

    trusted = ssl.create_default_context(cafile=get_cert_path(True))
    return HTTPSConnection(parts.hostname, parts.port, context=trusted)


def _checked(status: int, headers: Mapping[str, str], data: bytes) -> Any:
    """The answer's JSON. raises: ClientError, ChecksumError, HTTPClientError."""
    told = headers.get("x-amz-crc32")
    if told is not None and int(told) != zlib.crc32(data):
        raise ChecksumError(checksum_type="crc32", expected_checksum=told,
                            actual_checksum=str(zlib.crc32(data)))
    try:
        found = dict(json.loads(data))
    except (ValueError, TypeError) as error:
        raise HTTPClientError(error=error) from error
    if status != 200:
        code = str(found.get("__type", status)).rpartition("#")[2]
        raise ClientError({"Error": {"Code": code, "Message": str(found.get("message", ""))},
                           "ResponseMetadata": {"HTTPStatusCode": status}}, "GetItem")  # type: ignore[typeddict-item]
    return found


def _is_passing(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status >= 500 or error.response["Error"]["Code"] in _PASSING


def _decoded(found: Any) -> dict[str, Any]:
    """As boto3 hands it out: binary values are bytes."""
    if "Item" in found:
        found["Item"] = {name: {"B": b64decode(value["B"])} if "B" in value else value
                         for name, value in found["Item"].items()}
    return dict(found)
