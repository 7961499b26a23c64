"""A deployment with users who did things, and a rebuild of what it lost."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from domain.record import Record, encode_log
from local.cloud import Cloud
from recovery.rebuild import TABLES, Plan, rebuild
from recovery.report import Report
from recovery.stack import Adapters, Stack


def stack_of(cloud: Cloud) -> Stack:
    """Where the cloud keeps its things, as the stack's outputs say it."""
    told = {name: value for function in cloud.by_verb.values()
            for name, value in function.environment.items()}
    return Stack(**{field: told[f"HEADWATER_{field.upper()}"] for field in (
        "users_table", "items_table", "pages_table", "models_table", "bucket_name",
        "event_types", "signing_key")}, replay_function=cloud.by_verb["replay_events"].name,
        training_function=cloud.by_verb["start_training"].name)


def open_stack(cloud: Cloud) -> Adapters:
    """What a rebuild of the cloud touches."""
    return stack_of(cloud).open()


def rows(cloud: Cloud, table: str) -> dict[str, dict[str, Any]]:
    """Every row of a table, by its key; what counts the writes of a row is left out."""
    name = getattr(stack_of(cloud), f"{table}_table")
    dynamodb = cloud.engine.client("dynamodb")
    keys = [entry["AttributeName"]
            for entry in dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]]
    found = {}
    for page in dynamodb.get_paginator("scan").paginate(TableName=name):
        for row in page["Items"]:
            row.pop("revision", None)
            found[json.dumps([row[key] for key in keys])] = row
    return found


def drop(cloud: Cloud, *tables: str) -> None:
    """Delete tables, and make them again as they were made first: empty."""
    dynamodb = cloud.engine.client("dynamodb")
    for table in tables:
        name = getattr(stack_of(cloud), f"{table}_table")
        made = dynamodb.describe_table(TableName=name)["Table"]
        dynamodb.delete_table(TableName=name)
        indexes = [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
                   for index in made.get("GlobalSecondaryIndexes", ())]
        dynamodb.create_table(
            TableName=name, KeySchema=made["KeySchema"], BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=made["AttributeDefinitions"],
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}))


def run(
    cloud: Cloud, folder: Path, *tables: str, given: Adapters | None = None,
    wait: Callable[[float], None] = lambda _: None, **asked: Any,
) -> Report:
    """A rebuild of these tables, or of all; between its rounds no time passes."""
    report = Report()
    rebuild(Plan(folder / "log.sqlite", tables or TABLES, **asked), given or open_stack(cloud),
            report, wait)
    return report


def write_log(cloud: Cloud, key: str, records: Sequence[Record]) -> None:
    """An object of the event log."""
    open_stack(cloud).shelf.put(f"events/{key}", encode_log(records))
