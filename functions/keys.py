"""API Gateway: the key that callers of a deployment bring, where API Gateway does not demand it."""

from hmac import compare_digest
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from functions.aws import PROMPT, WorldError

# A key that its owner switches off or deletes opens for `LOOK_S` more, and what API Gateway keeps;
# while nobody can tell, for `FORGIVEN_S`.
LOOK_S, FORGIVEN_S = 300, 3600


class Keys:
    """The one key of an id, read again every `LOOK_S`."""

    def __init__(self, key_id: str, logger: Logger, client: Any = None) -> None:
        self._client: Any = client or boto3.client("apigateway", config=PROMPT.botocore())
        self._key_id, self._logger = key_id, logger
        self._value: str | None = None
        self._read_s = self._due_s = float("-inf")

    def holds(self, value: str, now_s: float) -> bool:
        """Whether this is the key, and it is there and switched on. raises: as `current`."""
        known = self.current(now_s)
        return known is not None and compare_digest(value.encode(), known.encode())

    def current(self, now_s: float) -> str | None:
        """The key; None when it is switched off, or gone.

        A key that cannot be read again stays as it was, for `FORGIVEN_S` since it was read.
        raises: a `WorldError`, after that, or when it was never read.
        """
        if now_s >= self._due_s:
            self._look(now_s)
        return self._value

    def _look(self, now_s: float) -> None:
        try:
            self._value = self._read()
        except WorldError as error:
            end_s = self._read_s + FORGIVEN_S
            if now_s >= end_s:
                raise
            self._logger.error("kept the key", reason=repr(error))
            self._due_s = min(now_s + LOOK_S, end_s)
        else:
            self._read_s, self._due_s = now_s, now_s + LOOK_S

    def _read(self) -> str | None:
        """None = switched off, or gone. source: AWS, "GetApiKey" (API Gateway API)."""
        try:
            found = self._client.get_api_key(apiKey=self._key_id, includeValue=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            self._logger.error("the key is gone", reason=repr(error))
            return None
        return found["value"] if found["enabled"] else None
