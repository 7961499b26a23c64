"""Stream -> event log: the records of a batch as one object, for training and replay."""

from functools import cache
from os import environ
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from functions.intake import failed_from, take_in
from functions.settings import WriteEventLog
from functions.shelf import Shelf

logger = Logger(service="write_event_log")
metrics = Metrics(service="write_event_log")


@cache
def adapters() -> Shelf:
    """Built once per execution environment."""
    return Shelf(WriteEventLog.from_env(environ).bucket_name)


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write one batch; a failure is raised, and Lambda sends the batch again."""
    shelf = adapters()
    intake = take_in(event, shelf)
    if intake.records:
        key = shelf.write_log(intake.records, intake.arrived_ms)
        logger.info("written", key=key, records=len(intake.records))
    metrics.add_metric(metric.RECORDS_QUARANTINED, MetricUnit.Count, len(intake.quarantined))
    return failed_from(None)
