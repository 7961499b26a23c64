"""A batch: lists of many users, made segment by segment, and how far it is.

A segment is of the table's keys, or of the users that were listed. It is made whole or not at all,
and becomes one part. Segments are dealt out to a few lanes, each of which does its own one after
the other; what a lane has done stands in its note, and nothing else has to be remembered: no place
within a segment, which would name somebody.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from domain.layout import BATCHES, MAX_SEGMENTS

PLANS = BATCHES + "plans/"
LISTED, PARTS = "listed/", "parts/"  # below the folder of one batch: what names users
# Copies of the function that work on one batch at once, of a thousand that an account may run and
# ten that a new one may. source: AWS, "Lambda quotas", concurrent executions.
LANES = 4
USERS_PER_SEGMENT = 5_000  # rows of the table; 20 s of one vCPU at 4 ms a list
LISTED_PER_SEGMENT = 1_000
# What is known of a table's size may be six hours old, and of a new one is 0: so many segments let
# as many times as many users in as one invocation makes. source: AWS, "DescribeTable".
MIN_SEGMENTS = 32
# Three tries of 15 minutes, with the pauses between them. source: AWS, "How Lambda handles errors
# and retries with asynchronous invocation".
STALLED_MS = 3_600_000
SPOKEN = "Batch Turn"  # the type of the event that gives a lane its turn
SOURCE = "headwater."  # opens its source, which the deployment's name ends


class Turn(NamedTuple):
    """Whose turn it is: a lane, at its `place`-th segment."""

    batch_id: str
    lane: int
    place: int

    @classmethod
    def of(cls, detail: Mapping[str, Any]) -> Self:
        """Out of an event."""
        return cls(detail["batch_id"], detail["lane"], detail["place"])


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for, and how it is cut. listed: how many users were named; None = all.

    sessions: of all, anonymous sessions too.
    """

    batch_id: str
    asked_ms: int
    segments: int
    ask: Mapping[str, Any]
    name: str | None = None
    listed: int | None = None
    sessions: bool = False

    @property
    def lanes(self) -> int:
        """How many there are."""
        return min(LANES, self.segments)

    def segments_of(self, lane: int) -> range:
        """Those that a lane does, in order."""
        return range(lane, self.segments, self.lanes)

    def turns(self, notes: Sequence["Note"]) -> list[Turn]:
        """What is next, of every lane that is not done."""
        return [Turn(self.batch_id, lane, note.place) for lane, note in enumerate(notes)
                if note.place < len(self.segments_of(lane))]

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        return cls(**json.loads(data))


@dataclass(frozen=True, slots=True)
class Note:
    """What a lane has done. users: lists of each of its segments; place: of the next.

    left_out: users whose state nobody can read.   trouble: why the next one is not done yet.
    """

    heard_ms: int
    users: tuple[int, ...] = ()
    left_out: int = 0
    trouble: str = ""

    @property
    def place(self) -> int:
        """Of its next segment, among its own."""
        return len(self.users)

    def past(self, users: int, left_out: int, now_ms: int) -> Self:
        """One segment further."""
        return replace(self, heard_ms=now_ms, users=(*self.users, users),
                       left_out=self.left_out + left_out, trouble="")

    def troubled(self, reason: str, now_ms: int) -> Self:
        """No further, and why."""
        return replace(self, heard_ms=now_ms, trouble=reason)

    def to_bytes(self) -> bytes:
        """As the bucket keeps it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        found = json.loads(data)
        return cls(**found | {"users": tuple(found["users"])})


def cut_table(rows: int) -> int:
    """How many segments a table is cut into. rows: as far as they are known."""
    return min(MAX_SEGMENTS, max(MIN_SEGMENTS, -(-rows // USERS_PER_SEGMENT)))


def cut_listed(users: Sequence[str]) -> list[Sequence[str]]:
    """The users of each segment, each once."""
    once = list(dict.fromkeys(users))
    return [once[start:start + LISTED_PER_SEGMENT]
            for start in range(0, len(once), LISTED_PER_SEGMENT)]


def told(plan: Plan, notes: Sequence[Note], now_ms: int) -> dict[str, Any]:
    """How far a batch is, in words."""
    left = [notes[turn.lane] for turn in plan.turns(notes)]
    is_stalled = any(now_ms - note.heard_ms > STALLED_MS for note in left)
    return {
        "batch_id": plan.batch_id, "name": plan.name, "asked_ms": plan.asked_ms,
        "state": "done" if not left else "stalled" if is_stalled else "running",
        "segments": plan.segments, "segments_done": sum(note.place for note in notes),
        "users_done": sum(sum(note.users) for note in notes),
        "left_out": sum(note.left_out for note in notes),
        "heard_ms": max(note.heard_ms for note in notes),
        "troubles": [note.trouble for note in notes if note.trouble]}


def finished(plan: Plan, notes: Sequence[Note]) -> list[tuple[int, int]]:
    """Segment and users of every part that is there, by segment. One without users has no part."""
    return sorted((plan.segments_of(lane)[place], users) for lane, note in enumerate(notes)
                  for place, users in enumerate(note.users) if users)


def new_id(asked_ms: int, drawn: int) -> str:
    """The name of a batch: names sort by time. drawn: 32 bits, so that two of a second differ."""
    return f"{datetime.fromtimestamp(asked_ms / 1000, UTC):%Y%m%dT%H%M%S}-{drawn:08x}"


def plan_key(batch_id: str) -> str:
    """Where its plan lies."""
    return f"{PLANS}{batch_id}.json"


def note_key(batch_id: str, lane: int) -> str:
    """Where the note of a lane lies."""
    return f"{BATCHES}{batch_id}/lanes/{lane}.json"


def listed_key(batch_id: str, segment: int) -> str:
    """Where the users of a segment are listed."""
    return f"{BATCHES}{batch_id}/{LISTED}{segment + 1:06d}.json"


def part_key(batch_id: str, segment: int) -> str:
    """Where the lists of a segment lie; parts are counted from 1."""
    return f"{BATCHES}{batch_id}/{PARTS}{segment + 1:06d}.jsonl.gz"


def manifest_key(batch_id: str) -> str:
    """Where all parts are named, once all are there."""
    return f"{BATCHES}{batch_id}/done.json"


def manifest(plan: Plan, notes: Sequence[Note], now_ms: int) -> dict[str, Any]:
    """What a finished batch consists of, for whoever reads the bucket."""
    return {
        **told(plan, notes, now_ms), "ask": plan.ask,
        "parts": [{"key": part_key(plan.batch_id, segment), "users": users}
                  for segment, users in finished(plan, notes)]}
