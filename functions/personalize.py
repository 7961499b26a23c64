"""API Gateway's events -> Personalize's operations, and every error as its clients know it.

A client of Personalize is given this deployment's URL and, as its secret key, the key that
`infra.personalize` makes for it. API Gateway takes the header with the signature off before a
function sees it, so an authorizer tells it on (`functions.carry_signature`); only here, where the
body is, can it be verified.
source: AWS, "Amazon API Gateway important notes", headers; botocore's parser of rest-json errors.
"""

import json
import uuid
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from domain.personalize import PersonalizeError
from functions.aws import WorldError
from functions.keys import Keys
from functions.leave import SIGNATURE
from functions.signature import SignatureError, Signed, verify

SERVICE = "personalize"  # by which both clients, for events and at runtime, sign

Event = Mapping[str, Any]
Response = dict[str, Any]
Operation = Callable[[Any, Event], dict[str, Any] | None]


class UntakenError(Exception):
    """Nothing, or not everything, was taken: the caller may send it again."""


def answer(
    event: Event, operations: Mapping[str, Operation], keys: Keys, logger: Logger, now_s: float
) -> Response:
    """Run the operation of a route for whoever signed with the key.

    operations: by method and resource; called with the decoded body and the event; None = no body.
    """
    logger.append_keys(request=event["requestContext"].get("extendedRequestId"))
    try:
        body = _admitted(event, keys, now_s)
        return _respond(200, operations[f"{event['httpMethod']} {event['resource']}"](body, event))
    except SignatureError as error:
        logger.info("refused", reason=str(error))
        return _refuse(403, "InvalidSignatureException", str(error))
    except PersonalizeError as error:
        return _refuse(error.status, error.code, str(error))
    except (UntakenError, *WorldError) as error:
        logger.error("not answered", reason=repr(error))
        return _refuse(503, "ServiceUnavailableException",
                       "a service behind this API fails, try again later")


def _admitted(event: Event, keys: Keys, now_s: float) -> Any:
    """The body of a call that was signed with the key. raises: SignatureError, PersonalizeError."""
    raw = str(event.get("body") or "")
    body = b64decode(raw) if event.get("isBase64Encoded") else raw.encode()
    secret = keys.current(now_s)
    if secret is None:
        raise SignatureError("the key is switched off")
    verify(_signed(event, body), secret, SERVICE, now_s)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PersonalizeError(f"the body is no JSON: {error}") from error


def _signed(event: Event, body: bytes) -> Signed:
    context = event["requestContext"]
    told = (context.get("authorizer") or {}).get(SIGNATURE, "")
    headers = {name.lower(): str(value) for name, value in (event["headers"] or {}).items()}
    return Signed(str(event["httpMethod"]), str(context["path"]), headers, body, str(told))


def _refuse(status: int, code: str, message: str) -> Response:
    return _respond(status, {"message": message}, {"x-amzn-ErrorType": code})


def _respond(
    status: int, body: Mapping[str, Any] | None, more: Mapping[str, str] | None = None
) -> Response:
    return {"statusCode": status,
            "headers": {"Content-Type": "application/json",
                        "x-amzn-RequestId": str(uuid.uuid4()), **(more or {})},
            "body": "" if body is None else
                    json.dumps(body, ensure_ascii=False, separators=(",", ":"))}
