"""Calls of Personalize's clients as API Gateway hands them on, signed by botocore."""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.credentials import Credentials

from functions.leave import SIGNATURE as TOLD
from tests.flow.signing import signed
from tests.functions.key_store import KEY
from tests.functions.stage import NOW_MS, proxy_event

NOW_S = NOW_MS / 1000
HOST = "api.example"
SIGNATURE = ("AWS4-HMAC-SHA256 Credential=any/20251009/eu-west-1/personalize/aws4_request, "
             f"SignedHeaders=content-type;host;x-amz-date, Signature={'0' * 64}")


def personalize_event(
    path: str, body: Any, *, secret: str = KEY, received_ms: int = NOW_MS
) -> dict[str, Any]:
    """A signed call of an operation. path: below /personalize."""
    resource = f"/personalize{path}"
    event = proxy_event("POST", resource, body, received_ms=received_ms)
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = signed(f"https://{HOST}/v1{resource}", data, Credentials("any", secret),
                     datetime.fromtimestamp(received_ms / 1000, UTC))
    told = headers.pop("Authorization")
    event["headers"] = {**headers, "Host": HOST}
    event["requestContext"] |= {"path": f"/v1{resource}", "authorizer": {TOLD: told}}
    return event
