"""API Gateway as far as one API key goes."""

from typing import Any

from aws_lambda_powertools import Logger

from functions.keys import Keys

KEY = "k-of-this-deployment"


class KeyStore:
    """A client that holds one key; may fail."""

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.fails: Exception | None = None
        self.asked: list[dict[str, Any]] = []

    def get_api_key(self, **asked: Any) -> dict[str, Any]:
        """As boto3's."""
        self.asked.append(asked)
        if self.fails:
            raise self.fails
        return {"id": asked["apiKey"], "value": KEY, "enabled": self.enabled}


def one_key(store: KeyStore | None = None) -> Keys:
    """The one key."""
    return Keys("id-1", Logger(service="test"), store or KeyStore())
