"""Who sees a candidate goes on to, what does harm leaves at once, and noise is no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calls import Both, Counts
from domain.features import Interaction
from domain.harm import ENOUGH
from domain.rollout import (
    CLICK_MS,
    COPY_MB,
    GO_ON,
    LEAVE,
    PATIENCE_MS,
    SHADOW,
    STEP_MS,
    STEPS,
    WAIT,
    Rollout,
    Verdict,
    decide,
    has_clicked,
    has_room,
    told,
)
from tests.domain.counted import calls

NOW_MS = 1_760_000_000_000
CLICK, VIEW = 2, 1
FIRST = Rollout("a" * 16, STEPS[0], NOW_MS, NOW_MS)
UNSEEN = FIRST._replace(share=SHADOW, sample=0.05)
shares = st.floats(0.001, 1.0)


def verdict(candidate: Counts, stable: Counts, after_ms: int = STEP_MS) -> Verdict:
    return decide(FIRST, Both(candidate, stable), NOW_MS + after_ms)


@given(st.text(max_size=20), shares, shares)
def test_growing_the_share_never_moves_a_user_back(
    subject: str, first: float, second: float
) -> None:
    low, high = (FIRST._replace(share=share) for share in sorted((first, second)))

    assert high.takes(subject) or not low.takes(subject)


def test_as_many_see_it_as_the_share_says_and_others_each_time() -> None:
    users = [f"user-{n}" for n in range(20_000)]
    other = FIRST._replace(candidate="b" * 16)

    seen = {user for user in users if FIRST.takes(user)}
    seen_next = {user for user in users if other.takes(user)}

    assert len(seen) == pytest.approx(200, abs=60)
    assert len(seen & seen_next) < 20


def test_it_goes_by_steps_from_wherever_it_began() -> None:
    second = FIRST.next(NOW_MS + 1)

    assert second == Rollout("a" * 16, 0.1, NOW_MS, NOW_MS + 1)
    assert FIRST._replace(share=0.3).next(NOW_MS) == FIRST._replace(share=0.5)
    assert FIRST._replace(share=0.5).next(NOW_MS) is None


def test_who_is_in_the_shadow_sees_nothing_of_it_and_is_among_the_first_who_will() -> None:
    users = [f"user-{n}" for n in range(5_000)]

    sampled = {user for user in users if UNSEEN.shadows(user)}

    assert len(sampled) == pytest.approx(250, abs=70)
    assert not any(UNSEEN.takes(user) for user in users)
    assert {user for user in users if FIRST.takes(user)} <= sampled
    assert not any(FIRST._replace(sample=0.05).shadows(user) for user in users)
    assert UNSEEN.next(NOW_MS) == FIRST


def test_what_is_made_in_the_shadow_is_judged_like_what_is_shown() -> None:
    alike = Counts(places=(400,), alike=(300,))

    good = decide(UNSEEN, Both(calls(ENOUGH) + alike, calls(ENOUGH)), NOW_MS + STEP_MS)
    bad = decide(UNSEEN, Both(calls(99, empty=99), calls(99)), NOW_MS + 1)
    failing = decide(UNSEEN, Both(calls(5, failed=5), calls(200)), NOW_MS + 1)

    assert good == (GO_ON, "nothing is worse in 200 calls, which hold 75% of what was shown")
    assert bad.act == WAIT  # of fewer than `ENOUGH` lists nothing is said
    assert failing.act == LEAVE


def test_a_sample_of_which_nobody_asks_holds_nothing_up_and_silence_among_many_does() -> None:
    after_ms = NOW_MS + PATIENCE_MS

    assert decide(UNSEEN, Both(), after_ms).act == GO_ON
    assert decide(UNSEEN, Both(), after_ms - 1).act == WAIT
    assert decide(UNSEEN, Both(stable=calls(ENOUGH)), after_ms).act == LEAVE


def test_it_goes_on_when_enough_was_seen_for_long_enough() -> None:
    seen = calls(ENOUGH), calls(20_000)

    assert verdict(*seen).act == GO_ON
    assert verdict(*seen, STEP_MS - 1).act == WAIT
    assert verdict(calls(ENOUGH - 1), seen[1]).act == WAIT


def test_it_leaves_as_soon_as_it_does_harm() -> None:
    found = verdict(calls(5, failed=5), calls(400), 60_000)

    assert found.act == LEAVE
    assert "fail" in found.why


def test_where_few_ask_it_goes_on_after_a_while_with_what_there_is() -> None:
    assert verdict(calls(2), calls(99), PATIENCE_MS - 1).act == WAIT
    assert verdict(calls(2), calls(99), PATIENCE_MS).act == GO_ON


def test_where_nobody_asks_or_nobody_counts_it_stays_where_it_is() -> None:
    assert verdict(Counts(), Counts(), 9 * PATIENCE_MS).act == WAIT


def test_a_candidate_that_is_half_of_all_and_answers_nobody_leaves() -> None:
    half, seen = FIRST._replace(share=0.5), Both(Counts(), calls(ENOUGH))

    found = decide(half, seen, NOW_MS + PATIENCE_MS)

    assert found.act == LEAVE
    assert "answered nobody" in found.why
    assert decide(FIRST, seen, NOW_MS + PATIENCE_MS).act == GO_ON  # 1% of few users are nobody
    assert decide(half, Both(stable=calls(ENOUGH - 1)), NOW_MS + PATIENCE_MS).act == GO_ON


def test_a_copy_has_room_for_two_of_what_it_holds_twice() -> None:
    size = 200_000_000

    assert has_room((size, size), COPY_MB + 800)
    assert not has_room((size, size), COPY_MB + 799)


def test_a_click_counts_while_it_is_new_and_since_the_share_was_set() -> None:
    history = [Interaction(NOW_MS + 1, 7, CLICK), Interaction(NOW_MS + 2, 7, VIEW)]

    assert has_clicked(history, CLICK, FIRST, NOW_MS + CLICK_MS)
    assert not has_clicked(history, CLICK, FIRST, NOW_MS + CLICK_MS + 2)
    assert not has_clicked(history, CLICK, FIRST._replace(since_ms=NOW_MS + 2), NOW_MS + 3)
    assert not has_clicked((), CLICK, FIRST, NOW_MS)


def test_it_is_told_with_its_share() -> None:
    assert told(FIRST, calls(9)) == {
        "version": "a" * 16, "share": 0.01, "sample": 0.0, "began_ms": NOW_MS,
        "since_ms": NOW_MS, "calls": 9, "alike": None}
    assert told(UNSEEN, Counts(places=(4,), alike=(1,)))["alike"] == 0.25
