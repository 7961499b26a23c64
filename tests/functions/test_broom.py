"""What is taken out of one object, and that nothing else is."""

import json
from typing import Any

import pytest

from domain.erasure import Act
from domain.event import Batch
from domain.key import subject_hash
from domain.layout import PARKED, QUARANTINE
from domain.record import Record, decode_log, encode_batch, encode_log
from functions.sweep_log import sweep
from tests.functions.stage import NOW_MS, SHARD, Stage, kinesis_event, record
from tests.functions.test_manage_privacy import ask, delete
from tests.functions.test_sweep_log import ANN, BEHIND_MS, BOB, LATER_MS, erase, log, read


def test_others_keep_their_records_and_their_order(stage: Stage) -> None:
    key = log(stage, *(record(n, who, "a") for n, who in enumerate((BOB, ANN, "cy", ANN, BOB))))
    other = log(stage, record(9, BOB, "a"))
    tag = stage.shelf().get_newer(other, None)
    erase(stage, ANN)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    assert read(stage, key) == [BOB, "cy", BOB]
    assert stage.shelf().get_newer(other, None) == tag  # not even written anew


def test_what_came_after_a_forgetting_is_kept(stage: Stage) -> None:
    before, after = record(0, ANN, "a"), record(5, ANN, "a")
    key = log(stage, before, after)
    erase(stage, ANN, after.batch.received_ms - 1, Act.FORGOTTEN)

    sweep(stage.shelf(), BEHIND_MS, after.batch.received_ms + LATER_MS)

    data = stage.shelf().get(key)
    assert data is not None
    assert [found.batch.received_ms for found in decode_log(data)] == [after.batch.received_ms]


@pytest.mark.parametrize(("who", "act", "kept"), [
    (ANN, Act.FORGOTTEN, ["~visit"]), (ANN, Act.ERASED, []), ("~visit", Act.ERASED, [])])
def test_a_join_stays_with_who_is_forgotten_and_goes_with_who_is_erased(
    stage: Stage, who: str, act: Act, kept: list[str]
) -> None:
    batch = Batch(ANN, NOW_MS, (), joins="~visit")
    key = log(stage, Record(record(1, ANN).position, batch), record(2, BOB, "a"))
    erase(stage, who, NOW_MS, act)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    data = stage.shelf().get(key)
    assert data is not None
    assert [found.batch.joins for found in decode_log(data)] == [*kept, None]


def test_an_object_that_cannot_be_read_is_told_in_the_receipt(stage: Stage) -> None:
    stage.shelf().put("events/dt=2025-10-09/damaged.jsonl.gz", b"no gzip")
    stage.shelf().put(f"{PARKED}strange", b"{}")
    delete(stage, ANN)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS)

    assert ask(stage, "GET", "erasure", ANN).body["event_log"]["unread_objects"] == 2


def test_of_the_quarantined_only_the_forgotten_go(stage: Stage) -> None:
    for n, who in enumerate((ANN, BOB)):
        event = kinesis_event([(record(n, who).position, b"poison")], NOW_MS / 1000)
        event["Records"][0]["kinesis"]["partitionKey"] = who
        stage.cloud.by_verb["write_event_log"].invoke(event)
    erase(stage, ANN, NOW_MS + 1)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + 1 + LATER_MS)

    notes = [json.loads(stage.shelf().get(key) or b"") for key in stage.keys(QUARANTINE)
             if key.endswith(".json")]
    assert [note["who"] for note in notes] == [f"{subject_hash(BOB):032x}"]
    assert len(stage.keys(QUARANTINE)) == 2


class Meanwhile:
    """A client before whose first conditional write somebody writes the object anew."""

    def __init__(self, stage: Stage, act: Any) -> None:
        self._client, self._act = stage.client("s3"), act

    def __getattr__(self, name: str) -> Any:
        if name == "put_object" and self._act:
            def put(**given: Any) -> Any:
                if "IfMatch" in given and (act := self._act):
                    self._act = None
                    act()
                return self._client.put_object(**given)
            return put
        return getattr(self._client, name)


