"""Batches as the bucket keeps them: plans, notes of lanes, lists of users, parts."""

import json
from collections.abc import Iterator, Sequence

from domain.batch_part import listed, read_listed
from domain.batch_plan import (
    PLANS,
    Note,
    Plan,
    listed_key,
    manifest,
    manifest_key,
    note_key,
    part_key,
    plan_key,
)
from functions.shelf import Listed, Shelf

MAX_TOLD = 10  # batches in one answer, the last ones: each is an object and those of its lanes


class NoBatchError(Exception):
    """There is no such batch, or none any more."""


class Batches:
    """In one bucket."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def begin(self, plan: Plan, users: Sequence[Sequence[str]]) -> None:
        """Keep what was asked for; the plan comes last. users: of each segment; () = all."""
        for segment, chosen in enumerate(users):
            self._shelf.put(listed_key(plan.batch_id, segment), listed(chosen, plan.asked_ms))
        for lane in range(plan.lanes):
            self._shelf.put(note_key(plan.batch_id, lane), Note(plan.asked_ms).to_bytes())
        self._shelf.put(plan_key(plan.batch_id), plan.to_bytes())

    def plan(self, batch_id: str) -> Plan:
        """What was asked for. raises: NoBatchError."""
        data = self._shelf.get(plan_key(batch_id))
        if data is None:
            raise NoBatchError(f"there is no batch {batch_id}")
        return Plan.from_bytes(data)

    def newest(self) -> Iterator[Plan]:
        """The last ones, the last first."""
        keys = [found.key for found in self._shelf.listed(PLANS)]
        for key in keys[:-MAX_TOLD - 1:-1]:
            if data := self._shelf.get(key):
                yield Plan.from_bytes(data)

    def note(self, plan: Plan, lane: int) -> tuple[Note, Listed]:
        """How far a lane is, and the object that says so. raises: NoBatchError."""
        key = note_key(plan.batch_id, lane)
        found = self._shelf.get_newer(key, None)
        if found is None:
            raise NoBatchError(f"lane {lane} of {plan.batch_id} has no note")
        return Note.from_bytes(found[0]), Listed(key, found[1], 0, len(found[0]))

    def notes(self, plan: Plan) -> list[Note]:
        """How far each lane is. raises: NoBatchError."""
        return [self.note(plan, lane)[0] for lane in range(plan.lanes)]

    def keep(self, seen: Listed, note: Note) -> bool:
        """Write over the note that was seen; False when somebody else did so meanwhile."""
        return self._shelf.replace(seen, note.to_bytes())

    def users(self, plan: Plan, segment: int) -> list[str]:
        """Who was listed for a segment; whoever was erased meanwhile may be gone from it."""
        data = self._shelf.get(listed_key(plan.batch_id, segment))
        if data is None:
            raise NoBatchError(f"segment {segment} of {plan.batch_id} lists nobody any more")
        return read_listed(data)

    def put_part(self, plan: Plan, segment: int, data: bytes) -> None:
        """The lists of a segment, over those of another try."""
        self._shelf.put(part_key(plan.batch_id, segment), data)

    def link(self, plan: Plan, segment: int, lasts_s: int) -> str:
        """Where a part can be fetched for so long."""
        return self._shelf.link(part_key(plan.batch_id, segment), lasts_s)

    def finish(self, plan: Plan, notes: Sequence[Note], now_ms: int) -> None:
        """Name all parts, now that all are there."""
        self._shelf.put(manifest_key(plan.batch_id),
                        json.dumps(manifest(plan, notes, now_ms)).encode())
