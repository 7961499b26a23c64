"""One run: callers call, the stream is read, and the dice decide what goes wrong."""

from typing import Any

from domain.record import Position, RecordError, decode_batch
from local.function import FunctionError
from soak.clock import Clock
from soak.deployment import Deployment
from soak.dice import Dice, Kind
from soak.found import parked
from soak.poller import Poller
from soak.stream import Stream
from soak.traffic import Caller, call, callers
from soak.wire import Invocation, Wire

STEPS = 40
MAX_SHARDS = 5  # open at once
PATIENCE = 2_000  # seconds of the run: longer than any mapping tries one batch
UNREADABLE = (b"", b"no record", b"{}", b"\xff\xfe", b'{"v":99}', b"[1,2]", b'{"v":1,"subject":"a"')


class StuckError(RuntimeError):
    """Something is left to do though nothing hinders it any more."""


class Play:
    """What happens to an empty deployment, until nothing is left to do."""

    def __init__(self, deployment: Deployment, dice: Dice) -> None:
        self.dice, self.clock = dice, Clock()
        self.stream = Stream(dice.plain.randint(1, 3), self.clock, self._cut)
        self.wire = Wire(dice, self.stream)
        self.callers = callers(dice)
        self.accepted: list[tuple[str, str]] = []  # subject and event id
        self.replayed: dict[str, set[Position]] = {}
        self.dropped: dict[str, set[Position]] = {}  # of these, of who was erased by then
        self._erasing: list[Caller] = []
        self._calls = 0
        self._deployment = deployment
        deployment.empty()
        deployment.restart()
        deployment.engine.intercept(self.wire)
        self.poller = Poller(deployment, self.stream, self.wire, self.clock, dice)

    def run(self) -> None:
        """Faults and traffic, then quiet until all is done.

        raises: StuckError; FunctionError, when the last roll-up fails.
        """
        for _ in range(STEPS):
            self._step()
        replays = self.dice.strikes(Kind.REPLAY, 0.5)
        self.wire.calm()
        self._settle()
        self.wire.land()
        self._settle()
        if replays:
            self._replay()
        self.poller.invoke(self._roll_up())

    def _roll_up(self) -> Invocation:
        """Once a minute; when it fails, the next minute does it as well."""
        return Invocation("roll_up_trends", self.clock.now_ms)

    def _step(self) -> None:
        plain = self.dice.plain
        self.clock.pass_(plain.expovariate(1.0))
        # The first is busier than all others, so that a batch holds several of its records.
        caller = self.callers[plain.choice((0, 0, 0, *range(len(self.callers))))]
        if not caller.gone and plain.random() < 0.7:
            caller.do(self.dice, self.clock)
            self._send(caller)
        if plain.random() < 0.7:
            self.poller.step(flush=plain.random() < 0.3)
        if plain.random() < 0.06:
            self._call(self._roll_up())
        for caller in list(self._erasing):
            self._erase(caller)
        self._strike()

    def _settle(self) -> None:
        for _ in range(PATIENCE):
            for caller in self.callers:
                self._send(caller)
            for caller in list(self._erasing):
                self._erase(caller)
            moved = self.poller.step(flush=True)
            self.clock.pass_(1.0)
            if not moved and self.poller.idle and not any(c.queue for c in self.callers):
                return
        raise StuckError("records or events are left though nothing hinders them")

    def _strike(self) -> None:
        dice = self.dice
        if dice.strikes(Kind.RESTART, 0.5 if self.wire.cut_off else 0.03):
            self.poller.restart()
        self.wire.cut_off = False
        if dice.strikes(Kind.REPLAY, 0.03):
            self._replay()
        if dice.strikes(Kind.RESHARD, 0.04):
            self._reshard()
        if dice.strikes(Kind.UNREADABLE, 0.04):
            dice.note(Kind.UNREADABLE, "a record")
            self.stream.put_record(Data=dice.choice(Kind.UNREADABLE, UNREADABLE),
                                   PartitionKey=str(dice.between(Kind.UNREADABLE, 0, 99)))
        if dice.strikes(Kind.ERASED, 0.01):
            self._erasing.append(dice.choice(Kind.ERASED, self.callers))

    def _send(self, caller: Caller) -> None:
        """What the caller's queue holds, or the beginning of it."""
        if not caller.queue:
            return
        chosen = caller.batch(self.dice)
        first = min(chosen)
        self.wire.land(lambda zombie: zombie.invocation.subject == caller.subject
                       and caller.forgets(zombie.invocation.first, chosen))
        body = caller.body(chosen, self.dice)
        status = self._call(Invocation("ingest_events", self._event("POST", "/events", body),
                                       caller.subject, first))
        if status == 202:
            caller.took(chosen)
            self.accepted += [(caller.subject, e["event_id"]) for e in chosen.values()]
        elif status == 410:
            caller.leave()

    def _erase(self, caller: Caller) -> None:
        """Ask for it, until the answer is that it is done."""
        event = self._event("DELETE", "/users/{user_id}", "", user_id=caller.subject)
        if self._call(Invocation("manage_privacy", event)) == 200:
            self.dice.note(Kind.ERASED, caller.subject[:20])
            self._erasing.remove(caller)
            caller.leave()

    def _replay(self) -> None:
        waiting = parked(self._deployment)
        if not waiting:
            return
        self.dice.note(Kind.REPLAY, ", ".join(f"{len(r)} of {v}" for v, r in waiting.items()))
        self._call(Invocation("replay_events", {}))
        for verb, records in waiting.items():
            self.replayed.setdefault(verb, set()).update(records)
            self.dropped.setdefault(verb, set()).update(
                position for position, data in records.items() if self._is_of_erased(data))

    def _is_of_erased(self, data: bytes) -> bool:
        try:
            subject = decode_batch(data).subject
        except RecordError:
            return False
        return self._deployment.users.is_erased(subject, consistent=True)

    def _reshard(self) -> None:
        dice, shards = self.dice, self.stream.open()
        place = dice.between(Kind.RESHARD, 0, len(shards) - 1)
        full, merges = len(shards) >= MAX_SHARDS, dice.between(Kind.RESHARD, 0, 1)
        if place + 1 < len(shards) and (full or merges):
            low, high = shards[place:place + 2]
            dice.note(Kind.RESHARD, f"{low.id} and {high.id} merge")
            self.stream.merge_shards(ShardToMerge=low.id, AdjacentShardToMerge=high.id)
        elif not full:
            shard = shards[place]
            dice.note(Kind.RESHARD, f"{shard.id} splits")
            self.stream.split_shard(ShardToSplit=shard.id,
                                    NewStartingHashKey=str((shard.low + shard.high + 1) // 2))

    def _call(self, invocation: Invocation) -> int | None:
        """The status that a caller sees; None when the function fails."""
        try:
            answer = self.poller.invoke(invocation)
        except FunctionError as error:
            self.dice.tell(f"{invocation.verb} failed: {error}")
            return None
        return answer.get("statusCode") if isinstance(answer, dict) else None

    def _event(self, method: str, path: str, body: str, **parameters: str) -> dict[str, Any]:
        self._calls += 1
        return call(method, path, body, self.clock.now_ms, f"call-{self._calls}", **parameters)

    def _cut(self, available: int) -> int:
        if available > 1 and self.dice.strikes(Kind.SHORT_READ, 0.2):
            self.dice.note(Kind.SHORT_READ, f"of {available}")
            return self.dice.between(Kind.SHORT_READ, 1, available - 1)
        return available
