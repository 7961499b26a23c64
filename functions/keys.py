"""API Gateway: the key that callers of a deployment bring, where API Gateway does not demand it."""

from hmac import compare_digest
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from functions.aws import PROMPT, WorldError

LOOK_S = 300  # a key that its owner switches off opens for no longer, and what API Gateway keeps


class Keys:
    """The one key of an id, read again every `LOOK_S`."""

    def __init__(self, key_id: str, logger: Logger, client: Any = None) -> None:
        self._client: Any = client or boto3.client("apigateway", config=PROMPT)
        self._key_id, self._logger = key_id, logger
        self._value: str | None = None
        self._looked_s = float("-inf")

    def holds(self, value: str, now_s: float) -> bool:
        """Whether this is the key, and it is switched on.

        A key that cannot be read again stays as it was. raises: a `WorldError`, when it was never
        read. source: AWS, "GetApiKey" (API Gateway API).
        """
        if now_s - self._looked_s >= LOOK_S:
            self._look(now_s)
        return self._value is not None and compare_digest(value.encode(), self._value.encode())

    def _look(self, now_s: float) -> None:
        try:
            found = self._client.get_api_key(apiKey=self._key_id, includeValue=True)
        except WorldError as error:
            if self._value is None:
                raise
            self._logger.error("kept the key", reason=repr(error))
        else:
            self._value = found["value"] if found["enabled"] else None
        self._looked_s = now_s
