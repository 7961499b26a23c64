"""What is admitted is on the stream, its owner's; a session is joined once for good."""

import pytest

from domain.event import Batch
from domain.record import decode_batch
from functions.admission import admit, join
from functions.users import ErasedError
from tests.functions.stage import NOW_MS, Stage, clicks


def batch(subject: str) -> Batch:
    return Batch(subject, NOW_MS, clicks("i1"))


def admitted(stage: Stage, subject: str) -> Batch:
    return admit(batch(subject), stage.stream(), stage.users(), stage.sessions())[0]


def test_a_batch_is_put_as_it_is(stage: Stage) -> None:
    assert admitted(stage, "ann") == batch("ann")
    assert [decode_batch(data) for data in stage.on_stream()] == [batch("ann")]


def test_a_session_that_was_joined_is_its_users(stage: Stage) -> None:
    join("~s", "ann", NOW_MS, "r-1", stage.stream(), stage.sessions())

    assert admitted(stage, "~s").subject == "ann"
    first, second = map(decode_batch, stage.on_stream())
    assert (first.subject, first.joins, first.request_id) == ("ann", "~s", "r-1")
    assert second == batch("ann")


def test_nothing_of_who_was_erased_is_put(stage: Stage) -> None:
    stage.users().erase("ann", NOW_MS)

    with pytest.raises(ErasedError):
        admitted(stage, "ann")

    assert stage.on_stream() == []
