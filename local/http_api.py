"""Template -> the routes of its HTTP API, whose pages may call, and what it refuses by itself.

A path is decoded before a route is looked for, as HTTP APIs hand it over decoded: an id that holds
a slash finds none. source: middleapi/standard-server PR 93, with calls recorded on AWS.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.authorizer import RequestAuthorizer
from local.routes import Answer, Route, Routes
from local.template import Template, TemplateError

Headers = Mapping[str, str]  # by their names in lower case

_API, _ROUTE = "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Route"
_INTEGRATION = "AWS::ApiGatewayV2::Integration"
_CORS = "access-control-"

# Status and message, which no template can change. source: AWS, "Control access to HTTP APIs with
# AWS Lambda authorizers"; the others as the service answers.
_REFUSALS = {
    "UNAUTHORIZED": (401, "Unauthorized"),
    "ACCESS_DENIED": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Forbidden"),
    "INVALID_SIGNATURE": (403, "Forbidden"),
    "REQUEST_TOO_LARGE": (413, "Request Entity Too Large"),
}
_BROKEN = (500, "Internal Server Error")


def is_in(template: Template) -> bool:
    """Whether the template has an HTTP API."""
    return bool(template.resources(_API))


def routes_of(template: Template) -> Routes:
    """Every route of a template whose names are bound."""
    return Routes(_route(template, given) for given in template.resources(_ROUTE).values())


class HttpRefusals:
    """What callers get who do not get through."""

    def unknown(self) -> Answer:
        """Where no route is."""
        return _refusal(404, "Not Found")

    def answer(self, kind: str, _message: str = "") -> Answer:
        """The answer to a kind of failure; what failed behind the API is not said."""
        return _refusal(*_REFUSALS.get(kind, _BROKEN))


@dataclass(frozen=True)
class Cors:
    """Which pages may call, as the API itself tells them, whatever the functions say.

    It is documented for preflights and answers of functions; what API Gateway refuses by itself has
    no such header here. source: AWS, "Configure CORS for HTTP APIs in API Gateway".
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    max_age_s: int

    @classmethod
    def of(cls, template: Template) -> "Cors":
        """Read it from the one HTTP API of a template."""
        (api,) = template.resources(_API).values()
        given = api["CorsConfiguration"]
        return cls(tuple(given["AllowOrigins"]), tuple(given["AllowMethods"]),
                   tuple(given["AllowHeaders"]), int(given["MaxAge"]))

    def preflight(self, method: str, headers: Headers) -> Answer | None:
        """The answer to a browser that asks before it calls; None where none asks."""
        if method != "OPTIONS" or "access-control-request-method" not in headers:
            return None
        return Answer(204, [
            *self._allowed(headers), ("access-control-allow-methods", ",".join(self.methods)),
            ("access-control-allow-headers", ",".join(self.headers)),
            ("access-control-max-age", str(self.max_age_s))] if self._allowed(headers) else [])

    def mark(self, answer: Answer, headers: Headers) -> Answer:
        """An answer of a function with the API's own headers in place of the function's."""
        kept = [(name, value) for name, value in answer.headers
                if not name.lower().startswith(_CORS)]
        return Answer(answer.status, [*kept, *self._allowed(headers)], answer.body)

    def _allowed(self, headers: Headers) -> list[tuple[str, str]]:
        origin = headers.get("origin", "")
        allowed = "*" if "*" in self.origins else origin
        known = origin and (allowed == "*" or origin in self.origins)
        return [("access-control-allow-origin", allowed)] if known else []


def _refusal(status: int, message: str) -> Answer:
    return Answer(status, [("Content-Type", "application/json")],
                  json.dumps({"message": message}, separators=(",", ":")).encode())


def _route(template: Template, given: Mapping[str, Any]) -> Route:
    method, _, path = given["RouteKey"].partition(" ")
    target = template.resolve(given["Target"]).removeprefix("integrations/")
    integration = template.resources(_INTEGRATION)[target]
    if integration["PayloadFormatVersion"] != "1.0":
        raise TemplateError(f"{given['RouteKey']}: the local cloud plays payload format 1.0 alone")
    kind = given["AuthorizationType"]
    return Route(
        method, path, template.function_of(integration["IntegrationUri"]), decoded=True,
        signed=kind == "AWS_IAM",
        authorizer=(RequestAuthorizer.of(template, template.resolve(given["AuthorizerId"]))
                    if kind == "CUSTOM" else None))
