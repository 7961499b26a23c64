"""Who is to be forgotten and since when, as the bucket keeps it: known though a table is lost.

The key of an empty object says all of it, so nothing inside can be damaged, and names nobody. Marks
are never taken back: who consents after an erasure leaves a mark of that, and the latest counts.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, Self

from domain.event import MAX_TIME_MS, Batch
from domain.key import spelled, subject_hash
from domain.layout import ERASURES


class Act(StrEnum):
    """What was asked for."""

    ERASED = "erased"  # all there is, and whatever comes is refused
    FORGOTTEN = "forgotten"  # what was done until then; who comes again is taken for new
    CONSENTED = "consented"  # after an erasure: from here on events are taken again


_ACTS = "|".join(act for act in Act if act is not Act.ERASED)  # which was there before the others
_KEY = re.compile(rf"{ERASURES}([0-9a-f]{{32}})-([0-9]{{15}})(?:-({_ACTS}))?")
_HEAD = "forgotten 1"  # and the version; so that the file is never empty
_LINE = re.compile(r"([0-9a-f]{32}) ([0-9]{1,15})(?: ([0-9]{1,15}))?")


class ErasureError(ValueError):
    """A key below the prefix of erasures, or a line of a list of them, is none of ours."""


class Mark(NamedTuple):
    """One act. who: as `key.subject_hash` says it."""

    who: int
    at_ms: int
    act: Act = Act.ERASED


def mark_of(subject: str, at_ms: int, act: Act = Act.ERASED) -> str:
    """The key of the mark of one act."""
    suffix = "" if act is Act.ERASED else f"-{act}"
    return f"{ERASURES}{spelled(subject_hash(subject))}-{at_ms:015d}{suffix}"  # as MAX_TIME_MS


def read_mark(key: str) -> Mark:
    """Whose mark it is, when it was made, and of what.

    raises: ErasureError, when it is no such key.
    """
    found = _KEY.fullmatch(key)
    if not found:
        raise ErasureError(f"{key} is no mark of an erasure")
    return Mark(int(found[1], 16), int(found[2]), Act(found[3] or Act.ERASED))


class Forgotten:
    """Until when each user's records are left out: `MAX_TIME_MS`, while all of them are refused.

    erased_ms: when those were erased who are refused now, by hash.
    parted_ms: until when joins are left out too: of who was erased, and not of who was forgotten.
    cost: 150 bytes of memory for each user, 250 for each who was erased.
    """

    def __init__(
        self, until_ms: dict[int, int], erased_ms: dict[int, int], parted_ms: dict[int, int]
    ) -> None:
        self._until_ms, self.erased_ms, self._parted_ms = until_ms, erased_ms, parted_ms

    def __bool__(self) -> bool:
        """Is anybody to be forgotten?"""
        return bool(self._until_ms)

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> Self:
        """What all marks come to."""
        until_ms: dict[int, int] = {}
        erased_ms: dict[int, int] = {}
        parted_ms: dict[int, int] = {}
        # Of an erasure and a consent of one millisecond, the erasure counts.
        for who, at_ms, act in sorted(marks, key=lambda m: (m.at_ms, m.act is Act.ERASED)):
            until_ms[who] = at_ms
            if act is not Act.FORGOTTEN:
                parted_ms[who] = at_ms
            if act is Act.ERASED:
                erased_ms[who] = at_ms
            elif act is Act.CONSENTED:
                erased_ms.pop(who, None)
        refused = dict.fromkeys(erased_ms, MAX_TIME_MS)
        return cls(until_ms | refused, erased_ms, parted_ms | refused)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote: it does not say when.

        raises: ErasureError, for a line that is none of ours.
        """
        until_ms: dict[int, int] = {}
        parted_ms: dict[int, int] = {}
        head, *lines = text.splitlines() or [""]
        if head != _HEAD:
            raise ErasureError(f"{head[:64]!r} is no list of the forgotten that is known here")
        for line in lines:
            found = _LINE.fullmatch(line)
            if not found:
                raise ErasureError(f"{line[:64]!r} does not say who is forgotten until when")
            until_ms[int(found[1], 16)] = int(found[2])
            if found[3]:
                parted_ms[int(found[1], 16)] = int(found[3])
        return cls(until_ms, {}, parted_ms)

    def to_text(self) -> str:
        """A line for each user, which names nobody: what a training job is told."""
        lines = [f"{_HEAD}\n"]
        for who, until_ms in sorted(self._until_ms.items()):
            parted = f" {self._parted_ms[who]}" if who in self._parted_ms else ""
            lines.append(f"{spelled(who)} {until_ms}{parted}\n")
        return "".join(lines)

    def until_ms(self, subject: str) -> int:
        """Records received until then are left out; -1 = none is."""
        return self._until_ms.get(subject_hash(subject), -1)

    def leaves_out(self, batch: Batch) -> bool:
        """Must this record be treated as if it had never come?

        A join says nothing of what somebody did, and whose the session is from then on: it goes
        with who of the two is erased.
        """
        if batch.joins:
            return any(batch.received_ms <= self._parted_ms.get(subject_hash(who), -1)
                       for who in (batch.subject, batch.joins))
        return self.covers(subject_hash(batch.subject), batch.received_ms)

    def refuses(self, subject: str) -> bool:
        """Is this user erased, and has not consented since?"""
        return self.until_ms(subject) == MAX_TIME_MS

    def covers(self, who: int, received_ms: int) -> bool:
        """As `leaves_out`, of what is known by a hash alone, and is no join."""
        return received_ms <= self._until_ms.get(who, -1)
