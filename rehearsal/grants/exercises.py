"""What each function, schedule, rule and job of a deployment does with what it is allowed."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from domain import layout
from domain.event import Batch, Event
from domain.record import encode_batch
from local import planted
from rehearsal.consumers import Consumers
from rehearsal.deployed import Deployed, until
from rehearsal.engine import RehearsalError
from rehearsal.grants import clockwork

Exercise = Callable[[Deployed], None]
PATIENCE_S = 8.0  # what works here comes within 3 s
SCALE = 0.02  # of windows and of pauses between retries: the event log waits for a minute
_LOOKS_LIKE_TROUBLE = ('"level":"ERROR"', '"level": "ERROR"')


def post_event(shop: Deployed) -> None:
    """The door takes an event."""
    with watched(shop, "ingest_events"):
        event = {"event_id": str(time.time_ns()), "type": "click", "item_id": "a1"}
        shop.expect(202, "POST", "/events", {"user_id": "ann", "events": [event]})


def consume(verb: str, shop: Deployed) -> None:
    """A consumer applies a batch."""
    now_ms = time.time_ns() // 1_000_000
    event = Event(str(time.time_ns()), "click", "a2", now_ms)
    _deliver(shop, verb, encode_batch(Batch(f"bob-{now_ms}", now_ms, (event,))))  # who is new


def join(verb: str, shop: Deployed) -> None:
    """A consumer looks at a session that is said to be a user's."""
    now_ms = time.time_ns() // 1_000_000
    _deliver(shop, verb, encode_batch(Batch(f"bob-{now_ms}", now_ms, (), joins=f"~{now_ms}")))


def quarantine(verb: str, shop: Deployed) -> None:
    """A consumer keeps what it cannot read."""
    _deliver(shop, verb, b"no record of ours")


def park_batch(verb: str, shop: Deployed) -> None:
    """A batch that no retry applies goes to the bucket."""
    parked = len(shop.objects(layout.PARKED))
    shard, sequence = _put(shop, b"no record of ours")
    with shop.functions.broken(verb), _consumers(shop, verb, shard, sequence) as consumers:
        until("the parked batch", lambda: len(shop.objects(layout.PARKED)) > parked,
              2 * PATIENCE_S, consumers.check)


def call(verb: str, shop: Deployed) -> None:
    """A background function does its work."""
    with watched(shop, verb):
        shop.functions.invoke(verb, {})


def probe(shop: Deployed) -> None:
    """The probe sees its own event come back."""
    with folding(shop):
        call("probe_freshness", shop)


def tick_probe(shop: Deployed) -> None:
    """The probe's schedule calls it, and its log comes when the event came back."""
    with folding(shop):
        clockwork.tick("probe_freshness", shop)


def folding(shop: Deployed) -> Consumers:
    """User features, as they are folded all the time in a deployment at work."""
    return Consumers(shop.engine, [shop.functions.names["update_user_features"]])


def park_call(verb: str, shop: Deployed) -> None:
    """A background call that no retry helps goes to the queue."""
    waiting = shop.parked_calls()
    with shop.functions.broken(verb):
        shop.functions.invoke(verb, {}, background=True)
        until("the parked call", lambda: shop.parked_calls() > waiting, 2 * PATIENCE_S)


def start(shop: Deployed) -> None:
    """A job is started; nobody runs it."""
    with watched(shop, "start_training"):
        name = shop.functions.invoke("start_training", {})["job"]
    clockwork.stop(shop, name)


def use_models(shop: Deployed) -> None:
    """Administrators see the models, and choose."""
    with watched(shop, "manage_models"):
        current = shop.expect(200, "GET", "/models", admin=True)["current"]
        shop.expect(200, "PUT", "/models/current", {"version": current}, admin=True)


def describe(shop: Deployed) -> None:
    """The API describes itself."""
    with watched(shop, "describe_api"):
        for path in ("/openapi.json", "/docs"):
            shop.expect(200, "GET", path)


