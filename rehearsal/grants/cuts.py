"""What the Allow statements of a deployment give, taken apart: each part can be cut out alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.deployed import Deployed
from rehearsal.grants.places import Place, Policy, QueuePolicy, Trust, places

_HASH = re.compile(r"[0-9A-F]{8}$")  # that CDK appends to a logical id
_ARN = re.compile(r"arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:")
_NOBODY = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class Cut:
    """One thing that is given, and the policy without it. holder: a logical id."""

    holder: str
    place: Place
    action: str
    resource: str
    without: Policy

    @property
    def gives(self) -> str:
        """In words."""
        return f"{self.action} on {self.resource}"


def cuts(shop: Deployed) -> Iterator[Cut]:
    """Every action, and every resource, of every Allow statement."""
    names = {name.rpartition("/")[2]: logical_id  # of a queue, its URL ends with the name
             for _, logical_id, name in shop.resources if name != shop.name}
    for holder, place in places(shop):
        policy = place.read(shop.engine)
        for number, statement in enumerate(policy["Statement"]):
            if statement["Effect"] == "Allow":
                for action, resource, rest in _parts(statement):
                    yield Cut(
                        _HASH.sub("", holder), place, action, _plain(resource, names),
                        _without(place, policy, number, rest))


def _parts(statement: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Action, resource, and the statement without it; None = nothing would be left."""
    actions, resources = _list(statement["Action"]), _list(statement.get("Resource", "itself"))
    if len(actions) == 1 and len(resources) == 1:
        who = statement.get("Principal", {}).get("Service", "")
        source = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "")
        yield actions[0], " for ".join(filter(None, (resources[0], who, source))), None
        return
    if len(actions) > 1:
        for action in actions:
            rest = [other for other in actions if other != action]
            yield action, ", ".join(resources), {**statement, "Action": rest}
    if len(resources) > 1:
        for resource in resources:
            rest = [other for other in resources if other != resource]
            yield ", ".join(actions), resource, {**statement, "Resource": rest}


def _without(place: Place, policy: Policy, number: int, rest: dict[str, Any] | None) -> Policy:
    statements = list(policy["Statement"])
    statements[number:number + 1] = [rest] if rest else []
    if not statements and isinstance(place, Trust | QueuePolicy):
        statements = [_NOBODY]  # neither may be empty
    return {**policy, "Statement": statements}


def _plain(resource: str, names: dict[str, str]) -> str:
    """Without account, region and the hashes of names."""
    for name, logical_id in names.items():
        if name and len(name) > 3:
            resource = resource.replace(name, _HASH.sub("", logical_id))
    return _ARN.sub("", resource)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
