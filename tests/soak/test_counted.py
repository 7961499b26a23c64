"""Trends in which an event is missing, or counts twice, show."""

from dataclasses import replace

import pytest

from domain.trends import Trends, empty
from soak.case import ITEMS, Case
from soak.counted import problems
from soak.stream import Stream
from soak.taken import Taken
from tests.domain.plain_trends import absorbed
from tests.soak.stage import NOW_MS, batch, case, somewhere, stream

LATER_MS = NOW_MS + 600_000
MADE = stream(batch("ada", "1", "2", "3"), batch("b", "1", type_="dislike"),
              batch("ada", "4", at_ms=NOW_MS + 4000), batch("b", "2", at_ms=NOW_MS + 9000))


def pages(of: Case) -> list[tuple[str, object]]:
    return [(p.shard_id, entry) for p, found in of.found.pages.items() for entry in found]


def rolled(of: Case, *steps_ms: int, times: int = 1) -> Case:
    """With trends rolled up in several steps, each time of all pages or only of new ones."""
    trends = empty(steps_ms[0])
    for step_ms in steps_ms:
        for _ in range(times):
            trends = trends._replace(covered={} if times > 1 else trends.covered)
            trends = absorbed(trends, pages(of), step_ms)  # type: ignore[arg-type]
    return with_trends(of, trends)


def with_trends(of: Case, trends: Trends) -> Case:
    return replace(of, found=replace(of.found, trends=trends))


def sorts(of: Case) -> set[str]:
    return {" ".join(problem.split()[:2]) for problem in problems(of)}


def test_one_roll_up_and_several_are_alike() -> None:
    whole = case(MADE)

    assert list(problems(whole)) == []
    assert list(problems(rolled(whole, NOW_MS + 60_000, NOW_MS + 120_000, LATER_MS))) == []


def test_what_counts_twice_is_told() -> None:
    assert {"trends: count", "trends: weight"} <= sorts(rolled(case(MADE), LATER_MS, times=2))


def test_a_record_that_is_not_counted_is_told() -> None:
    whole = case(MADE)
    part = replace(whole, found=replace(whole.found, pages=dict(
        list(whole.found.pages.items())[1:])))

    told = list(problems(with_trends(whole, rolled(part, LATER_MS).found.trends)))

    assert any("count" in problem for problem in told)


def test_a_shard_that_is_not_covered_is_told() -> None:
    whole = case(MADE)
    trends = whole.found.trends._replace(covered={})

    assert "is not counted" in next(problems(with_trends(whole, trends)))


def test_other_co_visits_are_told() -> None:
    whole = case(MADE)
    trends = whole.found.trends._replace(pair_weights=whole.found.trends.pair_weights * 2)

    assert sorts(with_trends(whole, trends)) == {"trends: pair"}


def ahead() -> Stream:
    return stream(batch("ada", "1", "2", at_ms=NOW_MS + 200_000, ahead_ms=200_000))


@pytest.mark.parametrize("seen_ms", [NOW_MS + 1000, NOW_MS + 100_000, LATER_MS])
def test_an_event_ahead_of_the_clock_may_be_dated_to_the_roll_up_that_saw_it(seen_ms: int) -> None:
    assert list(problems(rolled(case(ahead()), seen_ms, LATER_MS))) == []


def test_an_event_ahead_of_the_clock_counts_once_all_the_same() -> None:
    assert "trends: count" in sorts(rolled(case(ahead()), NOW_MS, LATER_MS, times=2))


def test_a_parked_record_may_be_counted_or_not() -> None:
    whole = case(MADE)
    place = somewhere(Taken.of(MADE))
    part = replace(whole, found=replace(whole.found, pages={
        p: found for p, found in whole.found.pages.items() if p != place}))
    there = {ITEMS: {place: b""}}

    for of in (whole, with_trends(whole, rolled(part, LATER_MS).found.trends)):
        assert list(problems(replace(of, found=replace(of.found, parked=there)))) == []
