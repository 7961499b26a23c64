"""What lies by position is all that was sent, and no more."""

from dataclasses import replace
from typing import Any

from domain.layout import REPLAYS
from domain.record import Position
from soak.case import ITEMS, LOG, USERS, Case
from soak.kept import problems
from soak.taken import Taken
from tests.soak.stage import BAD, batch, case, somewhere, stream

MADE = stream(batch("ada", "1", "2"), BAD, batch("b", "1"), batch("ada", "3"))
TAKEN = Taken.of(MADE)
PLACE = somewhere(TAKEN)
(BAD_PLACE,) = TAKEN.unreadable


def changed(**found: Any) -> Case:
    whole = case(MADE)
    return replace(whole, found=replace(whole.found, **found))


def without(entries: dict[Position, Any], place: Position = PLACE) -> dict[Position, Any]:
    return {position: entry for position, entry in entries.items() if position != place}


WHOLE = case(MADE).found


def test_all_that_was_sent_is_no_problem() -> None:
    assert list(problems(case(MADE))) == []


def test_a_lost_record_is_told_of_pages_and_of_the_log() -> None:
    found = changed(pages=without(WHOLE.pages), log=without(WHOLE.log))

    assert [p.split(":")[0] for p in problems(found)] == ["page", "log"]


def test_another_content_is_told() -> None:
    other = WHOLE.pages[somewhere(TAKEN, 1)]
    found = changed(pages={**WHOLE.pages, PLACE: other},
                    log={**WHOLE.log, PLACE: [batch("ada", "9")]})

    assert [p.split(":")[0] for p in problems(found)] == ["page", "log"]


def test_what_nobody_sent_is_told() -> None:
    place = Position("shardId-000000000000", 7)
    found = changed(log={**WHOLE.log, place: [batch("ada", "9")]})

    assert list(problems(found)) == [f"log: {place} was never sent"]


def test_a_parked_record_may_be_missing_where_it_was_parked_and_nowhere_else() -> None:
    sent = {record.position: data for record, data in
            zip(TAKEN.records, (r["Data"] for s in MADE.shards for r in s.records
                                if r["Data"] != BAD), strict=True)}
    there = {ITEMS: {PLACE: sent[PLACE]}}

    missing = changed(pages=without(WHOLE.pages), parked=there)
    elsewhere = changed(log=without(WHOLE.log), parked=there)

    assert list(problems(missing)) == []
    assert list(problems(elsewhere)) == [f"log: {PLACE} is lost"]


def test_what_is_parked_is_what_was_sent() -> None:
    found = changed(parked={LOG: {PLACE: b"something else"}})

    assert list(problems(found)) == [f"parked: {PLACE} of {LOG} is not what was sent"]


def test_a_record_that_came_late_stands_at_its_place_or_among_replays() -> None:
    (entry,) = WHOLE.pages[PLACE]
    moved = {Position(REPLAYS, 5): {entry._replace(sequence=5)}}

    def late(pages: dict[Position, Any], *places: Position) -> list[str]:
        return list(problems(replace(changed(pages=pages), replayed={ITEMS: {*places}})))

    for pages in ({**without(WHOLE.pages), **moved}, WHOLE.pages, {**WHOLE.pages, **moved}):
        assert late(pages, PLACE) == []
    assert "neither at its place nor among replays" in late(without(WHOLE.pages), PLACE)[0]
    assert "was not replayed" in late({**WHOLE.pages, **moved})[0]


def test_what_a_replay_left_out_as_its_user_was_erased_is_nowhere() -> None:
    there = {verb: {PLACE} for verb in (ITEMS, LOG)}
    missing = changed(pages=without(WHOLE.pages), log=without(WHOLE.log))

    assert list(problems(replace(missing, replayed=there, dropped=there))) == []
    assert len(list(problems(replace(missing, replayed=there)))) == 2


def test_quarantine_holds_what_nobody_can_read_with_the_reason_and_nothing_else() -> None:
    gone = changed(quarantined={})
    silent = changed(quarantined={BAD_PLACE: ("", BAD)})
    other = changed(quarantined={BAD_PLACE: ("unreadable", b"half")})
    more = changed(quarantined={**WHOLE.quarantined, PLACE: ("unreadable", b"x")})
    everywhere = changed(quarantined={}, parked={
        verb: {BAD_PLACE: BAD} for verb in (USERS, ITEMS, LOG)})

    for wrong in (gone, silent, other):
        assert list(problems(wrong)) == [f"quarantine: {BAD_PLACE} is not there as it was"]
    assert list(problems(more)) == [f"quarantine: {PLACE} can be read"]
    assert list(problems(everywhere)) == []


def test_an_event_that_was_accepted_and_is_not_on_the_stream_is_told() -> None:
    whole = case(MADE)
    promised = replace(whole, accepted=[*whole.accepted, ("ada", "promised")])

    assert list(problems(promised)) == [
        "lost: promised of ada was accepted and is not on the stream"]
