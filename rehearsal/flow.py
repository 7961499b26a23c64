"""The flow of a deployment, from the first item to an erased user; every step is checked."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial

from domain import layout
from local import planted
from model.config import TrainConfig
from rehearsal.deployed import Deployed
from rehearsal.engine import RehearsalError

USERS = 150
TRAINING_S = 120.0
SCHEDULE_S = 90.0  # a roll-up runs each minute
# What is not as by default: an earlier version, which is deployed as well, may not know the rest.
HYPERPARAMETERS = json.dumps({
    name: value for name, value in asdict(planted.CONFIG).items()
    if value != getattr(TrainConfig(), name)})
READER = "user-0"


def fill(shop: Deployed) -> None:
    """Items and events come in over HTTP."""
    items = [dict(item.facts) for item in planted.items()]
    answer = shop.expect(200, "PUT", "/items", {"items": items}, admin=True)
    _check(answer["accepted"] == len(items), f"items were refused: {answer}")
    for record in planted.records(USERS):
        shop.expect(202, "POST", "/events", planted.body(record))


def see_door(shop: Deployed) -> None:
    """Who has the key may call, who is an administrator may change, and nobody else."""
    event = {"event_id": "first", "type": "click", "item_id": "a1"}
    shop.expect(202, "POST", "/events", {"user_id": "ann", "events": [event]})
    shop.expect(200, "GET", "/trending")
    shop.expect(200, "PUT", "/items", {"items": [{"item_id": "a1"}]}, admin=True)
    shop.expect(200, "GET", "/items/a1")
    shop.expect(403, "PUT", "/items", {"items": [{"item_id": "a1"}]})
    stranger = shop.stranger()
    for path in ("/trending", "/users/ann"):
        reply = stranger.call("GET", shop.prefix + path)
        _check(reply.status in (401, 403), f"a stranger got {reply.status} from {path}")


def see_features(shop: Deployed) -> None:
    """Every consumer did its work: the user's profile, the pages of items, the event log."""
    last = f"/users/user-{USERS - 1}"
    shop.until("user features", lambda: shop.ask("GET", last).status == 200)
    dynamodb = shop.engine.client("dynamodb")
    shop.until("pages of item features", lambda: dynamodb.scan(
        TableName=shop.outputs["PagesTable"], Limit=1)["Items"])
    shop.until("the event log", lambda: shop.objects(layout.EVENT_LOG))


def see_roll_ups(shop: Deployed) -> None:
    """The schedules fired: the catalogue and what is trending are one file each."""
    for key in (layout.CATALOG_KEY, layout.TRENDS_KEY):
        shop.until(f"the roll-up {key}", partial(shop.objects, key), SCHEDULE_S)


def see_model(shop: Deployed) -> None:
    """A scheduled training ran under its role, its end woke the promoter."""
    version = shop.until("a promoted model", lambda: _model(shop), TRAINING_S + SCHEDULE_S)
    listed = shop.expect(200, "GET", "/models", admin=True)
    _check(listed["current"] == version, f"the registry says otherwise: {listed}")
    shop.expect(200, "PUT", "/models/current", {"version": version}, admin=True)


def park(shop: Deployed) -> None:
    """What no retry can do is parked: a batch in the bucket, background work in the queue."""
    with shop.functions.broken("update_user_features", "roll_up_trends"):
        event = {"event_id": "lost", "type": "click", "item_id": "a1"}
        shop.expect(202, "POST", "/events", {"user_id": "unlucky", "events": [event]})
        shop.until("the parked batch", lambda: shop.objects(layout.PARKED))
        shop.until("the parked roll-up", shop.parked_calls, SCHEDULE_S)
    junk = b"no record of ours"
    shop.engine.client("kinesis").put_record(
        StreamName=shop.outputs["StreamName"], Data=junk, PartitionKey="junk")
    shop.until("what nobody can read, in quarantine", lambda: shop.objects(layout.QUARANTINE))


def replay(shop: Deployed) -> None:
    """What was parked is applied once its cause is gone; what nobody can read stays."""
    told = shop.functions.invoke("replay_events", {})
    _check(told["batches"] > 0, f"nothing was replayed: {told}")
    _check(not shop.objects(layout.PARKED), f"batches are left: {told}")
    shop.until("the user whose batch was parked",
               lambda: shop.ask("GET", "/users/unlucky").status == 200)
    (reason,) = told["left"].values()
    _check("unreadable record" in reason, f"something else is left: {told}")


def see_lists(shop: Deployed) -> None:
    """Lists are personal, have reasons, and know a click."""
    path = f"/users/{READER}/recommendations?k=5"
    before = shop.until("a personal list", lambda: _personal(shop, path))
    click = {"event_id": "rehearsed", "type": "click", "item_id": before["items"][0]["item_id"]}
    shop.expect(202, "POST", "/events", {"user_id": READER, "events": [click]})
    shop.until("the click in the list", lambda: click["item_id"] not in [
        place["item_id"] for place in shop.expect(200, "GET", path)["items"]])
    _check(all(place["reasons"] for place in before["items"]), "an item has no reason")
    for other in ("/trending?k=3", "/items/a1/similar?k=3"):
        _check(len(shop.expect(200, "GET", other)["items"]) == 3, f"{other} is short")


def join(shop: Deployed) -> None:
    """What a session did is its user's."""
    click = {"event_id": "anonymous", "type": "click", "item_id": "a1"}
    shop.expect(202, "POST", "/events", {"session_id": "visit", "events": [click]})
    shop.until("the session's profile", lambda: shop.ask("GET", "/users/~visit").status == 200)
    shop.expect(200, "POST", "/users/visitor/sessions", {"session_id": "visit"})
    shop.until("the user's profile", lambda: shop.ask("GET", "/users/visitor").status == 200)
    shop.expect(409, "POST", f"/users/{READER}/sessions", {"session_id": "visit"})


def erase(shop: Deployed) -> None:
    """A user is told what is held of them, forgotten, refused, and taken again."""
    shop.expect(202, "GET", f"/users/{READER}/export", admin=True)
    shop.expect(200, "DELETE", f"/users/{READER}", admin=True)
    event = {"event_id": "late", "type": "click", "item_id": "a1"}
    late = {"user_id": READER, "events": [event]}
    shop.expect(410, "POST", "/events", late)
    shop.expect(200, "GET", f"/users/{READER}/erasure", admin=True)
    shop.expect(200, "PUT", f"/users/{READER}/consent", admin=True)
    shop.expect(202, "POST", "/events", late)


def refuse(shop: Deployed) -> None:
    """Who has no key, no signature or no sense is turned away."""
    shop.expect(403, "PUT", "/items", {"items": []})
    shop.expect(403, "GET", "/nowhere")
    shop.expect(400, "POST", "/events", {"user_id": "ann", "events": []})


AFTER_FILLING: tuple[Callable[[Deployed], None], ...] = (
    see_features, see_roll_ups, park, replay, see_model, see_lists, join, erase, refuse)


def soon(seconds: float) -> str:
    """A schedule that fires once, in a moment."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def _model(shop: Deployed) -> str:
    for job in shop.trainings.jobs:
        if job.status == "Failed":
            raise RehearsalError(f"the training failed: {job.reason}; see {job.root}/log")
    return str(shop.expect(200, "GET", "/health")["model"] or "")


def _personal(shop: Deployed, path: str) -> dict[str, object] | None:
    found = shop.expect(200, "GET", path)
    return found if found["source"] == "personal" else None


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RehearsalError(otherwise)
