"""Schedule -> training job: named after its deployment and the second it was due.

A job that got no machine is followed by another one, which asks for the next machine of the
deployment: its end is an event, that comes here as well. Whoever is called twice starts one job.
"""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.erasure import Forgotten
from domain.layout import CHECKPOINTS, EVENT_LOG, FORGOTTEN_KEY, TUNED_KEY, WEIGHTS
from functions.erasures import read_marks
from functions.jobs import Jobs, NoMachineError
from functions.owner import Loss, Owner
from functions.registry import Registry, failure_of
from functions.settings import StartTraining
from functions.shelf import Shelf
from functions.tries import SCARCE, Tries, Try, first_of, reason_of

logger = Logger(service="start_training")


class Adapters(NamedTuple):
    """What the handler touches."""

    jobs: Jobs
    registry: Registry
    shelf: Shelf
    deployment: str
    tries: Tries
    owner: Owner
    is_warm: bool = False


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = StartTraining.from_env(environ)
    return Adapters(Jobs(settings), Registry(settings.models_table),
                    Shelf(settings.bucket_name), settings.deployment,
                    Tries.of(settings.instance_types, settings.spot),
                    Owner.of(settings.alarm_topic, settings.models_table),
                    is_warm=settings.warm_start == "true")


def handler(event: dict[str, Any], _: Any) -> dict[str, str | None]:
    """Start one job, if one is due; a failure is raised, and Lambda tries again with that event."""
    given = adapters()
    tries = due(event, given.deployment, given.tries)
    if not any(given.shelf.listed(EVENT_LOG)):  # of a new deployment the schedule speaks at once
        logger.info("there is nothing to learn from yet")
        return {"job": None}
    name = start(given, tries, time.time_ns() // 1_000_000) if tries else None
    if name:
        logger.info("started", job=name)
    return {"job": name}


def due(event: Mapping[str, Any], deployment: str, tries: Tries) -> list[Try]:
    """What may be tried: all of a training that begins, or what is left after a job that ended."""
    ended = event.get("detail")
    if isinstance(ended, Mapping) and "TrainingJobName" in ended:
        return tries.after(str(ended["TrainingJobName"]), reason_of(ended))
    return tries.starting(f"{deployment}-{moment(event):%Y%m%d-%H%M%S}")


def moment(event: Mapping[str, Any]) -> datetime:
    """When the schedule spoke, the same at every try; now, when somebody called by hand."""
    return datetime.fromisoformat(event["time"]) if "time" in event else datetime.now(UTC)


def start(given: Adapters, tries: Sequence[Try], now_ms: int) -> str:
    """The name of the job that was started. Two starts at the same second are one job.

    It is told whom to leave out, since the log may still hold records of theirs; and what a tuning
    found best, if one was adopted. The owner hears where nothing is left to try.
    raises: NoMachineError, when no machine that is left may be had; each try is in the registry.
    """
    began, losses = _begun(given, tries, now_ms)
    if began is None:
        given.owner.hear(losses, now_ms)
        reasons = " | ".join(loss.reason for loss in losses)
        raise NoMachineError("no machine to train on: ask in Service Quotas, Amazon SageMaker, "
                             f"for more, or set other instance_types. {reasons}")
    return began.name


def _begun(
    given: Adapters, tries: Sequence[Try], now_ms: int
) -> tuple[Try | None, list[Loss]]:
    """The first that may be had, if any, and those before it."""
    current, shelf = given.registry.current(), given.shelf
    shelf.put(FORGOTTEN_KEY, Forgotten.of(read_marks(shelf, logger.error)).to_text().encode())
    tuned = json.loads(shelf.get(TUNED_KEY) or b"{}")
    known = {entry.job: entry for entry in given.registry.entries()}
    weights = _weights(given, [job for job, entry in known.items()
                               if current and entry.version == current[0]])
    losses = list[Loss]()
    for asked in tries:
        entry = known.get(asked.name)
        if entry is None:
            try:
                given.jobs.start(asked, current[0] if current else None, tuned, weights)
                return asked, losses
            except NoMachineError as error:
                entry = failure_of(asked.name, str(error), now_ms)
                given.registry.record(entry)
                logger.warning("no machine", job=asked.name, machine=asked.machine._asdict(),
                               reason=str(error))
        elif not entry.refusals or not entry.refusals[0].startswith(SCARCE):
            return asked, losses  # this training ended, and its start is told a second time
        losses.append(Loss(asked.name, entry.refusals[0]))
    return None, losses


def _weights(given: Adapters, jobs: Sequence[str]) -> str | None:
    """The key of what the training of the model that serves left, while it is kept."""
    keys = [f"{CHECKPOINTS}{first_of(job)}/{WEIGHTS}" for job in jobs] if given.is_warm else []
    return next((key for key in keys if any(given.shelf.listed(key))), None)
