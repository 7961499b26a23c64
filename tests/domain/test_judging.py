"""Each limit for itself; and what holds however events fall into roll-ups."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.defence import NEW, OFF, REASONS, REGULAR, Defence
from domain.judging import DAY_MS, MINUTE_MS, judge, judge_pairs
from domain.ledger import Ledger, blank
from domain.page import PageRecord, Touch
from domain.touches import PAIR, Touches, gather
from tests.domain.strategies import NOW_MS

THEN_MS = NOW_MS - NOW_MS % DAY_MS + DAY_MS // 2  # noon, so that a day does not end in between
CLICK, BUY, HATE, SHOWN = 1.0, 5.0, -2.0, 0.0


def did(user: int, item: int, strength: float = CLICK, after_ms: int = 0, tag: int | None = None
        ) -> PageRecord:
    return PageRecord(0, user, (Touch(item, THEN_MS + after_ms, 2, strength, tag),))


def touches(*found: PageRecord) -> Touches:
    return gather(found, THEN_MS + 10 * DAY_MS)


def kept(rules: Defence, *found: PageRecord) -> list[float]:
    _, judged = judge(blank(THEN_MS), touches(*found), THEN_MS, rules)
    return [float(part) for part in judged.touches["kept"]]


def test_a_copy_of_an_event_is_no_event() -> None:
    ledger, first = judge(blank(THEN_MS), touches(did(1, 1, tag=5), did(1, 1, tag=5)), THEN_MS, OFF)

    ledger, again = judge(ledger, touches(did(1, 2, tag=5), did(2, 1, tag=5)), THEN_MS + 1, OFF)

    assert (len(first.touches), first.repeated) == (1, 1)
    assert (again.touches["user"].tolist(), again.repeated) == ([2], 1)


def test_events_without_a_tag_are_all_different() -> None:
    _, judged = judge(blank(THEN_MS), touches(did(1, 1), did(1, 1)), THEN_MS, OFF)

    assert (len(judged.touches), judged.repeated) == (2, 0)


def test_of_a_users_minute_the_first_events_count() -> None:
    rules = OFF._replace(user_per_minute=2)

    assert kept(rules, *(did(1, n) for n in range(4)), did(1, 1, after_ms=MINUTE_MS),
                did(2, 1)) == [1, 1, 0, 0, 1, 1]


def test_events_that_say_nothing_take_of_the_minute_as_well() -> None:
    rules = OFF._replace(user_per_minute=2)

    assert kept(rules, did(1, 1, SHOWN), did(1, 1, SHOWN), did(1, 1)) == [1, 1, 0]


def test_of_a_users_day_with_an_item_a_limited_strength_counts() -> None:
    rules = OFF._replace(user_item_per_day=6)

    assert kept(rules, did(1, 1, BUY), did(1, 1, BUY), did(1, 1), did(1, 2, BUY), did(2, 1, BUY),
                ) == [1, 0.2, 0, 1, 1]


def test_for_an_item_and_against_it_is_limited_apart() -> None:
    rules = OFF._replace(user_item_per_day=5)

    assert kept(rules, did(1, 1, BUY), did(1, 1, HATE), did(1, 1, HATE), did(1, 1, HATE),
                did(1, 1, SHOWN)) == [1, 1, 1, 0.5, 1]


def test_another_day_is_another_limit_but_older_ones_are_one() -> None:
    rules = OFF._replace(user_item_per_day=5)
    days = [did(1, 1, BUY, -n * DAY_MS) for n in range(4)]

    assert kept(rules, *days) == [1, 1, 0, 0]


def known(*users: int, since_ms: int = THEN_MS - 2 * DAY_MS) -> Ledger:
    """A ledger that met these users on many items, and was used to nobody else."""
    rules = Defence(user_per_minute=0)
    before = [did(user, item, BUY, since_ms - THEN_MS)
              for user in users for item in range(100, 140)]
    return judge(blank(since_ms), gather(before, since_ms), since_ms, rules)[0]


def test_newcomers_alone_do_not_make_an_item() -> None:
    ledger = known(*range(100))
    crowd = [did(1_000 + n, 7) for n in range(400)]

    _, judged = judge(ledger, touches(*crowd), THEN_MS, Defence())

    assert judged.touches["kept"].sum() == pytest.approx(10)
    assert judged.lost.sum(axis=0).tolist() == [0, 0, pytest.approx(390), 0]


def test_regular_users_make_an_item_whatever_they_say_else_today() -> None:
    ledger = known(*range(400))
    crowd = [did(n, 7) for n in range(400)] + [did(n, 8 + n % 90) for n in range(400)]

    _, judged = judge(ledger, touches(*crowd), THEN_MS, Defence())

    assert judged.touches["kept"].tolist() == [1.0] * 800


def test_who_is_all_for_one_item_today_has_no_more_weight_than_who_passes() -> None:
    ledger = known(*range(400))

    _, judged = judge(ledger, touches(*(did(n, 7) for n in range(400))), THEN_MS, Defence())

    assert judged.touches["kept"].sum() == pytest.approx(10)


def test_who_was_met_today_is_new_until_tomorrow() -> None:
    ledger = known(*range(100), since_ms=THEN_MS - DAY_MS // 4)
    users = np.arange(100)

    levels = [ledger.people.levels(users, (THEN_MS + later) // MINUTE_MS, Defence()).tolist()
              for later in (0, DAY_MS)]

    assert levels == [[NEW] * 100, [REGULAR] * 100]


def pairs(n: int, user: int = 1_000, second: int = 7) -> np.ndarray:
    made = np.zeros(n, PAIR)
    made["user"], made["first"], made["second"] = user + np.arange(n), 100, second
    made["at_ms"], made["kept"] = THEN_MS, 1
    return made


def test_newcomers_alone_do_not_make_a_co_visit() -> None:
    ledger, found = known(*range(100)), pairs(400)
    others = np.concatenate([pairs(1, user, 100 + n) for n in range(8) for user in range(100)])
    ledger, _ = judge_pairs(ledger._replace(ref_ms=THEN_MS), others, Defence())

    after, lost = judge_pairs(ledger, found, Defence())

    assert found["kept"].sum() == pytest.approx(3)
    assert lost.sum(axis=0).tolist() == [0, 0, 0, pytest.approx(397)]
    assert len(after.pairs.keys) == len(ledger.pairs.keys) + 1


def test_what_is_lost_is_what_is_not_kept() -> None:
    found = [did(n % 3, n % 2, strength) for n in range(40)
             for strength in (CLICK, BUY, HATE, SHOWN)]
    rules = Defence(user_per_minute=30, user_item_per_day=8)

    _, judged = judge(blank(THEN_MS), touches(*found), THEN_MS, rules)

    strengths = np.abs(judged.touches["strength"])
    assert judged.lost.sum(axis=1) == pytest.approx(strengths * (1 - judged.touches["kept"]))
    assert judged.lost.shape == (len(found), len(REASONS))


events = st.lists(st.builds(
    did, user=st.integers(1, 2), item=st.integers(1, 2),
    strength=st.sampled_from([CLICK, BUY, HATE, SHOWN]), after_ms=st.integers(0, 3 * MINUTE_MS),
    tag=st.none() | st.integers(0, 6)), max_size=20)


@given(events, st.lists(st.integers(0, 20), max_size=4))
def test_what_concerns_one_user_is_the_same_however_events_fall_into_roll_ups(
    found: list[PageRecord], cuts: list[int]
) -> None:
    rules = OFF._replace(user_per_minute=3, user_item_per_day=7)
    bounds = [0, *sorted(cuts), len(found)]
    ledger, parts = blank(THEN_MS), []
    for step, (start, end) in enumerate(pairwise(bounds)):
        ledger, judged = judge(ledger, touches(*found[start:end]), THEN_MS + step * 60_000, rules)
        parts += judged.touches.tolist()

    once, judged = judge(blank(THEN_MS), touches(*found), THEN_MS, rules)

    assert parts == judged.touches.tolist()
    assert ledger.days.keys.tolist() == once.days.keys.tolist()
    assert ledger.days.amounts.tolist() == once.days.amounts.tolist()


@given(events)
def test_limits_hold(found: list[PageRecord]) -> None:
    rules = OFF._replace(user_per_minute=3, user_item_per_day=7)

    _, judged = judge(blank(THEN_MS), touches(*found), THEN_MS, rules)

    minutes, days = defaultdict[tuple[int, int], float](float), defaultdict[object, float](float)
    for user, item, at_ms, _, strength, _, part in judged.touches.tolist():
        minutes[user, at_ms // MINUTE_MS] += part > 0
        days[user, item, strength > 0] += part * abs(strength)
    assert max(days.values(), default=0) <= 7
    assert max(minutes.values(), default=0) <= 3
