"""An authorizer of the API, played: asked with the token; its finding goes on to the function.

Not played: keeping answers; every call asks anew.
source: AWS, "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.function import FunctionError
from local.template import ACCOUNT, REGION, Template

_HEADER = "method.request.header."


class TurnedAwayError(Exception):
    """The call goes no further. kind: of API Gateway's answer."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Authorizer:
    """A TOKEN authorizer of a template. header: where the token is; shape: what it must look like.

    function: logical id.
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

    def ask(
        self, invoke: Callable[[str, Any], Any], token: str, method_arn: str
    ) -> dict[str, str]:
        """What the function behind the route is told of the caller.

        raises: TurnedAwayError.
        """
        if not token or not re.fullmatch(self.shape, token):
            raise TurnedAwayError("UNAUTHORIZED")  # and nobody was asked
        event = {"type": "TOKEN", "authorizationToken": token, "methodArn": method_arn}
        try:
            found = invoke(self.function, event)
        except FunctionError as error:
            known = str(error.__cause__) == "Unauthorized"
            raise TurnedAwayError("UNAUTHORIZED" if known else "AUTHORIZER_FAILURE") from error
        try:
            allowed = _allows(found["policyDocument"]["Statement"], method_arn)
            told = {name: str(value) for name, value in found.get("context", {}).items()}
            told["principalId"] = str(found["principalId"])
        except (AttributeError, KeyError, TypeError) as error:
            raise TurnedAwayError("AUTHORIZER_CONFIGURATION_ERROR") from error
        if not allowed:
            raise TurnedAwayError("ACCESS_DENIED")
        return told


def arn_of(stage: str, method: str, path: str) -> str:
    """The ARN of a method as called."""
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:local/{stage}/{method}{path}"


def _allows(statements: list[Mapping[str, Any]], method_arn: str) -> bool:
    effects = {statement["Effect"] for statement in statements
               if fnmatchcase(method_arn, statement["Resource"])}
    return effects == {"Allow"}