def use_catalog(shop: Deployed) -> None:
    """Items come in and can be looked at."""
    items = [dict(item.facts) for item in planted.items()[:2]]
    with watched(shop, "manage_catalog"):
        answer = shop.expect(200, "PUT", "/items", {"items": items}, admin=True)
        if answer["accepted"] != len(items):
            raise RehearsalError(f"items were refused: {answer}")
        shop.expect(200, "GET", f"/items/{items[0]['item_id']}")


def begin(verb: str, shop: Deployed) -> None:
    """A roll-up is made where there was none."""
    with _no_roll_ups(shop):
        call(verb, shop)


def use_users(shop: Deployed) -> None:
    """A user is described, looked at, and has a session."""
    with watched(shop, "manage_users"):
        path = f"/users/carl-{time.time_ns()}"
        shop.expect(200, "PUT", path, {"language": "nl"})
        shop.expect(200, "GET", "/users/user-1")
        shop.expect(200, "POST", f"{path}/sessions", {"session_id": path.rpartition("/")[2]})


def use_users_early(shop: Deployed) -> None:
    """The same before there is a catalogue."""
    with _no_roll_ups(shop):
        use_users(shop)


def use_lists(shop: Deployed) -> None:
    """Lists are personal, by a model, trends and a catalogue that could be read."""
    with watched(shop, "recommend"):
        found = shop.expect(200, "GET", "/users/user-1/recommendations?k=5")
        if found["source"] != "personal":
            raise RehearsalError(f"the list is {found['source']}")
        shop.expect(200, "GET", "/trending?k=3")
        shop.expect(200, "GET", "/items/a1/similar?k=3")
        shop.expect(200, "GET", "/health")


def use_lists_early(shop: Deployed) -> None:
    """Lists before anything was rolled up."""
    with _no_roll_ups(shop), watched(shop, "recommend"):
        shop.expect(200, "GET", "/trending?k=3")


def _deliver(shop: Deployed, verb: str, data: bytes) -> None:
    with watched(shop, verb):
        shard, sequence = _put(shop, data)
        with _consumers(shop, verb, shard, sequence) as consumers:
            until("the end of the batch", lambda: consumers.done_with(shard, int(sequence)),
                  PATIENCE_S, consumers.check)
            if consumers.given_up:
                raise RehearsalError(consumers.given_up[0])


def _put(shop: Deployed, data: bytes) -> tuple[str, str]:
    put = shop.engine.client("kinesis").put_record(
        StreamName=shop.outputs["StreamName"], Data=data, PartitionKey="bob")
    return put["ShardId"], put["SequenceNumber"]


def _consumers(shop: Deployed, verb: str, shard: str, sequence: str) -> Consumers:
    return Consumers(shop.engine, [shop.functions.names[verb]],
                     {shard: ("AT_SEQUENCE_NUMBER", sequence)}, SCALE)


@contextmanager
def _no_roll_ups(shop: Deployed) -> Iterator[None]:
    s3, bucket = shop.engine.client("s3"), shop.outputs["BucketName"]
    kept = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in (layout.CATALOG_KEY, layout.TRENDS_KEY, layout.LEDGER_KEY)}
    for key in kept:
        s3.delete_object(Bucket=bucket, Key=key)
    try:
        yield
    finally:
        for key, data in kept.items():
            s3.put_object(Bucket=bucket, Key=key, Body=data)


@contextmanager
def watched(shop: Deployed, verb: str) -> Iterator[None]:
    """A function that starts anew, writes its log, and no error into it.

    raises: RehearsalError, also for an error that the function only logs.
    """
    shop.functions.restart(verb)
    began_ms = time.time_ns() // 1_000_000
    yield
    lines = until(f"a log of {verb}", partial(shop.functions.log, verb, began_ms), PATIENCE_S)
    if trouble := [line for line in lines if any(sign in line for sign in _LOOKS_LIKE_TROUBLE)]:
        raise RehearsalError(f"{verb} logged {_reason(trouble[0])}")


def _reason(line: str) -> str:
    found = json.loads(line)
    return str(found.get("reason") or found.get("message"))
