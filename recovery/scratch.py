"""The log sorted by user, on the operator's disk: bounded memory, and a rebuild that can go on.

Users fall into 256 parts by the first byte of `subject_hash`; one part at a time is held in memory.
What was read of an object is one transaction with the note that it was read, so that whatever ends
the process leaves whole objects. The file names users: it is readable by its owner alone, and is
deleted when the rebuild is done.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from domain.key import subject_hash
from domain.record import Position, Record, encode_batch, reread_batch
from functions.shelf import Listed

PARTS = 256
HASH_BYTES = 16

# Rows of one part lie together, in order of arrival: reading a part reads nothing else.
_SCHEMA = """
PRAGMA page_size = 65536;
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS objects (key TEXT, tag TEXT, PRIMARY KEY (key, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lacking (key TEXT PRIMARY KEY, reason TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (part INTEGER, number INTEGER, user BLOB, shard TEXT,
    sequence TEXT, batch BLOB, PRIMARY KEY (part, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS users (user BLOB PRIMARY KEY, waits INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS joins (session BLOB PRIMARY KEY, user BLOB, part INTEGER) WITHOUT ROWID;
"""
Row = tuple[str, str, bytes]  # padded sequence number, shard, batch


class Scratch:
    """One rebuild's file. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._path = path
        self._db = sqlite3.connect(path)
        self._db.executescript(_SCHEMA)
        ((last,),) = self._db.execute("SELECT coalesce(max(number), 0) FROM records")
        self._next = last + 1

    def unread(self, objects: Iterable[Listed]) -> list[Listed]:
        """Those not kept yet; one that was written again since counts as another.

        What could not be read is read again: it may have been brought back meanwhile.
        """
        known = set(self._db.execute("SELECT key, tag FROM objects "
                                     "WHERE key NOT IN (SELECT key FROM lacking)"))
        return [found for found in objects if (found.key, found.tag) not in known]

    def keep(self, listed: Listed, records: Sequence[Record]) -> None:
        """Note an object as read, with its records; their users wait from here on."""
        users = [_user(record.batch.subject) for record in records]
        rows = [(user[0], number, user, position.shard_id, position.padded, encode_batch(batch))
                for number, user, (position, batch)
                in zip(range(self._next, self._next + len(records)), users, records, strict=True)]
        with self._db:
            self._db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._db.executemany("INSERT INTO users VALUES (?, 1) "
                                 "ON CONFLICT (user) DO UPDATE SET waits = 1",
                                 [(user,) for user in set(users)])
            self._db.executemany(
                "INSERT OR IGNORE INTO joins VALUES (?, ?, ?)",
                [(_user(record.batch.joins), user, user[0])
                 for record, user in zip(records, users, strict=True) if record.batch.joins])
            self._db.execute("INSERT OR IGNORE INTO objects VALUES (?, ?)",
                             (listed.key, listed.tag))
            self._db.execute("DELETE FROM lacking WHERE key = ?", (listed.key,))
        self._next += len(records)

    def lack(self, listed: Listed, reason: str) -> None:
        """Note an object as one that cannot be read, until it is kept."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO lacking VALUES (?, ?)", (listed.key, reason))

    def lacking(self) -> list[tuple[str, str]]:
        """Key and reason of all that could not be read, by whichever process."""
        return list(self._db.execute("SELECT key, reason FROM lacking ORDER BY key"))

    def waiting(self) -> int:
        """How many users are not settled."""
        ((count,),) = self._db.execute("SELECT count(*) FROM users WHERE waits")
        return int(count)

    def move_sessions(self) -> None:
        """What sessions did lies with the users whom they were joined to. cost: all is read."""
        if not self._db.execute("SELECT 1 FROM users JOIN joins ON users.user = session LIMIT 1"
                                ).fetchone():
            return
        with self._db:
            self._db.execute("UPDATE records SET part = (SELECT joins.part FROM joins "
                             "WHERE session = records.user) "
                             "WHERE user IN (SELECT session FROM joins)")
            self._db.execute("INSERT INTO users SELECT joins.user, 1 FROM joins JOIN users "
                             "ON users.user = session WHERE waits "
                             "ON CONFLICT (user) DO UPDATE SET waits = 1")
            self._db.execute("DELETE FROM users WHERE user IN (SELECT session FROM joins)")

    def users(self, part: int) -> Iterator[list[Record]]:
        """All records of each user of a part who waits, in stream order, each once.

        By sequence number across shards: those of one user grow when the stream is resharded.
        """
        waiting = {user for (user,) in self._db.execute(
            "SELECT user FROM users WHERE waits AND user BETWEEN ? AND ?",
            (bytes([part]), bytes([part]) + b"\xff" * HASH_BYTES))}
        if not waiting:
            return
        users = dict(self._db.execute("SELECT session, user FROM joins WHERE part = ?", (part,)))
        found: dict[bytes, set[Row]] = defaultdict(set)
        for own, *row in self._db.execute(
                "SELECT user, sequence, shard, batch FROM records WHERE part = ?", (part,)):
            if (user := users.get(own, own)) in waiting:
                found[user].add((row[0], row[1], row[2]))
        while found:
            _, rows = found.popitem()
            yield [Record(Position(shard, int(sequence)), reread_batch(batch))
                   for sequence, shard, batch in sorted(rows)]

    def settle(self, subjects: Iterable[str]) -> None:
        """These users wait no more, until the log tells more of them."""
        with self._db:
            self._db.executemany("UPDATE users SET waits = 0 WHERE user = ?",
                                 [(_user(subject),) for subject in subjects])

    def close(self) -> None:
        """Leave the file for a rebuild that goes on."""
        self._db.close()

    def discard(self) -> None:
        """Close and delete."""
        self.close()
        remove(self._path)


def remove(path: Path) -> None:
    """Delete what an earlier rebuild left, if anything."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _user(subject: str) -> bytes:
    return _tag(subject_hash(subject))


def _tag(user: int) -> bytes:
    return user.to_bytes(HASH_BYTES, "big")
