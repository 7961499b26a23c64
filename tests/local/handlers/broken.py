"""Fails, or answers what no proxy integration takes."""

from typing import Any


def handler(event: dict[str, Any], _: Any) -> Any:
    """Raise, unless asked for nonsense."""
    if (event.get("queryStringParameters") or {}).get("how") == "nonsense":
        return {"no": "status"}
    raise KeyError("broken on purpose")
