"""What was given up is applied once, however much of it was applied before and since."""

import base64
import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pytest

from domain.erasure import Act, mark_of
from domain.event import Batch
from domain.features import EMPTY, fold_all
from domain.layout import PARKED, QUARANTINE, REPLAYS
from domain.page import decode_page
from domain.record import Position, Record, decode_log, encode_batch
from functions.consumers import Consumers
from functions.replay_events import Outcome, replay
from functions.settings import ReplayEvents
from tests.functions.stage import (
    FIRST,
    NOW_MS,
    SHARD,
    VOCABULARY,
    Stage,
    kinesis_event,
    record,
)
from tests.functions.test_broom import Going

USERS, ITEMS, LOG = "update_user_features", "update_item_features", "write_event_log"
RECORDS = [record(n, f"user-{n % 2}", f"item-{n}") for n in range(6)]


class Functions:
    """The Lambda service, as far as it calls the consumers of the cloud."""

    def __init__(self, stage: Stage, broken: Sequence[str] = ()) -> None:
        self._by_name = {f.name: f for f in stage.cloud.by_verb.values()}
        self._broken = broken
        self.calls: list[str] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        function = self._by_name[FunctionName]
        self.calls.append(function.verb)
        if function.verb in self._broken:
            return {"Payload": BytesIO(b'{"errorMessage": "still broken"}'),
                    "FunctionError": "Unhandled"}
        return {"Payload": BytesIO(json.dumps(function.invoke(json.loads(Payload))).encode())}


def consumers(stage: Stage, client: Any = None) -> Consumers:
    users, items, log = (stage.cloud.by_verb[verb].name for verb in (USERS, ITEMS, LOG))
    told = ReplayEvents(bucket_name=stage.bucket, users_function=users, items_function=items,
                        log_function=log)
    return Consumers(told, client or Functions(stage))


def park(stage: Stage, verb: str, records: Sequence[Record]) -> str:
    """As Lambda does it."""
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{stage.cloud.by_verb[verb].name}"
    key = f"{PARKED}{verb}/{records[0].position.padded}"
    stage.shelf().put(key, json.dumps({
        "requestContext": {"functionArn": f"{arn}:$LATEST"},
        "payload": kinesis_event(records, NOW_MS / 1000)}).encode())
    return key


def pages(stage: Stage) -> dict[str, list[int]]:
    """Shard -> item touches of its pages, in their order."""
    found: dict[str, list[int]] = {}
    rows = stage.client("dynamodb").scan(TableName=stage.setting("pages_table"))["Items"]
    for row in sorted(rows, key=lambda row: row["first"]["S"]):
        found.setdefault(row["shard"]["S"], []).extend(
            touch.item for told in decode_page(bytes(row["page"]["B"])) for touch in told.touches)
    return found


@pytest.mark.parametrize("applied", [[], RECORDS[:2], RECORDS[2:], RECORDS[3:5], RECORDS])
def test_user_states_are_as_if_nothing_had_been_given_up(
    stage: Stage, applied: list[Record]
) -> None:
    if applied:
        stage.deliver(USERS, applied)
    park(stage, USERS, RECORDS)

    outcome = replay(stage.shelf(), consumers(stage))

    assert outcome == Outcome(1, 6, {}, more=False)
    for user in ("user-0", "user-1"):
        told = fold_all(EMPTY, [r for r in RECORDS if r.batch.subject == user], VOCABULARY)
        state = stage.state(user)
        assert (state.history, state.counts, state.applied) == (
            told.history, told.counts, told.applied)
    assert stage.keys(PARKED) == []


@pytest.mark.parametrize("applied", [[], RECORDS[:2], RECORDS[2:4], RECORDS])
def test_pages_hold_every_record_once(stage: Stage, applied: list[Record]) -> None:
    if applied:
        stage.deliver(ITEMS, applied)
    later = [record(n, "user-0", f"item-{n}") for n in (20, 21)]
    stage.deliver(ITEMS, later)
    park(stage, ITEMS, RECORDS)

    replay(stage.shelf(), consumers(stage))

    found = pages(stage)
    assert len(found.get(REPLAYS, [])) == len(RECORDS) - len(applied)
    assert len(set(found[SHARD]) | set(found.get(REPLAYS, []))) == len(RECORDS) + 2
    assert sum(map(len, found.values())) == len(RECORDS) + 2


