"""Users of a local cloud, who come as they do: late, in any order, some of them twice."""

import random

from local import planted
from local.cloud import Cloud


def do_things(cloud: Cloud, users: int = 30, seed: int = 9) -> None:
    """Batches of the planted log, out of order, some of them sent twice."""
    chance = random.Random(seed)
    bodies = [
        {"user_id": record.batch.subject, "events": [
            {"event_id": f"{seed}-{e.event_id}", "type": e.type, "item_id": e.item_id,
             "at": e.at_ms} for e in record.batch.events[start:start + 4]]}
        for record in planted.records(users=users) for start in range(0, 10, 4)]
    bodies += chance.sample(bodies, users // 4)
    chance.shuffle(bodies)
    with cloud.client() as client:
        for number, body in enumerate(bodies):
            assert client.call("POST", "/events", body).status == 202
            if number % 30 == 0:
                cloud.drain()
    cloud.drain()
