"""What lies in the tables and the bucket after a run, read through nouns of the functions."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from domain.event import Batch
from domain.layout import EVENT_LOG, PAGES, PARKED, QUARANTINE, TRENDS_KEY
from domain.page import PageRecord, decode_page
from domain.record import Position, decode_log
from domain.trends import Trends
from functions.users import StoredUser
from soak.deployment import Deployment


@dataclass(frozen=True)
class Found:
    """Everything that is kept of events, by the position of their record.

    parked: verb -> position -> the bytes of a record that was given up.
    """

    users: dict[str, StoredUser]
    pages: dict[Position, set[PageRecord]]
    log: dict[Position, list[Batch]]
    quarantined: dict[Position, tuple[str, bytes]]
    parked: dict[str, dict[Position, bytes]]
    trends: Trends

    @classmethod
    def of_users(cls, deployment: Deployment, subjects: Iterable[str]) -> "Found":
        """Users and trends alone."""
        return cls(
            {subject: deployment.users.get(subject, consistent=True)._replace(
                erased=deployment.users.is_erased(subject, consistent=True))
             for subject in subjects},
            {}, {}, {}, {}, Trends.from_bytes(deployment.shelf.get(TRENDS_KEY) or b""))

    @classmethod
    def read(cls, deployment: Deployment, subjects: Iterable[str]) -> "Found":
        """As it is now."""
        return replace(
            cls.of_users(deployment, subjects), pages=_pages(deployment), log=_log(deployment),
            quarantined=_quarantined(deployment), parked=parked(deployment))


def _pages(deployment: Deployment) -> dict[Position, set[PageRecord]]:
    found: dict[Position, set[PageRecord]] = defaultdict(set)
    rows = deployment.dynamodb.get_paginator("scan").paginate(
        TableName=deployment.setting("pages_table"))
    for row in (row for page in rows for row in page["Items"]):
        for record in decode_page(bytes(row["page"]["B"])):
            found[Position(row[PAGES.partition_key]["S"], record.sequence)].add(record)
    return found


def _log(deployment: Deployment) -> dict[Position, list[Batch]]:
    found: dict[Position, list[Batch]] = defaultdict(list)
    for data in _objects(deployment, EVENT_LOG).values():
        for position, batch in decode_log(data):
            found[position].append(batch)
    return found


def _quarantined(deployment: Deployment) -> dict[Position, tuple[str, bytes]]:
    objects = _objects(deployment, QUARANTINE)
    notes = {key.removesuffix(".json"): json.loads(data) for key, data in objects.items()
             if key.endswith(".json")}
    return {Position(note["shard"], int(note["sequence"])):
            (note["reason"], objects.get(f"{key}.bin", b"")) for key, note in notes.items()}


def parked(deployment: Deployment) -> dict[str, dict[Position, bytes]]:
    """What mappings gave up, and nobody has replayed."""
    found: dict[str, dict[Position, bytes]] = defaultdict(dict)
    for data in _objects(deployment, PARKED).values():
        told: dict[str, Any] = json.loads(data)
        verb = deployment.verb_of(told["requestContext"]["functionArn"].rpartition(":")[2])
        assert told["requestContext"]["condition"]
        for record in told["payload"]["Records"]:
            position = Position(record["eventID"].partition(":")[0],
                                int(record["kinesis"]["sequenceNumber"]))
            found[verb][position] = base64.b64decode(record["kinesis"]["data"])
    return found


def _objects(deployment: Deployment, prefix: str) -> dict[str, bytes]:
    shelf = deployment.shelf
    return {listed.key: shelf.get(listed.key) or b"" for listed in shelf.listed(prefix)}
