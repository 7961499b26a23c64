"""A web ACL put before an API, which MiniStack refuses: taken, never evaluated.

What its rules say is asserted on the template; tests/infra.
"""

from typing import Any

from ministack.services.cloudformation import provisioners


def install() -> None:
    """Take an association as it stands."""
    provisioners._RESOURCE_HANDLERS["AWS::WAFv2::WebACLAssociation"] = {
        "create": _taken, "delete": lambda _name, _properties: None}


def _taken(logical_id: str, properties: dict[str, Any], _stack: str) -> Any:
    return f"{properties['WebACLArn']}|{properties['ResourceArn']}|{logical_id}", {}
