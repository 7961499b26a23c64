"""Lambda: a function behind a route, called as API Gateway calls it."""

import json
from typing import Any

import boto3

from functions.aws import CONFIG, Patience

VALID_S = 60  # as long as a token would be


class DoorError(Exception):
    """The function failed, and so answered nothing."""


class Door:
    """One function of this deployment; the caller's role must allow it to be invoked."""

    def __init__(self, function: str, client: Any = None, config: Patience = CONFIG) -> None:
        self._client: Any = client or boto3.client("lambda", config=config.botocore())
        self._function = function

    def call(
        self, method: str, resource: str, body: Any, request_id: str, now_ms: int, subject: str
    ) -> tuple[int, Any]:
        """Status and body of the answer.

        subject: whose token the call would carry, had it passed the API's authorizer.
        raises: botocore errors, DoorError.
        source: AWS, "Lambda proxy integrations in API Gateway", "Invoke" (Lambda API).
        """
        event = {
            "httpMethod": method, "resource": resource, "path": resource, "body": json.dumps(body),
            "pathParameters": None, "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "requestContext": {"requestId": request_id, "extendedRequestId": request_id,
                               "requestTimeEpoch": now_ms,
                               "authorizer": {"subject": subject,
                                              "expires_s": str(now_ms // 1000 + VALID_S)}},
        }
        answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(event))
        found = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise DoorError(f"{found.get('errorType')}: {found.get('errorMessage')}")
        return int(found["statusCode"]), json.loads(found["body"])
