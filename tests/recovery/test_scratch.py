"""The log on disk: each record once, by user, in stream order, and whole objects or nothing."""

import stat
from pathlib import Path

import pytest

from domain.record import Record
from functions.shelf import Listed
from recovery.scratch import PARTS, Scratch
from tests.domain.strategies import record

FIRST, SECOND = Listed("events/1", "a", 1, 0), Listed("events/2", "a", 1, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "log.sqlite"


def all_of(scratch: Scratch) -> dict[str, list[Record]]:
    return {found[0].batch.subject: found
            for part in range(PARTS) for found in scratch.users(part)}


def test_records_come_back_by_user_in_stream_order_each_once(path: Path) -> None:
    scratch = Scratch(path)
    found = [record(n, subject=f"user-{n % 3}") for n in range(9)]

    scratch.keep(FIRST, found[4:])
    scratch.keep(SECOND, found[:6])

    assert all_of(scratch) == {f"user-{n}": found[n::3] for n in range(3)}
    assert scratch.waiting() == 3


def test_who_is_settled_waits_no_more_until_the_log_tells_more(path: Path) -> None:
    scratch = Scratch(path)
    scratch.keep(FIRST, [record(1, subject="ann"), record(2, subject="bob")])

    scratch.settle(["ann"])

    assert set(all_of(scratch)) == {"bob"}
    scratch.keep(SECOND, [record(3, subject="ann")])
    assert len(all_of(scratch)["ann"]) == 2


def test_an_object_is_read_once_and_again_when_it_was_written_again(path: Path) -> None:
    scratch = Scratch(path)
    scratch.keep(FIRST, [record(1)])

    grown = FIRST._replace(tag="b")

    assert scratch.unread([FIRST, SECOND, grown]) == [SECOND, grown]


def test_an_object_that_was_half_kept_was_not_kept(path: Path) -> None:
    scratch = Scratch(path)
    scratch.keep(FIRST, [record(1)])

    with pytest.raises(AttributeError):
        scratch.keep(SECOND, [record(2), None])  # type: ignore[list-item]
    scratch.close()

    again = Scratch(path)
    assert again.unread([FIRST, SECOND]) == [SECOND]
    again.keep(SECOND, [record(2)])
    assert all_of(again) == {"ann": [record(1), record(2)]}


def test_what_could_not_be_read_is_remembered_and_read_again_until_it_can(path: Path) -> None:
    scratch = Scratch(path)
    scratch.keep(FIRST, [record(1)])
    torn = FIRST._replace(tag="torn")
    scratch.lack(torn, "damaged")
    scratch.lack(SECOND, "gone")
    scratch.close()

    again = Scratch(path)

    assert again.lacking() == [("events/1", "damaged"), ("events/2", "gone")]
    assert again.unread([torn, SECOND]) == [torn, SECOND]
    assert again.unread([FIRST]) == [FIRST]  # brought back: as it was before it was damaged
    again.keep(FIRST, [record(1)])
    assert again.lacking() == [("events/2", "gone")]
    assert again.unread([FIRST]) == []
    assert all_of(again) == {"ann": [record(1)]}


def test_the_file_is_its_owners_and_goes_when_all_is_done(path: Path) -> None:
    scratch = Scratch(path)
    scratch.keep(FIRST, [record(1)])
    mode = stat.S_IMODE(path.stat().st_mode)

    scratch.discard()

    assert mode == 0o600
    assert list(path.parent.iterdir()) == []
