"""Template -> the routes of its REST API, and what API Gateway answers by itself."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from domain.schema import Check, compile_schema
from local.authorizer import Asks, Authorizer
from local.template import Template

_METHOD = "AWS::ApiGateway::Method"
_RESOURCE = "AWS::ApiGateway::Resource"

# Status and message of API Gateway's own answers, before the template shapes them.
# source: AWS, "Gateway response types for API Gateway".
_DEFAULTS = {
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "INVALID_SIGNATURE": (403, "Forbidden"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "DEFAULT_5XX": (502, "Internal server error"),
}
_UNSHAPED = "REQUEST_TOO_LARGE"  # the one that a template cannot change; source: same page
_PLAIN = '{"message":$context.error.messageString}'


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True)
class Route:
    """One method of one path.

    function: logical id; empty where API Gateway answers by itself, with `mock`.
    check:    of the body, or None.
    decoded:  the path is decoded by API Gateway, before it looks for a route.
    """

    method: str
    path: str
    function: str = ""
    signed: bool = False
    authorizer: Asks | None = None
    keyed: bool = False
    check: Check | None = None
    mock: Answer | None = None
    decoded: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """Path parameters as the function gets them, or None.

        API Gateway's REST APIs do not decode them, though its HTTP APIs do.
        source: aws-sam-cli issues 771 and 3524, events of both recorded side by side.
        """
        path = unquote(path) if self.decoded else path
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


class Routes:
    """All routes of a template; the more literal path wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: route.path.count("{"))

    @classmethod
    def of(cls, template: Template) -> "Routes":
        """Read the resources and methods of a template whose names are bound."""
        paths = _paths(template)
        return cls(_route(template, paths, properties)
                   for properties in template.resources(_METHOD).values())

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and its path parameters."""
        for route in self._routes:
            if route.method in (method, "ANY") and (found := route.match(path)) is not None:
                return route, found
        return None


class Refusals:
    """What callers get who do not get through, shaped by the template's gateway responses."""

    def __init__(self, template: Template) -> None:
        self._shapes = {properties["ResponseType"]: properties for properties in
                        template.resources("AWS::ApiGateway::GatewayResponse").values()}

    def unknown(self) -> Answer:
        """Where no route is, which looks like a missing token."""
        return self.answer("MISSING_AUTHENTICATION_TOKEN")

    def answer(self, kind: str, message: str = "") -> Answer:
        """The answer of a gateway response type. message: in place of API Gateway's own."""
        status, usual = _DEFAULTS[kind]
        shape: Mapping[str, Any] = {}
        if kind != _UNSHAPED:
            shape = self._shapes.get(kind) or self._shapes.get(f"DEFAULT_{status // 100}XX", {})
        text = shape.get("ResponseTemplates", {}).get("application/json", _PLAIN)
        for name, value in {"messageString": json.dumps(message or usual), "responseType": kind,
                            "message": message or usual}.items():
            text = text.replace(f"$context.error.{name}", value)
        headers = _static(shape.get("ResponseParameters", {}), "gatewayresponse.header.")
        return Answer(int(shape.get("StatusCode", status)),
                      [("Content-Type", "application/json"), *headers], text.encode())


def _paths(template: Template) -> dict[str, str]:
    """Logical id of a resource -> its path; the API itself is the root."""
    resources = {name: template.resolve(properties)
                 for name, properties in template.resources(_RESOURCE).items()}

    def path(name: str) -> str:
        if name not in resources:
            return ""
        return f"{path(resources[name]['ParentId'])}/{resources[name]['PathPart']}"

    return {name: path(name) for name in resources}


def _route(template: Template, paths: Mapping[str, str], properties: Mapping[str, Any]) -> Route:
    path = paths.get(template.resolve(properties["ResourceId"]), "/")
    method = properties["HttpMethod"]
    integration = properties["Integration"]
    if integration["Type"] == "MOCK":
        first = integration["IntegrationResponses"][0]
        headers = _static(first.get("ResponseParameters", {}), "method.response.header.")
        return Route(method, path, mock=Answer(int(first["StatusCode"]), headers))
    return Route(
        method, path, template.function_of(integration["Uri"]),
        signed=properties.get("AuthorizationType") == "AWS_IAM",
        authorizer=(Authorizer.of(template, template.resolve(properties["AuthorizerId"]))
                    if properties.get("AuthorizationType") == "CUSTOM" else None),
        keyed=properties.get("ApiKeyRequired", False),
        check=_check(template, properties))


def _check(template: Template, properties: Mapping[str, Any]) -> Check | None:
    validators = template.resources("AWS::ApiGateway::RequestValidator")
    validator = template.resolve(properties.get("RequestValidatorId", ""))
    model = template.resolve(properties.get("RequestModels", {})).get("application/json")
    if not model or not validators.get(validator, {}).get("ValidateRequestBody"):
        return None
    return compile_schema(template.resources("AWS::ApiGateway::Model")[model]["Schema"])


def _static(parameters: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    """Headers whose value is a constant, which CloudFormation writes in single quotes."""
    return [(name.removeprefix(prefix), value.strip("'")) for name, value in parameters.items()
            if name.startswith(prefix)]