def test_the_log_holds_what_its_writer_gave_up(stage: Stage) -> None:
    park(stage, LOG, RECORDS)

    replay(stage.shelf(), consumers(stage))

    (key,) = stage.keys("events/")
    assert list(decode_log(stage.shelf().get(key) or b"")) == RECORDS


def test_a_batch_goes_to_the_consumer_that_gave_it_up_alone(stage: Stage) -> None:
    functions = Functions(stage)
    park(stage, ITEMS, RECORDS)

    replay(stage.shelf(), consumers(stage, functions))

    assert functions.calls == [ITEMS]


def test_what_can_be_read_by_now_is_given_to_all(stage: Stage) -> None:
    """The record was kept aside by a version that did not know what this one knows."""
    whole = kinesis_event(RECORDS[:1], NOW_MS / 1000)
    poison = [(RECORDS[0].position, b"not known yet")]
    stage.deliver(LOG, poison)
    key = stage.keys(QUARANTINE)[0].rpartition(".")[0]
    data = whole["Records"][0]["kinesis"]["data"]
    stage.shelf().put(f"{key}.bin", base64.b64decode(data))
    functions = Functions(stage)

    outcome = replay(stage.shelf(), consumers(stage, functions))

    assert outcome == Outcome(1, 1, {}, more=False)
    assert functions.calls == [USERS, ITEMS, LOG]
    assert stage.state("user-0") == fold_all(EMPTY, RECORDS[:1], VOCABULARY)
    assert stage.keys(QUARANTINE) == []
    assert len(stage.keys("events/")) == 1


def test_what_can_still_not_be_read_stays_and_says_why(stage: Stage) -> None:
    stage.deliver(LOG, [(RECORDS[0].position, b"poison")])

    outcome = replay(stage.shelf(), consumers(stage))

    ((key, reason),) = outcome.left.items()
    assert key.endswith(".json")
    assert "unreadable record" in reason
    assert len(stage.keys(QUARANTINE)) == 2


def test_what_fails_again_stays_and_the_rest_is_applied(stage: Stage) -> None:
    stuck, _ = park(stage, USERS, RECORDS), park(stage, LOG, RECORDS)

    outcome = replay(stage.shelf(), consumers(stage, Functions(stage, broken=[USERS])))

    assert list(outcome.left) == [stuck]
    assert "still broken" in outcome.left[stuck]
    assert outcome.batches == 1
    assert stage.keys(PARKED) == [stuck]


def test_what_is_handed_back_stays(stage: Stage) -> None:
    key = park(stage, USERS, RECORDS)
    stage.client("dynamodb").delete_table(TableName=stage.setting("users_table"))

    outcome = replay(stage.shelf(), consumers(stage))

    assert "handed it back" in outcome.left[key]


def test_what_lambda_did_not_write_stays(stage: Stage) -> None:
    foreign = park(stage, "recommend", RECORDS)
    stage.shelf().put(f"{PARKED}zz", b"?")

    outcome = replay(stage.shelf(), consumers(stage))

    assert "does not read the stream" in outcome.left[foreign]
    assert "no JSON" in outcome.left[f"{PARKED}zz"]
    assert stage.keys(PARKED) == [foreign, f"{PARKED}zz"]


def test_a_batch_of_which_nothing_is_left_is_taken_away(stage: Stage) -> None:
    stage.shelf().put(f"{PARKED}x", json.dumps({
        "requestContext": {"functionArn": "arn"}, "payload": {"Records": []}}).encode())

    assert replay(stage.shelf(), consumers(stage)) == Outcome(1, 0, {}, more=False)

    assert stage.keys(PARKED) == []


def test_a_replay_that_dies_before_it_tidied_up_may_be_repeated(stage: Stage) -> None:
    for verb in (USERS, ITEMS, LOG):
        park(stage, verb, RECORDS)
        stage.deliver(verb, RECORDS)

    for _ in range(2):
        for verb in (USERS, ITEMS, LOG):
            park(stage, verb, RECORDS)
        replay(stage.shelf(), consumers(stage))

    assert stage.state("user-0").counts == {2: 3}
    assert len(pages(stage)[SHARD]) == 6
    assert REPLAYS not in pages(stage)


