"""A model comes to some first where two fit, and to all where they do not."""

import pytest

from functions.registry import Entry, RegistryError
from functions.rolling import Room, let_serve
from tests.functions.stage import NOW_MS, Stage

OLD, NEW = "a" * 16, "b" * 16
ROOM = Room.of("true", "0", "1769")
LARGE = 500_000_000


def judged(stage: Stage, size_bytes: int = 0) -> None:
    for version in (OLD, NEW):
        stage.registry().record(Entry(version, NOW_MS, f"job-{version}", [], {}, "", size_bytes))


def test_settings_say_who_sees_it_first() -> None:
    assert Room(1769, 0.01) == ROOM
    assert Room.of("true", "0.05", "1769") == Room(1769, 0.0, 0.05)
    assert Room.of("false", "0.05", "512") == Room(512, 1.0)


def test_the_first_model_comes_to_all(stage: Stage) -> None:
    judged(stage)

    assert let_serve(stage.registry(), OLD, 0.01, ROOM, NOW_MS) == 1

    assert stage.registry().current() == (OLD, NOW_MS)


def test_the_next_one_comes_to_some_beside_it(stage: Stage) -> None:
    judged(stage)
    let_serve(stage.registry(), OLD, 0.01, ROOM, NOW_MS)

    assert let_serve(stage.registry(), NEW, 0.01, ROOM, NOW_MS + 1) == 0.01

    found = stage.registry().pointer()
    assert found
    assert found.rollout
    assert (found.version, found.since_ms, found.rollout.candidate) == (OLD, NOW_MS, NEW)


def test_or_to_nobody_at_first_and_makes_lists_in_the_shadow_of_some(stage: Stage) -> None:
    judged(stage)
    room = Room.of("true", "0.05", "1769")
    let_serve(stage.registry(), OLD, room.first_share, room, NOW_MS)

    assert let_serve(stage.registry(), NEW, room.first_share, room, NOW_MS + 1) == 0

    found = stage.registry().pointer()
    assert found
    assert found.rollout == (NEW, 0.0, NOW_MS + 1, NOW_MS + 1, 0.05)


@pytest.mark.parametrize(("share", "size_bytes", "version"), [
    (1.0, 0, NEW), (0.01, LARGE, NEW), (0.01, 0, OLD)])
def test_it_comes_to_all_if_asked_or_where_a_copy_holds_one_alone_or_it_serves(
    stage: Stage, share: float, size_bytes: int, version: str
) -> None:
    judged(stage, size_bytes)
    let_serve(stage.registry(), OLD, 0.01, ROOM, NOW_MS)

    assert let_serve(stage.registry(), version, share, ROOM, NOW_MS + 1) == 1

    assert stage.registry().current() == (version, NOW_MS + 1)


def test_a_later_decision_stands(stage: Stage) -> None:
    judged(stage)
    let_serve(stage.registry(), OLD, 1, ROOM, NOW_MS)

    assert let_serve(stage.registry(), NEW, 0.01, ROOM, NOW_MS) is None
    assert let_serve(stage.registry(), NEW, 1, ROOM, NOW_MS) is None


def test_what_was_never_promoted_comes_to_nobody(stage: Stage) -> None:
    with pytest.raises(RegistryError):
        let_serve(stage.registry(), NEW, 0.01, ROOM, NOW_MS)
