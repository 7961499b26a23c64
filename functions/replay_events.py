"""By hand -> stream's consumers: what was given up or could not be read is applied after all.

Asked for once the cause is gone. A consumer gets its batch as it got it before, with the word that
it is late: later records may be applied by now. What is applied is taken out of the bucket; what is
not stays, with the reason in the answer, and the next call tries it again.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.layout import PARKED, QUARANTINE
from domain.record import Position, RecordError, decode_batch
from functions.aws import WorldError
from functions.consumers import ConsumerError, Consumers
from functions.parked import ParkedBatch, ParkedError
from functions.quarantine import DATA, NOTE, Note
from functions.settings import ReplayEvents
from functions.shelf import Shelf
from functions.stream import event_of

SPARE_MS = 120_000  # of an invocation: the consumers' own limit is a minute
MAX_LEFT = 100  # reasons in an answer

logger = Logger(service="replay_events")
metrics = Metrics(service="replay_events")


class Adapters(NamedTuple):
    """What the handler touches."""

    shelf: Shelf
    consumers: Consumers


class Outcome(NamedTuple):
    """batches, records: applied. left: key -> why it is still there. more: time was up."""

    batches: int
    records: int
    left: dict[str, str]
    more: bool


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ReplayEvents.from_env(environ)
    return Adapters(Shelf(settings.bucket_name), Consumers(settings))


@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Replay all there is; the answer says what is left, and whether to call again."""
    outcome = replay(*adapters(), lambda: context.get_remaining_time_in_millis() > SPARE_MS)
    metrics.add_metric(metric.RECORDS_REPLAYED, MetricUnit.Count, outcome.records)
    logger.info("replayed", batches=outcome.batches, records=outcome.records,
                left=len(outcome.left), more=outcome.more)
    return outcome._replace(left=dict(list(outcome.left.items())[:MAX_LEFT]))._asdict()


def replay(
    shelf: Shelf, consumers: Consumers, has_time: Callable[[], bool] = lambda: True
) -> Outcome:
    """Apply every parked batch and every quarantined record that can be read by now."""
    batches = records = 0
    left: dict[str, str] = {}
    for key, act in _waiting(shelf, consumers):
        if not has_time():
            return Outcome(batches, records, left, more=True)
        try:
            records += act()
        except (*WorldError, ConsumerError, ParkedError, RecordError) as error:
            left[key] = str(error)
            logger.error("left", key=key, reason=repr(error))
        else:
            batches += 1
    return Outcome(batches, records, left, more=False)


def _waiting(shelf: Shelf, consumers: Consumers) -> Iterator[tuple[str, Callable[[], int]]]:
    for listed in shelf.listed(PARKED):
        yield listed.key, partial(_replay_parked, listed.key, shelf, consumers)
    for listed in shelf.listed(QUARANTINE):
        if listed.key.endswith(NOTE):
            yield listed.key, partial(_replay_quarantined, listed.key, shelf, consumers)


def _replay_parked(key: str, shelf: Shelf, consumers: Consumers) -> int:
    """To the one consumer that gave it up. Answers how many records it held."""
    batch = ParkedBatch.from_bytes(shelf.get(key) or b"")
    if batch.records:
        consumers.call(batch.function, batch.event)
    shelf.purge(key, whole=True)
    return len(batch.records)


def _replay_quarantined(key: str, shelf: Shelf, consumers: Consumers) -> int:
    """To all consumers, none of which could read it. raises: RecordError, if that is still so."""
    note = Note.from_bytes(shelf.get(key) or b"")
    data_key = key.removesuffix(NOTE) + DATA
    data = shelf.get(data_key) or b""
    batch = decode_batch(data)
    event = event_of(Position(note.shard, int(note.sequence)), batch.subject, data,
                     note.arrived_ms or batch.received_ms)
    for function in consumers.all:
        consumers.call(function, event)
    shelf.purge(data_key, whole=True)
    shelf.purge(key, whole=True)
    return 1
