"""What is kept beside the bytes of a record that nobody can read."""

import json

import pytest

from functions.quarantine import Note, NoteError


def test_a_note_is_read_as_it_was_written() -> None:
    note = Note("unreadable", "shard", "7", 1_760_000_000_000, 2**128 - 1)

    assert Note.from_bytes(note.to_bytes()) == note


def test_a_note_of_before_version_0_2_is_read() -> None:
    old = json.dumps({"reason": "unreadable", "shard": "shard", "sequence": "7"}).encode()

    assert Note.from_bytes(old) == Note("unreadable", "shard", "7", 0, 0)


@pytest.mark.parametrize("data", [
    b"", b"?", b"\xff", b"[]", b"{}", b'{"reason": "x", "shard": "s"}', b"[" * 100_000,
    b'{"reason": "x", "shard": "s", "sequence": 7}',
    b'{"reason": "x", "shard": "s", "sequence": "seven"}',
    b'{"reason": "x", "shard": "s", "sequence": "7", "arrived_ms": "now"}',
    b'{"reason": "x", "shard": "s", "sequence": "7", "who": 7}',
    b'{"reason": "x", "shard": "s", "sequence": "7", "who": "ann"}'])
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(NoteError):
        Note.from_bytes(data)


def test_what_a_later_version_adds_to_a_note_is_passed_over() -> None:
    later = json.dumps({"reason": "x", "shard": "s", "sequence": "7", "more": 1}).encode()

    assert Note.from_bytes(later) == Note("x", "s", "7")
