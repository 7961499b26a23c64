"""Schedule -> training job: named after its deployment and the second it was due."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.erasure import Forgotten
from domain.layout import FORGOTTEN_KEY
from functions.erasures import read_marks
from functions.jobs import Jobs
from functions.registry import Registry
from functions.settings import StartTraining
from functions.shelf import Shelf

logger = Logger(service="start_training")


class Adapters(NamedTuple):
    """What the handler touches."""

    jobs: Jobs
    registry: Registry
    shelf: Shelf
    deployment: str


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = StartTraining.from_env(environ)
    return Adapters(Jobs(settings), Registry(settings.models_table),
                    Shelf(settings.bucket_name), settings.deployment)


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Start one job; a failure is raised, and Lambda tries again with the same event."""
    name = start(*adapters(), now=moment(event))
    logger.info("started", job=name)
    return {"job": name}


def moment(event: Mapping[str, Any]) -> datetime:
    """When the schedule spoke, the same at every try; now, when somebody called by hand."""
    return datetime.fromisoformat(event["time"]) if "time" in event else datetime.now(UTC)


def start(
    jobs: Jobs, registry: Registry, shelf: Shelf, deployment: str, now: datetime
) -> str:
    """The name of the job that was started. Two starts at the same second are one job.

    It is told whom to leave out, since the log may still hold records of theirs.
    """
    current = registry.current()
    shelf.put(FORGOTTEN_KEY, Forgotten.of(read_marks(shelf, logger.error)).to_text().encode())
    name = f"{deployment}-{now:%Y%m%d-%H%M%S}"
    jobs.start(name, current[0] if current else None)
    return name
