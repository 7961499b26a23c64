"""By hand -> stream's consumers: what was given up or could not be read is applied after all.

Asked for once the cause is gone. A consumer gets its batch as it got it before, with the word that
it is late: later records may be applied by now. What is applied is taken out of the bucket, and so
is what is of the forgotten; what is not stays, with the reason in the answer, and the next call
tries it again.
"""

from collections.abc import Callable, Iterator
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.erasure import Forgotten
from domain.layout import PARKED, QUARANTINE
from domain.record import RecordError, decode_batch
from functions.aws import WorldError
from functions.consumers import ConsumerError, Consumers
from functions.erasures import read_marks
from functions.parked import ParkedBatch, ParkedError
from functions.quarantine import DATA, NOTE, Note, NoteError
from functions.settings import ReplayEvents
from functions.shelf import Shelf
from functions.stream import event_of

# Of an invocation. Whom it knows as forgotten it learned when it began: in five minutes, and three
# more for the consumers of the last record, no sweep of somebody forgotten since has begun.
# source: infra/replay.py, domain/sweep.py
SPARE_MS = 600_000
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
    found = _Replay(shelf, consumers, Forgotten.of(read_marks(shelf, logger.error)))
    batches = records = 0
    left: dict[str, str] = {}
    for key, act in found.waiting():
        if not has_time():
            return Outcome(batches, records, left, more=True)
        try:
            applied = act(key)
        except (*WorldError, ConsumerError, ParkedError, NoteError, RecordError) as error:
            left[key] = str(error)
            logger.error("left", key=key, reason=repr(error))
        else:
            batches += applied is not None
            records += applied or 0
    return Outcome(batches, records, left, more=False)


class _Replay(NamedTuple):
    """What a replay works with. Acts answer how many records they applied; None = it is gone."""

    shelf: Shelf
    consumers: Consumers
    forgotten: Forgotten

    def waiting(self) -> Iterator[tuple[str, Callable[[str], int | None]]]:
        """Every key, and what is to be done with it."""
        for listed in self.shelf.listed(PARKED):
            yield listed.key, self._replay_parked
        for listed in self.shelf.listed(QUARANTINE):
            if listed.key.endswith(NOTE):
                yield listed.key, self._replay_quarantined

    def _replay_parked(self, key: str) -> int | None:
        """To the one consumer that gave it up."""
        data = self.shelf.get(key)
        if data is None:
            return None
        batch, _ = ParkedBatch.from_bytes(data).without(self.forgotten)
        if batch.records:
            self.consumers.call(batch.function, batch.event)
        self.shelf.purge(key, whole=True)
        return len(batch.records)

    def _replay_quarantined(self, key: str) -> int | None:
        """To all consumers, none of which could read it. raises: RecordError, if it is still so."""
        data_key = key.removesuffix(NOTE) + DATA
        note, data = self.shelf.get(key), self.shelf.get(data_key)
        if note is None or data is None:
            return None
        delivery = Note.from_bytes(note).delivery(data)
        is_forgotten = delivery.left_out_of(self.forgotten) is not None
        if not is_forgotten:
            batch = decode_batch(data)
            event = event_of(delivery.position, batch.subject, data,
                             delivery.arrived_ms or batch.received_ms)
            for function in self.consumers.all:
                self.consumers.call(function, event)
        self.shelf.purge(data_key, whole=True)
        self.shelf.purge(key, whole=True)
        return 0 if is_forgotten else 1
