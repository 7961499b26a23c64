"""API Gateway proxy events: a route's function is found, and every error becomes its answer.

API Gateway has already matched the route, so its own `resource` is looked up and no path is parsed
again. Answers are JSON; errors are `{"error": {"code", "message", "field"}}`.
source: AWS, "Lambda proxy integrations in API Gateway".
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import unquote

from aws_lambda_powertools import Logger

from domain.event import (
    SESSION_ID_SCHEMA,
    SESSION_MARK,
    EventError,
    check_item_id,
    check_user_id,
)
from domain.freshness import FRESH_S
from domain.parameter import Parameter, ParameterError
from domain.schema import Check, compile_schema
from domain.validator import is_known, tag_of
from functions.aws import WorldError
from functions.settings import Public

JSON = "application/json"
KEPT_BY_NOBODY = "private, no-store"

T = TypeVar("T")
Event = Mapping[str, Any]
Response = dict[str, Any]

_check_session_id = compile_schema(SESSION_ID_SCHEMA)


class ApiError(Exception):
    """The answer to a request that cannot be served as it is."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "field": field}}


class Front(NamedTuple):
    """How a deployment meets its callers.

    tokens_required: a call about one user must come with that user's token.
    """

    allowed_origin: str
    tokens_required: bool

    @classmethod
    def of(cls, settings: Public) -> Self:
        """As the function is told."""
        return cls(settings.allowed_origin, settings.tokens_required != "false")


class Request(NamedTuple):
    """One call, as a route's function reads it."""

    event: Event
    tokens_required: bool

    @property
    def received_ms(self) -> int:
        """When API Gateway received the call."""
        return int(self.event["requestContext"]["requestTimeEpoch"])

    @property
    def id(self) -> str | None:
        """What API Gateway calls this call; None in a console.

        Callers see it as `x-amz-apigw-id`, of an HTTP API as `apigw-requestid`.
        """
        found = self.event["requestContext"].get("extendedRequestId")
        return str(found) if found else None

    def user_id(self) -> str:
        """The path's user, who is the caller's own: see `bind`. raises: ApiError 400, 401, 403."""
        user_id = self.anybody()
        self.bind(user_id)
        return user_id

    def bind(self, user_id: str) -> None:
        """Hold a user against the one whom the token names. raises: ApiError 401, 403.

        The API's authorizer puts its finding where no caller can write. Without any the call is
        refused where tokens are required, since then a route was opened past the authorizer.
        """
        found = self.event["requestContext"].get("authorizer") or {}
        if "subject" not in found:
            if self.tokens_required:
                raise ApiError(403, "forbidden", "the call carries no token", "authorization")
            return
        # API Gateway keeps an authorizer's answer for a while, and so past a token's end.
        if self.received_ms >= int(found["expires_s"]) * 1000:
            raise ApiError(401, "unauthorized", "the token has expired", "authorization")
        if found["subject"] != user_id:
            raise ApiError(403, "forbidden", "user_id is not whom the token names", "user_id")

    def anybody(self) -> str:
        """The path's user, for administrators: anybody, or a session (~ and its id).

        raises: ApiError 400.
        """
        user_id = self._path("user_id")
        if user_id.startswith(SESSION_MARK):
            approve(_check_session_id, user_id.removeprefix(SESSION_MARK), "user_id")
        else:
            approve(check_user_id, user_id, "user_id")
        return user_id

    def item_id(self) -> str:
        """The path's item. raises: ApiError 400."""
        return self.in_path("item_id", check_item_id)

    def in_path(self, name: str, check: Check) -> str:
        """What the path names, held against its schema. raises: ApiError 400."""
        named = self._path(name)
        approve(check, named, name)
        return named

    def asked(self, parameter: Parameter[T]) -> T:
        """What the query says of a parameter, or its default. raises: ApiError 400."""
        named = self.event.get("multiValueQueryStringParameters") or {}
        try:
            return parameter.read(named.get(parameter.name, ()))
        except ParameterError as error:
            raise ApiError(400, "invalid", str(error), parameter.name) from error

    def holds(self, tag: str) -> bool:
        """Does the caller hold an answer of this tag already?"""
        named = (self.event.get("headers") or {}).items()
        return any(name.lower() == "if-none-match" and is_known(tag, value)
                   for name, value in named)

    def json(self) -> Any:
        """The body, decoded. raises: ApiError 400.

        HTTP APIs wrap a body that does not call itself text or JSON, a form of curl's for one, in
        base64. source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs";
        ministackorg/ministack PR 766, where the types are tried out.
        """
        try:
            body = self.event.get("body") or ""
            return json.loads(b64decode(body) if self.event.get("isBase64Encoded") else body)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "invalid", f"body is no JSON: {error}", "body") from error

    def _path(self, name: str) -> str:
        """A path parameter, decoded once: by HTTP APIs, whose events have a version, or here.

        source: aws-sam-cli issue 3524 and PR 6532; middleapi/standard-server PR 93.
        """
        text = str(self.event["pathParameters"][name])
        if "version" in self.event:
            return text
        try:
            return unquote(text, errors="strict")
        except UnicodeDecodeError as error:
            raise ApiError(400, "invalid", f"{name} is no UTF-8", name) from error


def approve(check: Check, value: Any, field: str) -> None:
    """Hold what was sent against its schema. raises: ApiError 400, naming the field."""
    if found := check(value, ""):
        name = found.field or field
        raise ApiError(400, "invalid", f"{name} {found.reason}", name)


class Text(NamedTuple):
    """A body that is no JSON of ours, or is JSON already. media: its type."""

    media: str
    text: str


Route = Callable[[Request], tuple[int, Any]]


def answer(
    event: Event, routes: Mapping[str, Route], front: Front, logger: Logger
) -> Response:
    """Run the route's function; what the sender did wrong becomes a 4xx that names the field.

    What AWS did wrong becomes a 503 and a line in the log; all lines name the request.
    """
    request = Request(event, front.tokens_required)
    logger.append_keys(request=request.id)
    try:
        route = routes[f"{event['httpMethod']} {event['resource']}"]
        status, body = route(request)
    except EventError as error:
        wrong = ApiError(400, "invalid", str(error), error.field)
        status, body = wrong.status, wrong.body
    except ApiError as error:
        status, body = error.status, error.body
    except WorldError as error:
        logger.error("not answered", reason=repr(error))
        down = ApiError(503, "unavailable", "a service behind this API fails, try again later")
        status, body = down.status, down.body
    return _response(request, status, body, front)


def _response(request: Request, status: int, body: Any, front: Front) -> Response:
    """What anybody may keep carries its tag, and who holds it already is told so and no more."""
    headers = {"Cache-Control": KEPT_BY_NOBODY, "Access-Control-Allow-Origin": front.allowed_origin}
    fresh_s = FRESH_S.get(f"{request.event['httpMethod']} {request.event['resource']}")
    if fresh_s is not None and status == 200:
        tag = tag_of(body.text if isinstance(body, Text) else body)
        headers |= {"Cache-Control": f"public, max-age={fresh_s}", "ETag": tag}
        if request.holds(tag):
            return {"statusCode": 304, "headers": headers, "body": ""}
    told = body if isinstance(body, Text) else Text(
        JSON, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    return {"statusCode": status, "headers": {"Content-Type": told.media, **headers},
            "body": told.text}
