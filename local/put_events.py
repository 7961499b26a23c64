"""events.PutEvents, by which functions speak to the bus, answered without moto.

source: AWS, "PutEvents" (EventBridge API); an event of a function comes to its rules as any other.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local import bus
from local.engine import Interceptor, Perform
from local.invocations import answer, body_of

CALL = "eventbridge.PutEvents"  # as botocore names it


class PutEvents:
    """An interceptor of an engine. take: what is done with an event, later.

    others: answers all other calls.
    """

    def __init__(self, take: Callable[[Mapping[str, Any]], None], others: Interceptor) -> None:
        self._take, self._others = take, others

    def __call__(
        self, call: str, request: AWSPreparedRequest, perform: Perform
    ) -> AWSResponse | None:
        """Every event is taken."""
        if call != CALL:
            return self._others(call, request, perform)
        told = [bus.event(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]),
                          entry.get("Resources", ()))
                for entry in json.loads(body_of(request))["Entries"]]
        for one in told:
            self._take(one)
        said = {"FailedEntryCount": 0, "Entries": [{"EventId": one["id"]} for one in told]}
        return answer(request, 200, json.dumps(said).encode())
