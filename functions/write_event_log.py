"""Stream -> event log: the records of a batch as one object, for training and replay."""

from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from functions.intake import failed_from, take_in
from functions.settings import WriteEventLog
from functions.shelf import Shelf
from functions.trail import Trail

logger = Logger(service="write_event_log")
metrics = Metrics(service="write_event_log")


class Adapters(NamedTuple):
    """What the handler touches."""

    shelf: Shelf
    trail: Trail


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = WriteEventLog.from_env(environ)
    return Adapters(Shelf(settings.bucket_name), Trail(float(settings.debug_sample)))


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write one batch; a failure is raised, and Lambda sends the batch again."""
    shelf, trail = adapters()
    intake = take_in(event, shelf)
    if intake.records:
        key = shelf.write_log(intake.records, intake.arrived_ms)
        logger.info("written", key=key, records=len(intake.records))
        trail.steps(logger, "logged", intake.records, key=key)
    metrics.add_metric(metric.RECORDS_QUARANTINED, MetricUnit.Count, len(intake.quarantined))
    return failed_from(None)
