"""A bearer token -> API Gateway's leave to call the routes of one user, and who that user is.

The leave is for every route of the stage that asks for a token, since API Gateway keeps it for
the next calls with the same token, whatever they call. Which user a call may be about is for the
function behind the route to hold against the subject (`functions.api.Request.bind`).
source: AWS, "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from functools import cache
from os import environ
from typing import Any

from aws_lambda_powertools import Logger

from functions.issuer import Issuer, Named, TokenError
from functions.settings import Authorize

SCHEME = "bearer"  # source: RFC 6750, section 2.1; a scheme's case does not matter

logger = Logger(service="authorize")


class UnauthorizedError(Exception):
    """API Gateway answers 401 to exactly this message, and 500 to any other error.

    source: AWS, "Use API Gateway Lambda authorizers", example function.
    """

    def __init__(self) -> None:
        super().__init__("Unauthorized")


@cache
def adapters() -> Issuer:
    """Built once per execution environment, with the keys it fetched."""
    settings = Authorize.from_env(environ)
    return Issuer(settings.jwt_issuer, settings.jwt_audience)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer one question of API Gateway."""
    return respond(event, adapters())


def respond(event: Mapping[str, Any], issuer: Issuer) -> dict[str, Any]:
    """The leave for whom the token names.

    raises: UnauthorizedError; IssuerError, when nobody can tell whether the token is good.
    """
    scheme, _, token = event["authorizationToken"].partition(" ")
    try:
        if scheme.lower() != SCHEME:
            raise TokenError("authorization holds no bearer token")
        named = issuer.verify(token.strip())
    except TokenError as error:
        logger.info("refused", reason=str(error))
        raise UnauthorizedError from error
    return _leave(named, event["methodArn"])


def _leave(named: Named, method_arn: str) -> dict[str, Any]:
    stage = "/".join(method_arn.split("/")[:2])
    allowed = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{stage}/*"}
    return {"principalId": named.subject,
            "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
            "context": {"subject": named.subject, "expires_s": str(named.expires_s)}}
