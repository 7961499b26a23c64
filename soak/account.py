"""AWS when nothing goes wrong: moto, but for what it does otherwise than AWS.

The stream is `soak.stream`; a function that calls another gets its answer; a transaction that is
sent again with its token is done once.
source: AWS, "TransactWriteItems", ClientRequestToken
"""

import base64
import json
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.engine import Perform
from local.invocations import Invocations, answer, body_of
from soak.stream import Stream

TRANSACT = "dynamodb.TransactWriteItems"


class Account:
    """What performs calls. functions: plays what functions ask of each other."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.functions = Invocations(lambda _function, _event: None)
        self._done: set[str] = set()

    def perform(
        self, call: str, request: AWSPreparedRequest, moto: Perform
    ) -> AWSResponse | None:
        """Do what is asked and answer."""
        if call.startswith("kinesis."):
            given = self._kinesis(call, json.loads(body_of(request)))
            return answer(request, 200, json.dumps(given).encode())
        if call == TRANSACT:
            return self._once(request, moto)
        return self.functions(call, request, moto)

    def _kinesis(self, call: str, asked: Any) -> dict[str, Any]:
        """The two operations that functions call."""
        if call == "kinesis.PutRecord":
            data = base64.b64decode(asked["Data"])
            return self._stream.put_record(Data=data, PartitionKey=asked["PartitionKey"])
        assert call == "kinesis.ListShards", f"{call} is not played here"
        return self._stream.list_shards()

    def _once(self, request: AWSPreparedRequest, moto: Perform) -> AWSResponse | None:
        token = json.loads(body_of(request))["ClientRequestToken"]
        if token in self._done:
            return answer(request, 200, b"{}")
        response = moto(request)
        if response is not None and response.status_code == 200:
            self._done.add(token)
        return response


def copy_of(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """The request as it is now: botocore sends the same body again, from where it was read to."""
    return AWSPreparedRequest(request.method, request.url, request.headers, body_of(request),
                              request.stream_output)
