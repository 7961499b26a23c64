"""A metered run: real handlers of the local cloud, called by made-up shoppers at a stated rate.

Time is played: the pump's clock goes from call to call, so that batches are what so many calls a
second make of them, however fast this machine is.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from tqdm import tqdm

from bench.traffic import ITEMS, NEW, USERS, Shoppers
from domain.features import EMPTY
from functions.users import Change, StoredUser, Users
from local.bill.meter import Meter
from local.bill.tally import Tally
from local.cloud import Cloud
from local.proxy import Request

TICK_S = 0.1  # of the played clock
ROLL_UP_S = 60.0
FLUSH_S = 70.0  # longer than the longest window: what came last is written, too
RECORD_BYTES, EVENT_BYTES = 200, 150  # about, of a call on the stream: only to count shards
SHARD_BYTES_S, SHARD_RECORDS_S = 1_000_000, 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """What one run counted. rate: calls a second. seconds: of the played clock.

    hottest: by table, the write units of the partition key that got most, and of all keys.
    """

    rate: float
    per_call: int
    calls: int
    shards: int
    seconds: float
    tallies: dict[str, Tally] = field(default_factory=dict)
    hottest: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """All that were sent."""
        return self.calls * self.per_call

    def to_document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"rate": self.rate, "per_call": self.per_call, "calls": self.calls,
                "shards": self.shards, "seconds": self.seconds, "hottest": self.hottest,
                "tallies": {name: found.to_document() for name, found in self.tallies.items()}}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read what `to_document` made."""
        tallies = {name: Tally.from_document(found)
                   for name, found in document["tallies"].items()}
        return cls(**{**document, "tallies": tallies})


def run(
    rate: float, per_call: int, events: int, *, users: int = USERS, items: int = ITEMS,
    new: float = NEW,
) -> Run:
    """Send so many events and count. cost: 7 to 10 ms of CPU a call."""
    calls = events // per_call
    shards = shards_for(rate, per_call)
    with Cloud(None, live=False, context={"shards": shards}) as cloud:
        shoppers = Shoppers(users=users, items=items, new=new)
        play = _Play(cloud, shoppers, time.time() - calls / rate)
        bar = tqdm(play.calls(calls, rate, per_call), total=calls, unit="call", disable=None,
                   desc=f"{per_call} a call, {rate:g} calls/s")
        for _ in bar:
            pass
        return Run(rate, per_call, calls, shards, play.seconds, play.meter.tallies,
                   play.hottest())


def shards_for(rate: float, per_call: int) -> int:
    """How many take so many calls a second. source: AWS, "Quotas and limits" (Kinesis)."""
    bytes_s = rate * (RECORD_BYTES + per_call * EVENT_BYTES)
    return max(1, math.ceil(rate / SHARD_RECORDS_S), math.ceil(bytes_s / SHARD_BYTES_S))


class _Play:
    """A cloud whose clock is ours."""

    def __init__(self, cloud: Cloud, shoppers: Shoppers, begin_s: float) -> None:
        self._cloud, self._shoppers = cloud, shoppers
        self._begin_s = self._now_s = begin_s
        self._rolled_s = begin_s
        self._known: set[int] = set()
        environment = cloud.by_verb["ingest_events"].environment
        self._users = Users(environment["HEADWATER_USERS_TABLE"],
                            cloud.engine.client("dynamodb"))
        cloud.pump.clock = lambda: self._now_s
        self.meter = Meter(cloud)

    @property
    def seconds(self) -> float:
        """Played so far."""
        return self._now_s - self._begin_s

    def hottest(self) -> dict[str, tuple[int, int]]:
        """By table, as settings name it."""
        names = {value: name for function in self._cloud.functions.values()
                 for name, value in function.environment.items() if name.endswith("_TABLE")}
        found: dict[str, list[int]] = {}
        for (table, _), units in self.meter.writes.items():
            found.setdefault(names[table], []).append(units)
        return {name: (max(units), sum(units)) for name, units in found.items()}

    def calls(self, count: int, rate: float, per_call: int) -> Iterator[None]:
        """Make them, and let everything see them."""
        self.meter.on()
        for call in self._shoppers.calls(count, rate=rate, per_call=per_call,
                                         begin_s=self._begin_s):
            self._advance(call.at_s)
            self._greet(call.user)
            answer = self._cloud.gateway.answer(Request(
                "POST", "/events", [("x-api-key", self._cloud.api_key),
                                    ("content-type", "application/json")],
                json.dumps(call.body).encode()))
            assert answer.status == 202, answer.body
            yield
        self._advance(self._now_s + FLUSH_S)
        self.meter.off()

    def _advance(self, until_s: float) -> None:
        while self._now_s < until_s:
            self._now_s = min(until_s, self._now_s + TICK_S)
            while self._cloud.pump.step():
                pass
            if self._now_s - self._rolled_s >= ROLL_UP_S:
                self._rolled_s = self._now_s
                self._cloud.fire("roll_up_trends")

    def _greet(self, user: int) -> None:
        """Who comes for the first time may have been here before the run began."""
        if user not in self._known:
            self._known.add(user)
            past = self._shoppers.past(user, round(self._begin_s * 1000))
            if past != EMPTY:
                self._users.put(Change(self._shoppers.id(user), past, StoredUser()))
