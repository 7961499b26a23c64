"""What is done with records after the flow: forgotten, told, replayed."""

import json
import time
from functools import partial

from domain.batch_part import Part
from domain.batch_plan import new_id, part_key
from domain.erasure import Act, mark_of
from domain.event import Batch, Event
from domain.export import ASKED, DONE, folder_of
from domain.key import spelled, subject_hash
from domain.layout import EVENT_LOG, EXPORTS, PARKED, QUARANTINE, RECEIPTS
from domain.receipt import Receipt
from domain.record import Position, Record, encode_batch, encode_log
from functions.quarantine import DATA, NOTE, Note
from functions.stream import event_of
from rehearsal.deployed import Deployed, until
from rehearsal.engine import RehearsalError
from rehearsal.grants.exercises import watched

HOUR_MS = 3_600_000
LISTS_S = 60.0  # 32 segments, each a call of a function


def use_privacy(shop: Deployed) -> None:
    """A user with a session is told what is held, forgotten, and taken again."""
    name = f"dora-{time.time_ns()}"
    path, folder = f"/users/{name}", folder_of(subject_hash(name))
    shop.expect(200, "PUT", path, {"language": "nl"})
    with watched(shop, "manage_privacy"):
        shop.expect(202, "GET", f"{path}/export", admin=True)
        _put(shop, folder + "1.json", b"[]")
        _put(shop, folder + DONE, b"")
        shop.expect(200, "GET", f"{path}/export", admin=True)
        shop.expect(200, "DELETE", f"{path}?forget=events", admin=True)
        shop.expect(200, "DELETE", path, admin=True)
        shop.expect(200, "GET", f"{path}/erasure", admin=True)
        shop.expect(200, "PUT", f"{path}/consent", admin=True)
    if left := shop.objects(folder):
        raise RehearsalError(f"what was gathered is still there: {left}")


def sweep(shop: Deployed) -> None:
    """Somebody who was erased an hour ago is taken out of everything; somebody else is told."""
    name, at_ms = f"emil-{time.time_ns()}", time.time_ns() // 1_000_000 - HOUR_MS
    who = subject_hash(name)
    asked = folder_of(subject_hash(f"told-{name}"))
    record = _record(name, at_ms)
    note = Note("unreadable", "shard", f"{time.time_ns()}", at_ms, who)
    keys = [f"{EVENT_LOG}dt=2026-01-01/{name}.jsonl.gz", f"{PARKED}{name}",
            f"{QUARANTINE}{name}{NOTE}", f"{QUARANTINE}{name}{DATA}", folder_of(who) + "1.json"]
    part, key = Part(), part_key(new_id(at_ms, 1), 0)
    part.add({"user_id": name, "at_ms": at_ms})
    _put(shop, key, part.to_bytes())
    for key, data in zip(keys, (encode_log([record]), _parked(shop, record), note.to_bytes(),
                                b"poison", b"[]"), strict=True):
        _put(shop, key, data)
    _put(shop, mark_of(name, at_ms), b"")
    _put(shop, asked + ASKED, b"")
    receipt = Receipt(Act.ERASED, at_ms, (spelled(who),), 1)
    _put(shop, receipt.key, receipt.to_bytes())
    with watched(shop, "sweep_log"):
        shop.functions.invoke("sweep_log", {})
    if set(keys[2:]) & set(shop.objects("")) or asked + DONE not in shop.objects(EXPORTS):
        raise RehearsalError("the sweep did not do all of its work")
    swept = Receipt.from_bytes(_get(shop, receipt.key))
    if swept.log.records != 4 or not shop.objects(RECEIPTS):
        raise RehearsalError(f"the receipt says {swept}")


def make_lists(shop: Deployed) -> None:
    """Lists of all users, and of those listed, are made by themselves and can be fetched."""
    with watched(shop, "manage_batches"), watched(shop, "make_batch"):
        for body in ({}, {"users": ["user-1", f"gus-{time.time_ns()}"]}):
            begun = shop.expect(202, "POST", "/batches", body, admin=True)
            path = f"/batches/{begun['batch_id']}"
            until("the lists", partial(_made, shop, path), LISTS_S)
        shop.expect(200, "GET", "/batches", admin=True)
        shop.expect(202, "POST", f"{path}/resumption", admin=True)


def _made(shop: Deployed, path: str) -> bool:
    told = shop.expect(200, "GET", path, admin=True)
    if told["troubles"]:
        raise RehearsalError(f"lists are not made: {told['troubles']}")
    return bool(told["state"] == "done" and told["users_done"])


def replay(shop: Deployed) -> None:
    """What was parked and what can be read by now is applied by every consumer."""
    for key in shop.objects(PARKED) + shop.objects(QUARANTINE):  # some nobody can read
        shop.engine.client("s3").delete_object(Bucket=shop.outputs["BucketName"], Key=key)
    name, at_ms = f"fay-{time.time_ns()}", time.time_ns() // 1_000_000
    record = _record(name, at_ms)
    position = record.position
    note = Note("of a later version", position.shard_id, str(position.sequence), at_ms)
    _put(shop, f"{PARKED}{name}", _parked(shop, record))
    _put(shop, f"{QUARANTINE}{name}{DATA}", encode_batch(record.batch))
    _put(shop, f"{QUARANTINE}{name}{NOTE}", note.to_bytes())
    with watched(shop, "replay_events"):
        told = shop.functions.invoke("replay_events", {})
    if told["left"] or shop.objects(PARKED):
        raise RehearsalError(f"not replayed: {told}")


def come_late(verb: str, shop: Deployed) -> None:
    """A consumer applies what was given up before."""
    record = _record(f"gus-{time.time_ns()}", time.time_ns() // 1_000_000)
    with watched(shop, verb):
        shop.functions.invoke(verb, {**_event(record), "late": True})


def _record(subject: str, at_ms: int) -> Record:
    event = Event(subject, "click", "a2", at_ms)
    return Record(Position("shardId-000000000000", time.time_ns()),
                  Batch(subject, at_ms, (event,)))


def _event(record: Record) -> dict[str, object]:
    batch = record.batch
    return event_of(record.position, batch.subject, encode_batch(batch), batch.received_ms)


def _parked(shop: Deployed, record: Record) -> bytes:
    function = shop.functions.names["update_user_features"]
    return json.dumps({"requestContext": {"functionArn": f"arn:aws:lambda:x:1:function:{function}"},
                       "payload": _event(record)}).encode()


def _put(shop: Deployed, key: str, data: bytes) -> None:
    shop.engine.client("s3").put_object(Bucket=shop.outputs["BucketName"], Key=key, Body=data)


def _get(shop: Deployed, key: str) -> bytes:
    return bytes(shop.engine.client("s3").get_object(
        Bucket=shop.outputs["BucketName"], Key=key)["Body"].read())
