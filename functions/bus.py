"""EventBridge: what a function says to be done, by others or by itself, when it has ended."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.aws import CONFIG, Patience, events

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

MAX_ENTRIES = 10  # of a call. source: AWS, "PutEvents" (EventBridge API)


class Bus:
    """The account's default bus. source: whose events these are."""

    def __init__(
        self, source: str, client: "EventBridgeClient | None" = None,
        config: Patience = CONFIG,
    ) -> None:
        self._client = client or events(config)
        self._source = source

    def say(self, kind: str, details: Iterable[Mapping[str, Any]]) -> None:
        """An event of each, at most `MAX_ENTRIES`.

        raises: a `WorldError`, when one of them was not taken; others may have been.
        """
        answer = self._client.put_events(Entries=[
            {"Source": self._source, "DetailType": kind, "Detail": json.dumps(detail)}
            for detail in details])
        for entry in answer["Entries"]:
            if "ErrorCode" in entry:
                raise ClientError({"Error": {"Code": entry["ErrorCode"],
                                             "Message": entry.get("ErrorMessage", "")}},
                                  "PutEvents")
