"""Alarms on metric math and on other alarms, which MiniStack refuses: taken, never evaluated.

What they say is asserted on the template; tests/infra.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Take an alarm with expressions as it stands."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    create, delete = handlers["create"], handlers["delete"]

    def taken(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if "Namespace" in properties:
            return create(logical_id, properties, stack)
        name = properties.get("AlarmName") or f"{stack}-{logical_id}"
        _taken.add(name)
        return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}

    def gone(name: str, properties: dict[str, Any]) -> None:
        if name in _taken:
            _taken.discard(name)
        else:
            delete(name, properties)

    handlers["create"], handlers["delete"] = taken, gone
    provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
        "create": taken, "delete": gone}


_taken: set[str] = set()
