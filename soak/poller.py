"""The pump as AWS's pollers may behave: it restarts, loses answers, and runs things twice."""

from typing import Any

from domain.features import MAX_SHARDS
from local.function import FunctionError
from local.mapping import EventSource
from local.pump import Checkpoint, Pump
from soak.clock import Clock
from soak.deployment import Deployment
from soak.dice import Dice, Kind
from soak.stream import Stream
from soak.wire import Invocation, Wire

OLDER = 6  # checkpoints that a poller may go back
BEYOND = 6  # records before and after a batch that a second run of it may hold


class Poller:
    """Reads a stream for every mapping, until it is restarted from somewhere before."""

    def __init__(
        self, deployment: Deployment, stream: Stream, wire: Wire, clock: Clock, dice: Dice
    ) -> None:
        self._deployment, self._stream, self._wire = deployment, stream, wire
        self._clock, self._dice = clock, dice
        self._history: dict[str, list[Checkpoint]] = {}
        wire.overlap, wire.account.functions.invoke = self.overlap, self._by_hand
        self._pump = self._start({})

    @property
    def idle(self) -> bool:
        """All that was there at the last look is done."""
        return self._pump.idle

    def step(self, *, flush: bool) -> bool:
        """Let every reader do what is due; True = something happened."""
        given_up = len(self._pump.given_up)
        moved = self._pump.step(flush=flush)
        for told in self._pump.given_up[given_up:]:
            self._dice.tell(told)
            # From here on it counts as done. What comes again after all is a replay's matter.
            self._history = {name: found[-1:] for name, found in self._history.items()}
        return moved

    def restart(self) -> None:
        """Go on from older checkpoints: what was done since comes again, with other bounds.

        But not from a shard so many before that states of users tell of it no more.
        """
        choice = self._dice.choice
        generations = {name: self._stream.shard(name.rpartition("/")[2]).generation
                       for name in self._history}
        oldest = max(generations.values(), default=0) - (MAX_SHARDS - 1)
        chosen = {name: choice(Kind.RESTART, (found[-1], choice(Kind.RESTART, found[-OLDER:])))
                  if generations[name] >= oldest else found[-1]
                  for name, found in self._history.items()}
        self._dice.note(Kind.RESTART, ", ".join(
            f"{name} {kind} {sequence[-6:]}" for name, (kind, sequence) in chosen.items()))
        self._pump = self._start(chosen)

    def invoke(self, invocation: Invocation) -> Any:
        """What a function answers, with faults. raises: FunctionError."""
        with self._wire.during(invocation):
            return self._deployment.invoke(invocation.verb, invocation.event)

    def overlap(self, first: Invocation) -> None:
        """A second run inside the first one: of the same call, or of records that overlap."""
        event = self._other_bounds(first) if isinstance(first.event, dict) \
            and "Records" in first.event else first.event
        self._dice.note(Kind.OVERLAP, first.verb)
        second = Invocation(first.verb, event, first.subject, first.first, first.depth + 1)
        try:
            self.invoke(second)
        except FunctionError as error:
            self._dice.tell(f"the second {first.verb} failed: {error}")

    def _start(self, checkpoints: dict[str, Checkpoint]) -> Pump:
        return Pump(self._deployment.sources, self._consume, self._stream, self._deployment.s3,  # type: ignore[arg-type]
                    clock=self._clock, checkpoints=checkpoints, on_checkpoint=self._remember)

    def _remember(self, name: str, checkpoint: Checkpoint) -> None:
        self._history.setdefault(name, [("TRIM_HORIZON", "")]).append(checkpoint)

    def _consume(self, function: str, event: Any) -> Any:
        verb = self._deployment.verb_of(function)
        answer = self.invoke(Invocation(verb, event))
        if self._dice.strikes(Kind.LOST_ANSWER, 0.04):
            self._dice.note(Kind.LOST_ANSWER, verb)
            raise FunctionError("what it answered is lost")
        return answer

    def _by_hand(self, function: str, event: Any) -> Any:
        """One function calls another."""
        return self.invoke(Invocation(self._deployment.verb_of(function), event, depth=1))

    def _other_bounds(self, first: Invocation) -> dict[str, Any]:
        """A batch that begins with the same record or before it, and ends anywhere."""
        source, records = self._source(first.verb), first.event["Records"]
        shard_id = records[0]["eventID"].partition(":")[0]
        all_ = self._stream.shard(shard_id).records
        begin = [r["SequenceNumber"] for r in all_].index(records[0]["kinesis"]["sequenceNumber"])
        low = self._dice.between(Kind.OVERLAP, max(0, begin - BEYOND), begin)
        high = self._dice.between(Kind.OVERLAP, low + 1, min(len(all_), begin + BEYOND + 1))
        keys = {record["kinesis"]["partitionKey"] for record in records}  # of one lane for sure
        chosen = [r for r in all_[low:high] if source.lanes == 1 or r["PartitionKey"] in keys]
        return source.event(shard_id, chosen)  # type: ignore[arg-type]

    def _source(self, verb: str) -> EventSource:
        return next(source for source in self._deployment.sources
                    if self._deployment.verb_of(source.function) == verb)
