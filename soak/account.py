"""AWS when nothing goes wrong: moto, but for what it does otherwise than AWS.

The stream is `soak.stream`; a function that calls another gets its answer; a transaction that is
sent again with its token is done once.
source: AWS, "TransactWriteItems", ClientRequestToken
"""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.engine import Perform
from local.function import FunctionError
from soak import answers
from soak.stream import Stream

TRANSACT = "dynamodb.TransactWriteItems"


class Account:
    """What performs calls. invoke: a function, by its logical id."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.invoke: Callable[[str, Any], Any] = lambda _function, _event: None
        self._done: set[str] = set()

    def perform(
        self, call: str, request: AWSPreparedRequest, moto: Perform
    ) -> AWSResponse | None:
        """Do what is asked and answer."""
        if call.startswith("kinesis."):
            given = self._kinesis(call, json.loads(body_of(request)))
            return answers.answer(request, 200, json.dumps(given).encode())
        if call == "lambda.Invoke":
            return self._lambda(request)
        if call == TRANSACT:
            return self._once(request, moto)
        return moto(request)

    def _kinesis(self, call: str, asked: Any) -> dict[str, Any]:
        """The two operations that functions call."""
        if call == "kinesis.PutRecord":
            data = base64.b64decode(asked["Data"])
            return self._stream.put_record(Data=data, PartitionKey=asked["PartitionKey"])
        assert call == "kinesis.ListShards", f"{call} is not played here"
        return self._stream.list_shards()

    def _lambda(self, request: AWSPreparedRequest) -> AWSResponse:
        """source: AWS, "Invoke" (Lambda API), X-Amz-Function-Error"""
        function = str(request.url).split("/functions/")[1].partition("/")[0]
        try:
            answer = self.invoke(unquote(function), json.loads(body_of(request)))
        except FunctionError as error:
            told = json.dumps({"errorType": "Error", "errorMessage": str(error)}).encode()
            return answers.answer(request, 200, told, {"x-amz-function-error": "Unhandled"})
        return answers.answer(request, 200, json.dumps(answer).encode())

    def _once(self, request: AWSPreparedRequest, moto: Perform) -> AWSResponse | None:
        token = json.loads(body_of(request))["ClientRequestToken"]
        if token in self._done:
            return answers.answer(request, 200, b"{}")
        response = moto(request)
        if response is not None and response.status_code == 200:
            self._done.add(token)
        return response


def body_of(request: AWSPreparedRequest) -> bytes:
    """All of a request's body, which stays as far read as it was."""
    body: Any = request.body
    if not hasattr(body, "read"):
        return bytes(body or b"")
    place, data = body.tell(), body.read()
    body.seek(place)
    return bytes(data)


def copy_of(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """The request as it is now: botocore sends the same body again, from where it was read to."""
    return AWSPreparedRequest(request.method, request.url, request.headers, body_of(request),
                              request.stream_output)
