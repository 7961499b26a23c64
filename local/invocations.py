"""lambda.Invoke, by which one function calls another, answered without moto: it would want Docker.

source: AWS, "Invoke" (Lambda API), X-Amz-Function-Error
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from local.engine import Perform
from local.function import FunctionError


class Invocations:
    """An interceptor of an engine. invoke: a function by its name, with an event."""

    def __init__(self, invoke: Callable[[str, Any], Any]) -> None:
        self.invoke = invoke

    def __call__(
        self, call: str, request: AWSPreparedRequest, perform: Perform
    ) -> AWSResponse | None:
        """The function's answer; what else is asked is performed."""
        if call != "lambda.Invoke":
            return perform(request)
        function = str(request.url).split("/functions/")[1].partition("/")[0]
        try:
            told = self.invoke(unquote(function), json.loads(body_of(request) or b"null"))
        except FunctionError as error:
            said = json.dumps({"errorType": "Error", "errorMessage": str(error)}).encode()
            return answer(request, 200, said, {"x-amz-function-error": "Unhandled"})
        return answer(request, 200, json.dumps(told).encode())


class Body(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """All of it."""
        yield self.read()


def answer(
    request: AWSPreparedRequest, status: int, body: bytes,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> AWSResponse:
    """An HTTP answer."""
    return AWSResponse(str(request.url), status, HTTPHeaders.from_dict(headers), Body(body))


def body_of(request: AWSPreparedRequest) -> bytes:
    """All of a request's body, which stays as far read as it was."""
    body: Any = request.body
    if not hasattr(body, "read"):
        return bytes(body or b"")
    place, data = body.tell(), body.read()
    body.seek(place)
    return bytes(data)