def test_an_object_that_is_written_meanwhile_is_left_to_the_next_sweep(stage: Stage) -> None:
    key = log(stage, record(1, ANN, "a"))
    wider = encode_log([record(1, ANN, "a"), record(2, BOB, "a")])
    erase(stage, ANN)

    sweep(stage.shelf(Meanwhile(stage, lambda: stage.shelf().put(key, wider))),
          BEHIND_MS, NOW_MS + LATER_MS)
    assert read(stage, key) == [ANN, BOB]
    sweep(stage.shelf(), BEHIND_MS, NOW_MS + LATER_MS + 3_600_000)

    assert read(stage, key) == [BOB]


def quarantined(stage: Stage, note: bytes, data: bytes, name: str = "s-1") -> None:
    stage.shelf().put(f"{QUARANTINE}{name}.json", note)
    stage.shelf().put(f"{QUARANTINE}{name}.bin", data)


OLD_NOTE = json.dumps({"reason": "of a later version", "shard": SHARD, "sequence": "7"}).encode()


@pytest.mark.parametrize("note", [b"", b"[]", b'{"shard": 7}'])
def test_a_note_that_cannot_be_read_is_told_and_the_others_go_on(stage: Stage, note: bytes) -> None:
    quarantined(stage, note, b"poison")
    quarantined(stage, OLD_NOTE, encode_batch(record(1, ANN, "a").batch), "s-2")
    delete(stage, ANN, at_ms=NOW_MS + 60_000)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + 60_000 + LATER_MS)

    told = ask(stage, "GET", "erasure", ANN).body["event_log"]
    assert (told["unread_objects"], told["records"]) == (1, 1)
    assert stage.keys(QUARANTINE) == [f"{QUARANTINE}s-1.bin", f"{QUARANTINE}s-1.json"]


def test_of_what_was_quarantined_before_0_2_the_record_says_whose_it_is(stage: Stage) -> None:
    quarantined(stage, OLD_NOTE, encode_batch(record(1, BOB, "a").batch), "bobs")
    quarantined(stage, OLD_NOTE, encode_batch(record(1, ANN, "a").batch), "anns")
    quarantined(stage, OLD_NOTE, b"poison", "whose")
    quarantined(stage, OLD_NOTE, encode_batch(record(9, ANN, "a").batch), "anns-later")
    delete(stage, ANN, ("forget", "events"), at_ms=record(1, ANN).batch.received_ms)

    sweep(stage.shelf(), BEHIND_MS, NOW_MS + 60_000 + LATER_MS)

    told = ask(stage, "GET", "erasure", ANN).body["event_log"]
    assert (told["unread_objects"], told["records"]) == (1, 1)
    assert [key.removeprefix(QUARANTINE) for key in stage.keys(QUARANTINE)] == [
        f"{name}.{end}" for name in ("anns-later", "bobs", "whose") for end in ("bin", "json")]


class Going:
    """A client that lists objects which somebody deletes before they are read."""

    def __init__(self, stage: Stage, keys: list[str]) -> None:
        self._client, self._bucket, self._keys = stage.client("s3"), stage.bucket, keys

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_object(self, **given: Any) -> Any:
        if given["Key"] in self._keys:
            self._client.delete_object(Bucket=self._bucket, Key=given["Key"])
        return self._client.get_object(**given)


def test_what_is_gone_since_it_was_listed_is_searched(stage: Stage) -> None:
    quarantined(stage, OLD_NOTE, b"poison", "whole")
    quarantined(stage, OLD_NOTE, b"poison", "half")
    stage.shelf().put(f"{PARKED}x", b"?")
    going = [log(stage, record(1, BOB, "a")), f"{PARKED}x", f"{QUARANTINE}whole.json",
             f"{QUARANTINE}half.bin"]
    delete(stage, ANN)

    sweep(stage.shelf(Going(stage, going)), BEHIND_MS, NOW_MS + LATER_MS)

    told = ask(stage, "GET", "erasure", ANN).body["event_log"]
    assert told["rewritten_ms"] is not None
    assert told["unread_objects"] == 0
