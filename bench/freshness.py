"""How soon what is accepted is seen, through the whole local cloud: by its user, and by everybody.

python -m bench.freshness [TRIALS]

Wall time, unlike the other measurements: mostly the stream's batching windows, which AWS waits for
as well. How much of it is the emulator's is said beside it.
"""

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from bench.clock import report
from local import planted
from local.client import Client
from local.cloud import Cloud

LOOKS = 100  # at one click each, idle and loaded
RECENT = 10_000  # lists that must know a click which was never sent
USERS = 150
LOAD_CALLS_S = 5  # of other users' batches beside the measurement; the emulator takes few more
BATCH = 10
PATIENCE_S = 30.0


def main() -> None:
    """Idle, loaded, and what only the client knows."""
    looks = int(sys.argv[1]) if len(sys.argv) > 1 else LOOKS
    with Cloud(context={"hyperparameters": json.dumps(asdict(planted.CONFIG))}) as cloud:
        _fill(cloud)
        idle = _looks(cloud, looks)
        with _load(cloud) as sent:
            loaded = _looks(cloud, looks)
        report({"windows_s": _windows(cloud), "idle": idle, "loaded": loaded,
                "loaded_calls_per_s": round(sent()),
                "recent": _recent(cloud, RECENT * looks // LOOKS)})


def _fill(cloud: Cloud) -> None:
    with cloud.client() as client:
        _ok(client.call("PUT", "/items", {"items": [dict(i.facts) for i in planted.items()]},
                        admin=True))
        for record in planted.records(USERS):
            _ok(client.call("POST", "/events", planted.body(record)))
    cloud.drain()
    for verb in ("roll_up_catalog", "roll_up_trends"):
        cloud.fire(verb)
    assert [job.status for job in cloud.fire("start_training").jobs] == ["Completed"]


def _looks(cloud: Cloud, looks: int) -> dict[str, Any]:
    """Quantiles of milliseconds, and the emulator's share of those until the user sees it."""
    own, trending, similar = list[float](), list[float](), list[float]()
    busy_s = cloud.engine.busy_s
    with cloud.client() as client:
        for number in tqdm(range(looks), desc="own lists", unit="click", disable=None):
            own.append(_own(client, f"user-{number % USERS}"))
        busy_ms = (cloud.engine.busy_s - busy_s) * 1000 / looks
        for number in tqdm(range(max(1, looks // 5)), desc="others' lists", unit="click",
                           disable=None):
            found = _others(client, number)
            trending.append(found[0])
            similar.append(found[1])
    return {"own_ms": _quantiles(own), "of_which_emulator_ms": round(busy_ms),
            "trending_ms": _quantiles(trending), "similar_ms": _quantiles(similar)}


def _own(client: Client, user: str) -> float:
    """From the answer 202 until the item clicked is no longer offered to its user."""
    path = f"/users/{user}/recommendations?k=10"
    item_id = _items(client, path)[0]
    _click(client, user, item_id)
    return _until(lambda: item_id not in _items(client, path))


def _others(client: Client, number: int) -> tuple[float, float]:
    """Until an item nobody knew is trending, and until it is like the one clicked before it."""
    new, known = f"new-{uuid.uuid4().hex}", planted.item_id(number % planted.RINGS, number)
    _ok(client.call("PUT", "/items", {"items": [{"item_id": new}]}, admin=True))
    for other in range(30):  # one visitor alone is no trend
        user = f"fan-{number}-{other}"
        _click(client, user, known)
        _click(client, user, new)
    trending = _until(lambda: new in _items(client, "/trending?window=1h&k=100"))
    similar = _until(lambda: new in _items(client, f"/items/{known}/similar?k=50"))
    return trending, trending + similar


def _recent(cloud: Cloud, trials: int) -> dict[str, Any]:
    """Lists asked for with a click that was never sent; stale = the item is offered anyhow."""
    stale, spent_ms = 0, list[float]()
    with cloud.client() as client:
        for number in tqdm(range(trials), desc="read your writes", unit="list", disable=None):
            path = f"/users/user-{number % USERS}/recommendations?k=10"
            item_id = _items(client, path)[number % 10] if number < USERS else (
                planted.item_id(number % planted.RINGS, number // planted.RINGS))
            answer = client.call("GET", f"{path}&recent={item_id}")
            spent_ms.append(answer.ms)
            stale += item_id in [place["item_id"] for place in _ok(answer)["items"]]
    return {"trials": trials, "stale": stale, "list_ms": _quantiles(spent_ms)}


@contextmanager
def _load(cloud: Cloud) -> Iterator[Callable[[], float]]:
    """Other users' batches, as many a second as asked for; yields how many there were."""
    stopped, sent, began = threading.Event(), [0], time.monotonic()

    def post() -> None:
        with cloud.client() as client:
            while not stopped.wait(max(0.0, began + sent[0] / LOAD_CALLS_S - time.monotonic())):
                events = [{"event_id": uuid.uuid4().hex, "type": "view",
                           "item_id": planted.item_id(n % planted.RINGS, n + sent[0])}
                          for n in range(BATCH)]
                _ok(client.call("POST", "/events",
                                {"user_id": f"crowd-{sent[0] % 997}", "events": events}))
                sent[0] += 1

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield lambda: sent[0] / (time.monotonic() - began)
    finally:
        stopped.set()
        thread.join()


def _windows(cloud: Cloud) -> dict[str, float]:
    """Seconds for which Lambda gathers records, here as on AWS."""
    by_name = {function.name: function.verb for function in cloud.by_verb.values()}
    return {by_name[source.function]: source.window_s for source in cloud.pump.sources}


def _click(client: Client, user: str, item_id: str) -> None:
    event = {"event_id": uuid.uuid4().hex, "type": "click", "item_id": item_id}
    _ok(client.call("POST", "/events", {"user_id": user, "events": [event]}))


def _items(client: Client, path: str) -> list[str]:
    return [place["item_id"] for place in _ok(client.call("GET", path))["items"]]


def _ok(reply: Any) -> Any:
    assert reply.status in (200, 202), reply
    return reply.body


def _until(holds: Callable[[], bool]) -> float:
    """Milliseconds from now."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE_S, "not seen"
        time.sleep(0.02)
    return (time.monotonic() - began) * 1000


def _quantiles(found: list[float]) -> dict[str, int]:
    ordered = sorted(found)
    return {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
            for name, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))}


if __name__ == "__main__":
    main()