def test_time_that_is_up_is_told(stage: Stage) -> None:
    park(stage, USERS, RECORDS)

    outcome = replay(stage.shelf(), consumers(stage), lambda: False)

    assert outcome == Outcome(0, 0, {}, more=True)


def quarantine(stage: Stage, found: Record, name: str = "s-1") -> None:
    """As a version before 0.2 did it."""
    note = {"reason": "of a later version", "shard": found.position.shard_id,
            "sequence": str(found.position.sequence)}
    stage.shelf().put(f"{QUARANTINE}{name}.json", json.dumps(note).encode())
    stage.shelf().put(f"{QUARANTINE}{name}.bin", encode_batch(found.batch))


def test_what_is_of_the_forgotten_is_taken_away_and_not_applied(stage: Stage) -> None:
    functions = Functions(stage)
    quarantine(stage, RECORDS[1])
    for verb in (ITEMS, LOG):
        park(stage, verb, RECORDS)
    stage.shelf().put(mark_of("user-1", RECORDS[3].batch.received_ms, Act.FORGOTTEN), b"")

    outcome = replay(stage.shelf(), consumers(stage, functions))

    assert outcome == Outcome(3, 8, {}, more=False)
    assert functions.calls == [ITEMS, LOG]
    (key,) = stage.keys("events/")
    assert list(decode_log(stage.shelf().get(key) or b"")) == [
        r for n, r in enumerate(RECORDS) if n not in (1, 3)]
    assert sum(map(len, pages(stage).values())) == 4
    assert stage.keys(QUARANTINE) == stage.keys(PARKED) == []


def test_a_batch_of_the_forgotten_alone_reaches_no_consumer(stage: Stage) -> None:
    functions = Functions(stage)
    park(stage, LOG, RECORDS[1::2])
    stage.shelf().put(mark_of("user-1", NOW_MS), b"")

    assert replay(stage.shelf(), consumers(stage, functions)) == Outcome(1, 0, {}, more=False)

    assert functions.calls == []
    assert stage.keys(PARKED) == []


def test_an_object_of_another_shape_stays_and_the_rest_is_applied(stage: Stage) -> None:
    stage.shelf().put(f"{QUARANTINE}a.json", b"")
    stage.shelf().put(f"{QUARANTINE}a.bin", encode_batch(RECORDS[0].batch))
    odd = park(stage, ITEMS, RECORDS)
    document = json.loads(stage.shelf().get(odd) or b"")
    del document["payload"]["Records"][2]["kinesis"]["data"]
    stage.shelf().put(odd, json.dumps(document).encode())
    quarantine(stage, RECORDS[0], "b")

    outcome = replay(stage.shelf(), consumers(stage))

    assert outcome.records == 1
    assert sorted(outcome.left) == [odd, f"{QUARANTINE}a.json"]
    assert "no note" in outcome.left[f"{QUARANTINE}a.json"]
    assert "Records[2].kinesis.data is required" in outcome.left[odd]


def test_what_is_gone_since_it_was_listed_is_nothing_that_is_left(stage: Stage) -> None:
    key = park(stage, ITEMS, RECORDS)
    for name in ("a", "b"):
        quarantine(stage, RECORDS[0], name)
    going = Going(stage, [key, f"{QUARANTINE}a.json", f"{QUARANTINE}b.bin"])

    outcome = replay(stage.shelf(going), consumers(stage))

    assert outcome == Outcome(0, 0, {}, more=False)


@pytest.mark.parametrize("with_join", [True, False])
def test_what_a_session_did_before_it_was_joined_counts_once(
    stage: Stage, with_join: bool
) -> None:
    """Of a hundred events its ring knows the last fifty, and its history is its user's."""
    found = [record(n, "~visit", *(f"item-{n}-{m}" for m in range(25))) for n in range(4)]
    stage.deliver(USERS, found)
    stage.sessions().join("~visit", "ann")
    if with_join:
        batch = Batch("ann", NOW_MS + 600_000, (), joins="~visit")
        stage.deliver(USERS, [Record(Position(SHARD, FIRST + 9), batch)])
    park(stage, USERS, [*found, record(4, "~visit", "lamp")])

    outcome = replay(stage.shelf(), consumers(stage))

    assert outcome.left == {}
    assert stage.state("ann").counts == {2: 101}
    assert len(stage.state("ann").history) == 100
