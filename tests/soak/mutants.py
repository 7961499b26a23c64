"""Functions as they must not be: each breaks one promise, in the way that comes to mind first."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, ClassVar

from domain.defence import OFF
from domain.layout import EVENT_LOG, TRENDS_KEY
from domain.packing import pack
from domain.page import encode_pages, read_pages
from domain.record import Position, RecordError, decode_batch, encode_log
from domain.roll_up import absorb, begin
from domain.trends import Trends, empty
from functions import (
    ingest_events,
    roll_up_trends,
    update_item_features,
    update_user_features,
    write_event_log,
)
from functions.aws import WorldError
from functions.intake import failed_from, take_in
from functions.stream import deliveries
from functions.update_user_features import apply
from functions.users import Change, StoredUser, Users

Handler = Callable[[Any], Any]


def users_as(kind: type[Users]) -> Handler:
    """The updater of user features with other Users."""
    def handler(event: Any) -> Any:
        known, shelf, vocabulary, _ = update_user_features.adapters()
        users = kind(known._table, known._client)
        return failed_from(apply(take_in(event, shelf).records, users, vocabulary).failed)

    return handler


class Unconditional(Users):
    """Writes whatever stands there meanwhile."""

    def put(self, *changes: Change) -> None:
        for subject, state, seen in changes:
            self._client.put_item(TableName=self._table, Item={
                "subject": {"S": subject}, "part": {"S": "state"}, "state": {"B": pack(state)},
                "revision": {"N": str(seen.revision + 1)}})


class Forgetful(Users):
    """Reads every state without some of its parts. without: what stands in their place."""

    without: ClassVar[dict[str, Any]]

    def get(self, subject: str, *, consistent: bool = False) -> StoredUser:
        return self._seen(super().get(subject, consistent=consistent))

    def get_many(self, subjects: Iterable[str]) -> dict[str, StoredUser]:
        return {who: self._seen(found) for who, found in super().get_many(subjects).items()}

    def _seen(self, found: StoredUser) -> StoredUser:
        return found._replace(state=found.state._replace(**self.without))


class Unguarded(Forgetful):
    """Forgets which records were applied; the ring of event ids is still there."""

    without: ClassVar[dict[str, Any]] = {"applied": {}}


class Ringless(Forgetful):
    """Forgets which events were seen; the guard of records is still there."""

    without: ClassVar[dict[str, Any]] = {"event_ids": ()}


class Unasking(Users):
    """Passes over whoever DynamoDB left unprocessed."""

    def get_many(self, subjects: Iterable[str]) -> dict[str, StoredUser]:
        asked = list(subjects)
        return {**dict.fromkeys(asked, StoredUser(erased=True)), **super().get_many(asked)}


def going_on(event: Any) -> Any:
    """Applies the records after one that failed, and then has them all come again."""
    users, shelf, vocabulary, _ = update_user_features.adapters()
    failed = [record.position for record in take_in(event, shelf).records
              if apply([record], users, vocabulary).failed]
    return failed_from(failed[0] if failed else None)


def pages_by_time(event: Any) -> Any:
    """Names a page by when its first record arrived."""
    pages, shelf, vocabulary, _ = update_item_features.adapters()
    intake = take_in(event, shelf)
    for _, page in encode_pages(intake.records, vocabulary):
        pages.put(Position(intake.records[0].position.shard_id, intake.arrived_ms), page, 0)
    return failed_from(None)


def pages_by_first(event: Any) -> Any:
    """Names a page by its first record, and writes it over any other of that name."""
    pages, shelf, vocabulary, _ = update_item_features.adapters()
    records = take_in(event, shelf).records
    for _, page in encode_pages(records, vocabulary):
        at = records[0].position
        pages._client.put_item(TableName=pages._table, Item={
            "shard": {"S": at.shard_id}, "first": {"S": at.padded}, "page": {"B": page}})
    return failed_from(None)


def log_by_first(event: Any) -> Any:
    """Names an object of the log by its first record alone."""
    shelf, _ = write_event_log.adapters()
    records = take_in(event, shelf).records
    if records:
        first = records[0].position
        shelf.put(f"{EVENT_LOG}dt=2025-10-09/{first.shard_id}-{first.padded}.jsonl.gz",
                  encode_log(records))
    return failed_from(None)


def log_of_good_hope(event: Any) -> Any:
    """Says that all is well when the bucket refused."""
    shelf, _ = write_event_log.adapters()
    with suppress(*WorldError):
        intake = take_in(event, shelf)
        if intake.records:
            shelf.write_log(intake.records, intake.arrived_ms)
    return failed_from(None)


def skipping(handler: Callable[[Any, Any], Any]) -> Handler:
    """Leaves out what it cannot read, and tells nobody."""
    def skip(event: Any) -> Any:
        left = []
        for record, delivery in zip(event["Records"], deliveries(event), strict=True):
            with suppress(RecordError):
                decode_batch(delivery.data)
                left.append(record)
        return handler({"Records": left}, None)

    return skip


def accepting(event: Any) -> Any:
    """Answers 202 whatever the stream says."""
    answer = ingest_events.handler(event, None)
    return {**answer, "statusCode": 202} if answer["statusCode"] == 503 else answer


def counting_again(now_ms: Any) -> Any:
    """Folds every page into the roll-up that is there, counted or not."""
    rolled_up(_shown(now_ms)._replace(covered={}), now_ms)


def forgetful(now_ms: Any) -> Any:
    """Knows no event of an earlier roll-up again."""
    rolled_up(_shown(now_ms), now_ms)


def rolled_up(before: Trends, now_ms: int) -> None:
    pages, shelf, stream, _ = roll_up_trends.adapters()
    records, _ = read_pages(pages.after(before.covered, stream.shards()))
    after, _ = absorb(begin(before), records, now_ms, OFF)
    shelf.put(TRENDS_KEY, after.trends.to_bytes())


def _shown(now_ms: int) -> Trends:
    found = roll_up_trends.adapters().shelf.get(TRENDS_KEY)
    return Trends.from_bytes(found) if found else empty(now_ms)


MUTANTS: dict[str, dict[str, Handler]] = {
    "users written without condition": {"update_user_features": users_as(Unconditional)},
    "records applied without guard": {"update_user_features": users_as(Unguarded)},
    "events folded without ring": {"update_user_features": users_as(Ringless)},
    "users left unprocessed": {"update_user_features": users_as(Unasking)},
    "going on past a failure": {"update_user_features": going_on},
    "unreadable records left out": {
        "update_user_features": skipping(update_user_features.handler),
        "update_item_features": skipping(update_item_features.handler),
        "write_event_log": skipping(write_event_log.handler)},
    "pages named by time": {"update_item_features": pages_by_time},
    "pages named by their first record": {"update_item_features": pages_by_first},
    "log named by its first record": {"write_event_log": log_by_first},
    "log that says all is well": {"write_event_log": log_of_good_hope},
    "events accepted before they are taken": {"ingest_events": accepting},
    "pages counted again": {"roll_up_trends": counting_again},
    "events not known again": {"roll_up_trends": forgetful},
}
