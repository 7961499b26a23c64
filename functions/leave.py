"""What an authorizer is asked by API Gateway, and what it answers.

Leave is for every route of the stage that has the same authorizer, since API Gateway keeps it for
the next calls with the same headers, whatever they call; a refusal likewise. So what is judged is
what it keeps the answer by, and never `headers`, which show one value of a header that came twice.
source: AWS, "Output from an API Gateway Lambda authorizer", "Control access to HTTP APIs with AWS
Lambda authorizers", payload and response format 1.0, caching.
"""

from collections.abc import Mapping
from typing import Any

KEY_HEADER = "x-api-key"
SIGNATURE = "signature"  # what `carry_signature` tells on, in what API Gateway calls the context


def identity(event: Mapping[str, Any]) -> str:
    """Values of the headers that `infra.gate` names, between commas.

    A header that came twice has commas of its own, which are in no key and no token.
    source: AWS, "Transform API requests and responses for HTTP APIs in API Gateway", header values.
    """
    return str(event["identitySource"])


def allow(event: Mapping[str, Any], principal: str, **context: str) -> dict[str, Any]:
    """Leave. context: told to the function behind the route."""
    return {**_answer(event, principal, "Allow"), "context": context}


def refuse(event: Mapping[str, Any]) -> dict[str, Any]:
    """No leave, which the caller is told as 403."""
    return _answer(event, "nobody", "Deny")


def _answer(event: Mapping[str, Any], principal: str, effect: str) -> dict[str, Any]:
    stage = "/".join(event["methodArn"].split("/")[:2])
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage}/*"}
    return {"principalId": principal,
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
