"""Alarms on metric math and on other alarms, which MiniStack refuses: taken, never evaluated.

What they say is asserted on the template; tests/infra.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Take an alarm with expressions as it stands."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    create, update, delete = (handlers[name] for name in ("create", "update", "delete"))

    def taken(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if "Namespace" in properties:
            return create(logical_id, properties, stack)
        name = properties.get("AlarmName") or f"{stack}-{logical_id}"
        _taken.add(name)
        return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}

    def kept(name: str, before: dict[str, Any], after: dict[str, Any], stack: str,
             logical_id: str) -> Any:
        if "Namespace" in before and "Namespace" in after:
            return update(name, before, after, stack, logical_id)
        gone(name, before)
        return taken(logical_id, after, stack)

    def gone(name: str, properties: dict[str, Any]) -> None:
        if name in _taken:
            _taken.discard(name)
        else:
            delete(name, properties)

    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": taken, "update": kept, "update_with_logical_id": True, "delete": gone}


_taken: set[str] = set()
