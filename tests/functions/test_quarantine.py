"""What is kept beside the bytes of a record that nobody can read."""

import json

from functions.quarantine import Note


def test_a_note_is_read_as_it_was_written() -> None:
    note = Note("unreadable", "shard", "7", 1_760_000_000_000, 2**128 - 1)

    assert Note.from_bytes(note.to_bytes()) == note


def test_a_note_of_before_version_0_2_is_read() -> None:
    old = json.dumps({"reason": "unreadable", "shard": "shard", "sequence": "7"}).encode()

    assert Note.from_bytes(old) == Note("unreadable", "shard", "7", 0, 0)
