"""What AWS answers when it does not do what it was asked, and what a client sees of a broken line.

source: AWS, "Programming errors with DynamoDB" (error responses), "PutRecord" (Kinesis API,
errors), "Error responses" (Amazon S3 API)
"""

import json
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from local.invocations import answer, body_of

_THROTTLED = {"s3": ("SlowDown", 503), "lambda": ("TooManyRequestsException", 429)}
_FAILED = {"s3": ("InternalError", 500), "dynamodb": ("InternalServerError", 500),
           "kinesis": ("InternalFailure", 500), "lambda": ("ServiceException", 500)}


def throttled(service: str, request: AWSPreparedRequest) -> AWSResponse:
    """It asks to come again more slowly."""
    return _error(service, request,
                  *_THROTTLED.get(service, ("ProvisionedThroughputExceededException", 400)))


def failed(service: str, request: AWSPreparedRequest) -> AWSResponse:
    """It failed, and does not say whether it did what it was asked."""
    return _error(service, request, *_FAILED[service])


def unprocessed(request: AWSPreparedRequest, response: AWSResponse, read: int) -> AWSResponse:
    """A BatchGetItem's answer when only the first of its rows were read. read: how many, not 0.

    source: AWS, "BatchGetItem" (UnprocessedKeys)
    """
    table, asked = rows_of(request)
    left: list[dict[str, Any]] = asked["Keys"][read:]
    rows = [row for row in json.loads(response.content)["Responses"][table]
            if not any(key.items() <= row.items() for key in left)]
    said = {"Responses": {table: rows}, "UnprocessedKeys": {table: {**asked, "Keys": left}}}
    return answer(request, 200, json.dumps(said).encode())


def rows_of(request: AWSPreparedRequest) -> tuple[str, dict[str, Any]]:
    """The one table that a BatchGetItem reads, and what it asks of it."""
    ((table, asked),) = json.loads(body_of(request))["RequestItems"].items()
    return table, asked


def unreachable(request: AWSPreparedRequest, number: int) -> HTTPClientError | Exception:
    """No connection, or none in time: certainly nothing was done."""
    kinds = (EndpointConnectionError, ConnectTimeoutError)
    return kinds[number % 2](endpoint_url=str(request.url))


def silence(request: AWSPreparedRequest, number: int) -> HTTPClientError:
    """The request was sent and no answer came: nobody knows what was done."""
    kinds = (ReadTimeoutError, ConnectionClosedError)
    return kinds[number % 2](endpoint_url=str(request.url))


def _error(service: str, request: AWSPreparedRequest, code: str, status: int) -> AWSResponse:
    if service == "s3":
        body = f"<Error><Code>{code}</Code><Message>as the dice fell</Message></Error>"
    else:
        body = json.dumps({"__type": f"com.amazonaws.{service}#{code}",
                           "message": "as the dice fell"})
    return answer(request, status, body.encode())
