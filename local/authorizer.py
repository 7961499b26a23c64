"""An authorizer of the API, played: asked of a call; its finding goes on to the function.

Not played: keeping answers; every call asks anew.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

from local.function import FunctionError
from local.template import ACCOUNT, REGION, Template

_HEADER = "method.request.header."
_IDENTITY = "$request.header."
_UNAUTHORIZED = "Unauthorized"

Invoke = Callable[[str, Any], Any]
Headers = Mapping[str, Sequence[str]]  # each value that came, by their names in lower case


class TurnedAwayError(Exception):
    """The call goes no further. kind: of API Gateway's answer."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Asks(Protocol):
    """Either kind of authorizer."""

    def ask(self, invoke: Invoke, headers: Headers, method_arn: str) -> dict[str, str]:
        """What the function behind the route is told of the caller.

        raises: TurnedAwayError.
        """


@dataclass(frozen=True)
class Authorizer:
    """A TOKEN authorizer of a REST API. header: where the token is; shape: what it must look like.

    function: logical id.
    source: AWS, "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda
    authorizer".
    """

    function: str
    header: str
    shape: str

    @classmethod
    def of(cls, template: Template, name: str) -> "Authorizer":
        """Read it from a template by its logical id."""
        found = template.resources("AWS::ApiGateway::Authorizer")[name]
        return cls(template.function_of(found["AuthorizerUri"]),
                   found["IdentitySource"].removeprefix(_HEADER),
                   found.get("IdentityValidationExpression", ".*"))

    def ask(self, invoke: Invoke, headers: Headers, method_arn: str) -> dict[str, str]:
        """As `Asks`."""
        token = _last(headers).get(self.header.lower(), "")
        if not token or not re.fullmatch(self.shape, token):
            raise TurnedAwayError("UNAUTHORIZED")  # and nobody was asked
        event = {"type": "TOKEN", "authorizationToken": token, "methodArn": method_arn}
        try:
            return _told(invoke(self.function, event), method_arn)
        except FunctionError as error:
            known = str(error.__cause__) == _UNAUTHORIZED
            raise TurnedAwayError("UNAUTHORIZED" if known else "AUTHORIZER_FAILURE") from error


@dataclass(frozen=True)
class RequestAuthorizer:
    """An authorizer of an HTTP API, asked in format 1.0. headers: that a call must have.

    A header that came twice is one value with a comma. source: AWS, "Control access to HTTP APIs
    with AWS Lambda authorizers", "Transform API requests and responses for HTTP APIs in API
    Gateway".
    """

    function: str
    headers: tuple[str, ...]

    @classmethod
    def of(cls, template: Template, name: str) -> "RequestAuthorizer":
        """Read it from a template by its logical id."""
        found = template.resources("AWS::ApiGatewayV2::Authorizer")[name]
        assert found["AuthorizerPayloadFormatVersion"] == "1.0"
        return cls(template.function_of(found["AuthorizerUri"]),
                   tuple(source.removeprefix(_IDENTITY) for source in found["IdentitySource"]))

    def ask(self, invoke: Invoke, headers: Headers, method_arn: str) -> dict[str, str]:
        """As `Asks`."""
        found = [",".join(headers.get(name.lower(), ())) for name in self.headers]
        if not all(found):
            raise TurnedAwayError("UNAUTHORIZED")  # and nobody was asked
        identity = ",".join(found)
        event = {"version": "1.0", "type": "REQUEST", "methodArn": method_arn,
                 "identitySource": identity, "authorizationToken": identity,
                 "headers": _last(headers)}
        try:
            return _told(invoke(self.function, event), method_arn)
        except FunctionError as error:
            raise TurnedAwayError("AUTHORIZER_FAILURE") from error


def _last(headers: Headers) -> dict[str, str]:
    return {name: values[-1] for name, values in headers.items() if values}


def arn_of(stage: str, method: str, path: str) -> str:
    """The ARN of a method as called."""
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:local/{stage}/{method}{path}"


def _told(found: Any, method_arn: str) -> dict[str, str]:
    try:
        allowed = _allows(found["policyDocument"]["Statement"], method_arn)
        told = {name: str(value) for name, value in found.get("context", {}).items()}
        told["principalId"] = str(found["principalId"])
    except (AttributeError, KeyError, TypeError) as error:
        raise TurnedAwayError("AUTHORIZER_CONFIGURATION_ERROR") from error
    if not allowed:
        raise TurnedAwayError("ACCESS_DENIED")
    return told


def _allows(statements: list[Mapping[str, Any]], method_arn: str) -> bool:
    effects = {statement["Effect"] for statement in statements
               if fnmatchcase(method_arn, statement["Resource"])}
    return effects == {"Allow"}
