"""Answers with the event it was given, and with the context."""

import json
import sys
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The event, as the body."""
    sys.stdout.write("echo was here\n")
    return {"statusCode": 200, "headers": {"X-Function": context.function_name},
            "body": json.dumps(event)}
