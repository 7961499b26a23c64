"""Stream -> user features: each user's records of a batch are folded into one state, one write."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.record import Position, Record
from domain.vocabulary import Vocabulary
from functions.aws import WorldError
from functions.folding import Folding
from functions.intake import failed_from, take_in
from functions.settings import UpdateUserFeatures
from functions.shelf import Shelf
from functions.trail import OFF, Trail
from functions.transaction import StaleStateError
from functions.users import ErasedError, StoredUser, Users

# A transaction holds 100 acts: of these the user's own state and the check that it may be begun.
# source: AWS, "TransactWriteItems"
MAX_JOINS = 98
MAX_TRIES = 5  # against other writers of one user: a timed-out invocation, a session's records

logger = Logger(service="update_user_features")
metrics = Metrics(service="update_user_features")


class Adapters(NamedTuple):
    """What the handler touches."""

    users: Users
    shelf: Shelf
    vocabulary: Vocabulary
    trail: Trail


class Outcome(NamedTuple):
    """failed: the first record not applied because the world was wrong, None when all are."""

    folded: int
    erased: int
    failed: Position | None


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = UpdateUserFeatures.from_env(environ)
    return Adapters(Users(settings.users_table), Shelf(settings.bucket_name),
                    Vocabulary.from_json(settings.event_types),
                    Trail(float(settings.debug_sample)))


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Apply a batch; stop at the first failure of the world and report that record."""
    users, shelf, vocabulary, trail = adapters()
    intake = take_in(event, shelf)
    outcome = apply(intake.records, users, vocabulary, trail, late=intake.late)
    metrics.add_metric(metric.EVENTS_FOLDED, MetricUnit.Count, outcome.folded)
    metrics.add_metric(metric.EVENTS_OF_ERASED_USERS, MetricUnit.Count, outcome.erased)
    metrics.add_metric(metric.BATCHES_STOPPED, MetricUnit.Count, outcome.failed is not None)
    metrics.add_metric(metric.RECORDS_QUARANTINED, MetricUnit.Count,
                       intake.quarantined_before(outcome.failed))
    return failed_from(outcome.failed)


def apply(
    records: Iterable[Record], users: Users, vocabulary: Vocabulary, trail: Trail = OFF, *,
    late: bool = False,
) -> Outcome:
    """Fold each user's records, as many as can be written together, by their first record.

    States are read for all of them before the first is folded: a wait for a hundred users.
    After a failure, Lambda delivers again from the reported record on. States already written hold
    the position they reached, so records that come twice change nothing.
    late: they were given up once, and later ones are applied.
    """
    folded = erased = 0
    portions, known = _portions(records), None
    for subject, found in portions:
        try:
            if known is None:
                known = users.get_many(subject for subject, _ in portions)
            kept, dropped = _apply_to(subject, found, Folding(users, vocabulary, late), known)
        except (*WorldError, StaleStateError) as error:
            logger.warning("stopped", reason=repr(error), record=str(found[0].position.sequence),
                           request=found[0].batch.request_id)
            return Outcome(folded, erased, found[0].position)
        trail.steps(logger, "folded", kept)
        trail.steps(logger, "forgotten", dropped)
        folded += sum(len(record.batch.events) for record in kept)
        erased += sum(len(record.batch.events) for record in dropped)
    return Outcome(folded, erased, None)


def _apply_to(
    subject: str, records: list[Record], folding: Folding, known: dict[str, StoredUser]
) -> tuple[list[Record], list[Record]]:
    """The records that were kept and those that were not: of an erased user, or forgotten.

    known: states as they were before any of the batch; each is of use once.
    """
    for _ in range(MAX_TRIES):
        seen = known.pop(subject, None) or folding.users.get(subject, consistent=True)
        if seen.erased:
            return [], records
        kept = [record for record in records if record.batch.received_ms > seen.since_ms]
        try:
            if changes := folding.changes(subject, seen, kept):
                folding.users.put(*changes)
        except StaleStateError:
            continue
        except ErasedError:
            return [], records
        return kept, [r for r in records if r.batch.received_ms <= seen.since_ms]
    raise StaleStateError(f"the state was written meanwhile, {MAX_TRIES} times")


def _portions(records: Iterable[Record]) -> list[tuple[str, list[Record]]]:
    """Each user's records; those of a user who joins many sessions in several portions.

    In the order in which portions begin: so what comes before one of them is done when it fails.
    """
    found: list[tuple[str, list[Record]]] = []
    last: dict[str, list[Record]] = {}
    joins: Counter[str] = Counter()
    for record in records:
        subject = record.batch.subject
        if record.batch.joins:
            joins[subject] += 1
        if subject not in last or (record.batch.joins and joins[subject] > MAX_JOINS):
            joins[subject] = int(bool(record.batch.joins))
            last[subject] = []
            found.append((subject, last[subject]))
        last[subject].append(record)
    return found
