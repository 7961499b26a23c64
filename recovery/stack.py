"""One deployment, found by the name of its stack: its tables, its bucket, its event types."""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import boto3
from botocore.exceptions import ClientError

from domain.vocabulary import Vocabulary
from functions.event_log import MANY
from functions.items import Items
from functions.pages import Pages
from functions.registry import Registry
from functions.sessions import Sessions
from functions.shelf import Shelf
from functions.users import Users


class StackError(RuntimeError):
    """There is no such stack, or it does not say where its things are."""


class Adapters(NamedTuple):
    """What a rebuild touches."""

    users: Users
    sessions: Sessions
    items: Items
    pages: Pages
    registry: Registry
    shelf: Shelf
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Stack:
    """Names of what one deployment keeps; each field is an output of the stack."""

    users_table: str
    items_table: str
    pages_table: str
    models_table: str
    bucket_name: str
    event_types: str
    replay_function: str
    training_function: str
    signing_key: str

    @classmethod
    def of(cls, name: str, client: Any = None) -> Self:
        """Read the outputs of a stack. raises: StackError, naming what is missing."""
        client = client or boto3.client("cloudformation")
        try:
            (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            raise StackError(f"no stack {name} here: {error}") from error
        outputs = {found["OutputKey"]: found["OutputValue"] for found in stack.get("Outputs", ())}
        named = {f.name: f.name.title().replace("_", "") for f in fields(cls)}
        if missing := [output for output in named.values() if output not in outputs]:
            raise StackError(f"stack {name} has no output {', '.join(missing)}: deploy it anew")
        return cls(**{field: outputs[output] for field, output in named.items()})

    def open(self) -> Adapters:
        """What a rebuild touches, ready for as many threads as `THREADS`."""
        return Adapters(
            Users(self.users_table, config=MANY), Sessions(self.users_table, config=MANY),
            Items(self.items_table, config=MANY),
            Pages(self.pages_table, config=MANY), Registry(self.models_table, config=MANY),
            Shelf(self.bucket_name, config=MANY), Vocabulary.from_json(self.event_types))
