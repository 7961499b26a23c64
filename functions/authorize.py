"""A bearer token -> API Gateway's leave to call the routes of one user, and who that user is.

Which user a call may be about is for the function behind the route to hold against the subject
(`functions.api.Request.bind`). A REST API demands the key itself, shows the token alone, and is
told of a bad one by an error; an HTTP API shows the key before it, which is held against ours here,
and is answered with a refusal.
source: AWS, "Use API Gateway Lambda authorizers", "Control access to HTTP APIs with AWS Lambda
authorizers".
"""

import time
from collections.abc import Mapping
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from functions.issuer import Issuer, Named, TokenError
from functions.keys import Keys
from functions.leave import KEY_HEADER, allow, identity, refuse
from functions.settings import Authorize

SCHEME = "bearer"  # source: RFC 6750, section 2.1; a scheme's case does not matter

logger = Logger(service="authorize")


class UnauthorizedError(Exception):
    """A REST API answers 401 to exactly this message, and 500 to any other error.

    source: AWS, "Use API Gateway Lambda authorizers", example function.
    """

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Adapters(NamedTuple):
    """What the handler touches. keys: None where API Gateway demands it."""

    issuer: Issuer
    keys: Keys | None


@cache
def adapters() -> Adapters:
    """Built once per execution environment, with the keys it fetched."""
    settings = Authorize.from_env(environ)
    keys = Keys(settings.api_key_id, logger) if settings.api_key_id else None
    return Adapters(Issuer(settings.jwt_issuer, settings.jwt_audience), keys)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer one question of API Gateway."""
    return respond(event, *adapters(), now_s=time.time())


def respond(
    event: Mapping[str, Any], issuer: Issuer, keys: Keys | None, *, now_s: float
) -> dict[str, Any]:
    """The leave for whom the token names.

    raises: UnauthorizedError; IssuerError or a `WorldError`, when nobody can tell.
    """
    try:
        shown = _past_key(event, keys, now_s) if keys else event["authorizationToken"]
        named = _named(shown, issuer)
    except TokenError as error:
        logger.info("refused", reason=str(error))
        if keys:
            return refuse(event)
        raise UnauthorizedError from error
    return allow(event, named.subject, subject=named.subject, expires_s=str(named.expires_s))


def _past_key(event: Mapping[str, Any], keys: Keys, now_s: float) -> str:
    """What is shown beside a good key, whichever of both comes first: AWS does not say.

    Neither holds a comma: more than two values are a header that came twice.
    """
    key, authorization, *more = sorted(identity(event).split(","), key=_is_bearer)
    if more or not keys.holds(key, now_s):
        raise TokenError(f"{KEY_HEADER} is no key of this deployment")
    return authorization


def _is_bearer(shown: str) -> bool:
    return shown.partition(" ")[0].lower() == SCHEME


def _named(authorization: str, issuer: Issuer) -> Named:
    if not _is_bearer(authorization):
        raise TokenError("authorization holds no bearer token")
    return issuer.verify(authorization.partition(" ")[2].strip())
