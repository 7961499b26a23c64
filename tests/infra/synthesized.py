"""A synthesized template, asked by type and by verb."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PARKED = "aws/lambda/"  # source: AWS, "Retain discarded batch records for a Kinesis event source"
# Context that leaves out the packages of layers, which pip would have to fetch.
NO_PACKAGES: Mapping[str, Any] = {"aws:cdk:bundling-stacks": []}


@dataclass(frozen=True)
class Stack:
    """The template of one deployment."""

    document: Mapping[str, Any]

    @property
    def resources(self) -> Mapping[str, Any]:
        return self.document["Resources"]

    def of(self, kind: str) -> dict[str, Any]:
        """Logical id -> properties, of every resource of a type."""
        return {id_: found.get("Properties", {}) for id_, found in self.resources.items()
                if found["Type"] == kind}

    def functions(self) -> dict[str, Any]:
        """Verb -> properties."""
        return {found["Handler"].split(".")[1]: found
                for found in self.of("AWS::Lambda::Function").values()}

    def verb_of(self, id_: str) -> str:
        """Of a function's logical id."""
        return str(self.resources[id_]["Properties"]["Handler"].split(".")[1])

    def statements(self, role_id: str) -> Iterator[Mapping[str, Any]]:
        """What the policies of a role allow."""
        for policy in self.of("AWS::IAM::Policy").values():
            if {"Ref": role_id} in policy["Roles"]:
                yield from policy["PolicyDocument"]["Statement"]

    def statements_of(self, verb: str) -> Iterator[Mapping[str, Any]]:
        """What the role of a function allows."""
        return self.statements(self.functions()[verb]["Role"]["Fn::GetAtt"][0])

    def actions_of(self, verb: str) -> set[str]:
        """Every action that the role of a function allows."""
        return {action for statement in self.statements_of(verb)
                for action in listed(statement["Action"])}

    def keys(self, role_id: str, action: str) -> set[str]:
        """Keys and prefixes of the bucket that a role may do an action to."""
        (bucket,) = self.of("AWS::S3::Bucket")
        parts = [resource["Fn::Join"][1] for statement in self.statements(role_id)
                 if action in listed(statement["Action"])
                 for resource in listed(statement["Resource"]) if "Fn::Join" in resource]
        return {part[1].removeprefix("/") for part in parts
                if part[0] == {"Fn::GetAtt": [bucket, "Arn"]}}

    def keys_of(self, verb: str, action: str) -> set[str]:
        """As `keys`, of a function; what Lambda parks in its name is left out."""
        role_id = self.functions()[verb]["Role"]["Fn::GetAtt"][0]
        return self.keys(role_id, action) - {PARKED + "*"}

    def mapping_of(self, verb: str) -> dict[str, Any]:
        """How a function reads the stream."""
        return next(mapping for mapping in self.of("AWS::Lambda::EventSourceMapping").values()
                    if self.verb_of(mapping["FunctionName"]["Ref"]) == verb)

    def environment(self, verb: str) -> dict[str, Any]:
        """Variables of a function, tokens unresolved."""
        return dict(self.functions()[verb]["Environment"]["Variables"])


def listed(value: Any) -> list[Any]:
    """CloudFormation writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
