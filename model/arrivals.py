"""The log's records by user, in bounded memory: what is too much for it waits on this disk.

Users fall into parts by a hash of their names. One part at a time is replayed; the more the log
holds, the more parts there are.
"""

import math
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple, Self

from domain.features import Interaction
from domain.key import user_hash
from domain.record import Position

HELD_BYTES = 64_000_000  # of all parts, before they lie on disk
PART_BYTES = 8_000_000  # of the log, gzipped, for each part: 0.6 million events at most, 0.3 GB
MAX_PARTS = 256  # files open at once; of a log of a billion events a part takes two gigabytes
SEQUENCE_BYTES = 25  # 60 decimal digits
# Events, bytes of the owner's name, of the subject's and of the shard's, and the sequence number.
_HEAD = struct.Struct(f"<4I{SEQUENCE_BYTES}s")
_JOINS = 2**32 - 1  # events of an entry that is none: the subject, a session, was joined


class Arrival(NamedTuple):
    """What one record says. tags: of the ids of its events; entries: what they say."""

    tags: Sequence[int]
    entries: Sequence[Interaction]


Arrivals = dict[Position, Arrival]  # of one subject


class Parts:
    """Everything that arrived, a part of the users at a time."""

    def __init__(self, log_bytes: int) -> None:
        self.events, self._joins = 0, False
        self._files, count = ExitStack(), min(MAX_PARTS, 1 + log_bytes // PART_BYTES)
        self._parts: list[IO[bytes]] = [self._file(count) for _ in range(count)]
        self._moved: list[IO[bytes]] = [self._file(count) for _ in range(count)]

    def _file(self, count: int) -> IO[bytes]:
        return self._files.enter_context(SpooledTemporaryFile(HELD_BYTES // count))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, subject: str, position: Position, arrival: Arrival) -> None:
        """One record of a subject, a user or a session."""
        self.events += len(arrival.tags)
        self._parts[self._of(subject)].write(_packed("", subject, position, arrival))

    def join(self, session: str, user: str) -> None:
        """What the session did is the user's; of two users, the later one's."""
        self._joins = True
        head = _HEAD.pack(_JOINS, len(user.encode()), len(session.encode()), 0, b"")
        self._parts[self._of(session)].write(head + user.encode() + session.encode())

    def users(self) -> Iterator[dict[str, dict[str, Arrivals]]]:
        """Part by part: user -> subject, themselves or a session of theirs -> what arrived."""
        if self._joins and len(self._parts) > 1:
            self._move()
        for part in range(len(self._parts)):
            owners = self._owners(part)
            found: dict[str, dict[str, Arrivals]] = defaultdict(lambda: defaultdict(dict))
            for files in (self._parts, self._moved):
                for owner, subject, position, arrival in _read(files[part]):
                    owner = owner or owners.get(subject, subject)
                    if self._of(owner) == part:
                        found[owner][subject][position] = arrival
            yield found

    def _of(self, subject: str) -> int:
        return user_hash(subject) % len(self._parts)

    def _move(self) -> None:
        """What joined sessions did, to the parts of their users."""
        for part, file in enumerate(self._parts):
            owners = {session: user for session, user in self._owners(part).items()
                      if self._of(user) != part}
            if owners:
                for _, subject, position, arrival in _read(file):
                    if owner := owners.get(subject):
                        packed = _packed(owner, subject, position, arrival)
                        self._moved[self._of(owner)].write(packed)

    def _owners(self, part: int) -> dict[str, str]:
        """The users of this part's sessions."""
        joins = _joined(self._parts[part]) if self._joins else ()
        return {session: user for user, session in joins}


def _packed(owner: str, subject: str, position: Position, arrival: Arrival) -> bytes:
    names = [name.encode() for name in (owner, subject, position.shard_id)]
    count, sequence = len(arrival.tags), position.sequence.to_bytes(SEQUENCE_BYTES, "little")
    at_ms, items, types, values = zip(*arrival.entries, strict=True)
    return _HEAD.pack(count, *map(len, names), sequence) + b"".join(names) + _events(count).pack(
        *arrival.tags, *at_ms, *items, *types,
        *(math.nan if value is None else value for value in values))


def _entries(file: IO[bytes]) -> Iterator[tuple[int, bytes, list[str]]]:
    """Of each entry: how many events, its sequence number, and its three names."""
    file.seek(0)
    while head := file.read(_HEAD.size):
        count, *sizes, sequence = _HEAD.unpack(head)
        yield count, sequence, [file.read(size).decode() for size in sizes]


def _joined(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    """User and session of every join."""
    for count, _, (user, session, _) in _entries(file):
        if count == _JOINS:
            yield user, session
        else:
            file.seek(_events(count).size, 1)
    file.seek(0, 2)


def _read(file: IO[bytes]) -> Iterator[tuple[str, str, Position, Arrival]]:
    for count, sequence, (owner, subject, shard) in _entries(file):
        if count == _JOINS:
            continue
        found = _events(count).unpack(file.read(_events(count).size))
        tags, *parts = (found[start:start + count] for start in range(0, 5 * count, count))
        yield owner, subject, Position(shard, int.from_bytes(sequence, "little")), Arrival(
            tags, [Interaction(at_ms, item, kind, None if value != value else value)
                   for at_ms, item, kind, value in zip(*parts, strict=True)])
    file.seek(0, 2)


@cache
def _events(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I{count}q{count}Q{count}B{count}e")
