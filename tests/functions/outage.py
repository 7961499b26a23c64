"""AWS that fails where and how it is told to, below botocore and below our own connection."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from domain.layout import CATALOG_KEY, MODELS_PREFIX, TRENDS_KEY
from functions.aws import BRIEF
from functions.wire import TRY_S
from local.engine import Perform
from local.invocations import answer, body_of

Strike = Callable[[AWSPreparedRequest, Perform], AWSResponse | None]
# Rows that are read by `Wire`, whose patience is its own.
WIRED = ("users", "models")


@dataclass
class Clock:
    """Moves only while somebody waits in vain."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Outage:
    """An interceptor of an engine.

    tables:  name of each in AWS -> its name here.
    strikes: place -> what happens to a call of it: a table here, an object of the bucket by the
             part of its key that tells it.
    tried:   calls that were struck, by place.
    """

    tables: Mapping[str, str]
    clock: Clock
    strikes: dict[str, str] = field(default_factory=dict)
    tried: Counter[str] = field(default_factory=Counter)

    def __call__(
        self, call: str, request: AWSPreparedRequest, perform: Perform
    ) -> AWSResponse | None:
        """As AWS would answer, or as it should not."""
        place = self._place(call, request)
        for name, how in self.strikes.items():
            if name == place or ("/" in name and name in place):
                self.tried[name] += 1
                return self._strike(how, place)(request, perform)
        return perform(request)

    def _place(self, call: str, request: AWSPreparedRequest) -> str:
        if call.startswith("s3."):
            return unquote(urlsplit(str(request.url)).path)
        if call.startswith("kms."):
            return "KMS"
        asked = json.loads(body_of(request))
        return self.tables.get(str(asked.get("TableName")), "")

    def _strike(self, how: str, place: str) -> Strike:
        if how in ("hangs", "unreachable"):
            brief_s = BRIEF.read_s if how == "hangs" else BRIEF.connect_s
            self.clock.now_s += TRY_S if place in WIRED else brief_s
        return STRIKES[how]


def _throttled(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    if ".s3." in str(request.url) or "s3.amazonaws" in str(request.url):
        return answer(request, 503, b"<Error><Code>SlowDown</Code></Error>")
    return _refused(request, 400, "ProvisionedThroughputExceededException")


def _fails(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    if "dynamodb" in str(request.url):
        return _refused(request, 500, "InternalServerError")
    return answer(request, 500, b"<Error><Code>InternalError</Code></Error>")


def _refused(request: AWSPreparedRequest, status: int, code: str) -> AWSResponse:
    said = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}
    return answer(request, status, json.dumps(said).encode())


def _hangs(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=str(request.url))


def _unreachable(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    raise ConnectTimeoutError(endpoint_url=str(request.url))


def _nowhere(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    raise EndpointConnectionError(endpoint_url=str(request.url))


def _gone(request: AWSPreparedRequest, _: Perform) -> AWSResponse:
    return answer(request, 404, b"<Error><Code>NoSuchKey</Code></Error>")


def _flipped(request: AWSPreparedRequest, perform: Perform) -> AWSResponse:
    data, status, told = _performed(request, perform)
    middle = len(data) // 2
    changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:]
    return answer(request, status, changed, told)


def _halved(request: AWSPreparedRequest, perform: Perform) -> AWSResponse:
    data, status, told = _performed(request, perform)
    return answer(request, status, data[:len(data) // 2], told)


def _broken_off(request: AWSPreparedRequest, perform: Perform) -> AWSResponse:
    data, status, told = _performed(request, perform)
    return answer(request, status, data[:len(data) // 2],
                  {**told, "content-length": str(len(data))})


def _performed(
    request: AWSPreparedRequest, perform: Perform
) -> tuple[bytes, int, dict[str, str]]:
    """Bytes, status and, of the headers, another tag and which bytes of the object these are."""
    found = perform(request)
    assert found is not None
    span = found.headers.get("content-range")
    told = {"etag": "another", **({"content-range": span} if span else {})}
    return bytes(found.content), found.status_code, told


STRIKES: dict[str, Strike] = {
    "throttled": _throttled, "fails": _fails, "hangs": _hangs, "unreachable": _unreachable,
    "nowhere": _nowhere, "gone": _gone, "flipped": _flipped, "halved": _halved,
    "broken off": _broken_off}
TABLES = ("users", "models", "pages", "items")
OBJECTS = (MODELS_PREFIX, TRENDS_KEY, CATALOG_KEY)
