"""What passes between API Gateway and a function: the proxy event, and the function's answer.

source: AWS, "Lambda proxy integrations in API Gateway", input and output format.
"""

import base64
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from local.routes import Answer, Route
from local.template import ACCOUNT

STAGE = "local"


@dataclass(frozen=True)
class Request:
    """An HTTP request as it arrived. target: path and query."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def values(self) -> dict[str, list[str]]:
        """Every header of each name, the names in lower case."""
        return _gathered((name.lower(), value) for name, value in self.headers)

    @property
    def by_name(self) -> dict[str, str]:
        """The last header of each name, the names in lower case."""
        return {name.lower(): value for name, value in self.headers}

    def header(self, name: str) -> str:
        """The last of a name; empty when there is none."""
        return self.by_name.get(name.lower(), "")


class MalformedError(ValueError):
    """A function answered what no proxy integration takes."""


def event(
    route: Route, parameters: Mapping[str, str], request: Request, api_key: str, access_key: str,
    told: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The request as a function gets it. Keys are told where the route asks for them.

    told: by the route's authorizer.
    """
    path, _, query = request.target.partition("?")
    headers = request.headers if route.decoded else list(_passed_on(request.headers))
    pairs = parse_qsl(query, keep_blank_values=True)
    wrapped = route.decoded and not _is_text(request)
    return {
        **({"version": "1.0"} if route.decoded else {}),
        "resource": route.path, "path": path, "httpMethod": request.method,
        **_both("headers", "multiValueHeaders", headers),
        **_both("queryStringParameters", "multiValueQueryStringParameters", pairs),
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": {**_context(route, path, request, api_key, access_key),
                           **_authorizer(route, told or {})},
        "body": _body(request.body, wrapped) if request.body else None,
        "isBase64Encoded": wrapped and bool(request.body),
    }


def answer_of(result: Any) -> Answer:
    """What a function returned, as HTTP.

    raises: MalformedError, when it is no answer.
    """
    try:
        headers = [(n, str(v)) for n, v in (result.get("headers") or {}).items()]
        for name, values in (result.get("multiValueHeaders") or {}).items():
            headers += [(name, str(value)) for value in values]
        body = result.get("body") or ""
        data = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
        status = int(result["statusCode"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedError(f"{result!r:.200} is no answer of a proxy integration") from error
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Answer(status, headers, data)


def _authorizer(route: Route, told: Mapping[str, str]) -> dict[str, Any]:
    """Of an HTTP API there always is one, which may know nothing."""
    known = {"claims": None, "scopes": None, **told} if route.decoded else dict(told)
    return {"authorizer": known} if known else {}


def _body(data: bytes, wrapped: bool) -> str:
    return base64.b64encode(data).decode() if wrapped else data.decode(errors="replace")


def _passed_on(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Without a signature, which a REST API takes off.

    source: AWS, "Amazon API Gateway important notes", for REST APIs.
    """
    return ((name, value) for name, value in headers
            if name.lower() != "authorization" or not value.startswith("AWS4-HMAC-SHA256"))


def _is_text(request: Request) -> bool:
    """What an HTTP API hands over as it is. source: ministackorg/ministack PR 766, tried on AWS."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in (
        "application/json", "application/xml", "application/javascript")



def _context(
    route: Route, path: str, request: Request, api_key: str, access_key: str
) -> dict[str, Any]:
    """The path is that of the call, as under a domain of one's own: its URL names no stage."""
    now = datetime.now(UTC)
    signer = ACCOUNT if route.signed else None
    return {
        "accountId": ACCOUNT, "apiId": "local", "stage": STAGE, "protocol": "HTTP/1.1",
        "path": path, "resourcePath": route.path, "httpMethod": request.method,
        "resourceId": route.path.strip("/").replace("/", "-"),
        "requestId": str(uuid.uuid4()), "extendedRequestId": uuid.uuid4().hex[:16],
        "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "domainName": request.header("host"), "domainPrefix": "local",
        "identity": {
            "sourceIp": request.source_ip, "userAgent": request.header("user-agent"),
            "apiKey": api_key if route.keyed else None,
            "apiKeyId": "local" if route.keyed else None,
            "accessKey": access_key if route.signed else None,
            "userArn": f"arn:aws:iam::{ACCOUNT}:root" if route.signed else None,
            "accountId": signer, "user": signer, "caller": signer,
        },
    }


def _both(single: str, multi: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """The two views of names that may repeat: the last value, and all; null when there are none."""
    return {single: dict(pairs) or None, multi: _gathered(pairs) or None}


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered
