"""Stream -> item features: one page per batch, beside or over any earlier try at the batch."""

import time
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.layout import REPLAYS
from domain.page import encode_pages
from domain.record import Position, Record
from domain.vocabulary import Vocabulary
from functions.intake import Intake, failed_from, take_in
from functions.pages import Pages
from functions.settings import UpdateItemFeatures
from functions.shelf import Shelf
from functions.trail import Trail

MAX_BATCH = 10_000  # records an invocation. source: AWS, "CreateEventSourceMapping"

logger = Logger(service="update_item_features")
metrics = Metrics(service="update_item_features")


class Adapters(NamedTuple):
    """What the handler touches."""

    pages: Pages
    shelf: Shelf
    vocabulary: Vocabulary
    trail: Trail


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = UpdateItemFeatures.from_env(environ)
    return Adapters(Pages(settings.pages_table), Shelf(settings.bucket_name),
                    Vocabulary.from_json(settings.event_types),
                    Trail(float(settings.debug_sample)))


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Write the pages of one batch; a failure is raised, and Lambda sends the batch again."""
    pages, shelf, vocabulary, trail = adapters()
    intake = take_in(event, shelf)
    if intake.late:
        write_late(intake, pages, vocabulary, time.time_ns() // 1_000_000)
    else:
        write(intake, pages, vocabulary)
    trail.steps(logger, "paged", intake.records)
    metrics.add_metric(metric.RECORDS_QUARANTINED, MetricUnit.Count, len(intake.quarantined))
    return failed_from(None)


def write(intake: Intake, pages: Pages, vocabulary: Vocabulary) -> None:
    """A batch is one shard's, in order: the stream mapping has a parallelization factor of 1."""
    if not intake.records:
        return
    shard_id = intake.records[0].position.shard_id
    for last, page in encode_pages(intake.records, vocabulary):
        pages.put(Position(shard_id, last), page, intake.arrived_ms)


def write_late(intake: Intake, pages: Pages, vocabulary: Vocabulary, now_ms: int) -> None:
    """Pages of what stands on none yet, in the order of now: their shard was read past it."""
    if not intake.records:
        return
    held = pages.held(intake.records[0].position)
    missing = [record for record in intake.records if record.position.sequence not in held]
    moved = [Record(Position(REPLAYS, now_ms * MAX_BATCH + place), record.batch)
             for place, record in enumerate(missing)]
    for sequence, page in encode_pages(moved, vocabulary):
        pages.put(Position(REPLAYS, sequence), page, now_ms)
