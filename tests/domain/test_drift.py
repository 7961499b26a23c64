"""What was learned from has changed, or not: which change refuses a model, and which is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drift import (
    BEFORE,
    LEARNED_FROM,
    MAX_DRIFT,
    DriftError,
    Makeup,
    distance,
    refusals,
    remarks,
)

USUAL = Makeup({"view": 0.7, "click": 0.2, "purchase": 0.1}, 0.12, 1000, 0.8, (0.2, 0.4, 0.6))
MIXES = st.dictionaries(st.sampled_from("abcde"), st.floats(0.01, 1), min_size=1).map(
    lambda found: {name: share / sum(found.values()) for name, share in found.items()})


def config(now: Makeup = USUAL, before: Makeup | None = USUAL, **more: Any) -> dict[str, Any]:
    return {LEARNED_FROM: now.to_config(), **more,
            **({BEFORE: before.to_config()} if before else {})}


def test_what_a_card_says_is_read_back() -> None:
    assert Makeup.of(config()) == Makeup.of(config(), BEFORE) == USUAL


def test_cards_of_before_say_nothing_and_are_not_refused() -> None:
    assert Makeup.of({}) is None
    assert refusals({}) == refusals(config(before=None)) == []
    assert refusals({BEFORE: USUAL.to_config()}) == []


@pytest.mark.parametrize("damage", [
    [], {"types": {}}, USUAL.to_config() | {"newest": 2}, USUAL.to_config() | {"items": -1},
    USUAL.to_config() | {"types": {"view": "most"}}, USUAL.to_config() | {"scores": [1]}])
def test_a_card_that_says_it_in_other_words_is_refused(damage: Any) -> None:
    with pytest.raises(DriftError):
        Makeup.of({LEARNED_FROM: damage})
    for name in (LEARNED_FROM, BEFORE):
        (refusal,) = refusals({**config(), name: damage})
        assert refusal.startswith(f"the card does not say soundly what was learned from: {name}")


@given(MIXES, MIXES)
def test_a_distance_is_symmetric_and_lies_between_the_same_and_nothing_in_common(
    one: dict[str, float], other: dict[str, float]
) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert 0 <= distance(one, other) <= 1 + 1e-9
    assert distance(one, one) == pytest.approx(0, abs=1e-7)


def test_mixes_without_a_common_type_are_as_far_apart_as_can_be() -> None:
    assert distance({"view": 1.0}, {"click": 1.0}) == pytest.approx(1)


def test_a_type_of_one_event_in_twelve_may_not_vanish() -> None:
    for share, is_refused in ((1 / 12, True), (1 / 14, False)):
        before = USUAL._replace(types={"view": 1 - share, "purchase": share})
        now = USUAL._replace(types={"view": 1.0})

        found = refusals(config(now, before))

        assert bool(found) is is_refused
        assert all(f"purchase from {share:.1%} to 0.0%" in refusal for refusal in found)


def test_a_catalogue_may_shrink_to_its_half() -> None:
    assert refusals(config(USUAL._replace(items=500))) == []
    assert refusals(config(USUAL._replace(items=499))) == [
        "the catalogue shrank from 1,000 to 499 items"]


def test_whoever_means_it_says_so() -> None:
    now = Makeup({"share": 1.0}, 0.1, 10, 0.1, (0, 0, 0))

    assert len(refusals(config(now))) == 2
    assert refusals(config(now, max_drift=1.01, min_items_kept=0.0)) == []
    assert refusals(config(USUAL._replace(items=900), min_items_kept=0.95)) != []


@pytest.mark.parametrize(("now", "remark"), [
    (USUAL._replace(types={"view": 0.7, "click": 0.27, "purchase": 0.03}),
     "the mix of events moved by 0.13: purchase from 10.0% to 3.0%"),
    (USUAL._replace(newest=0.05),
     "the newest tenth of the time has 5.0% of the events, before it had 12.0%"),
    (USUAL._replace(touched=0.3), "30.0% of the items have events, before 80.0% had"),
    (USUAL._replace(scores=(0.2, 0.1, 0.6)),
     "the median of the best scores went from 0.40 to 0.10")])
def test_a_smaller_change_is_told_and_refuses_nothing(now: Makeup, remark: str) -> None:
    assert remarks(now, USUAL) == [remark]
    assert refusals(config(now)) == []


def test_of_what_stays_as_it_was_nothing_is_told() -> None:
    assert remarks(USUAL, USUAL) == refusals(config()) == []


def test_a_number_that_is_none_refuses() -> None:
    for none in (float("nan"), None, "far"):
        assert len(refusals(config(max_drift=none, min_items_kept=none))) == 2
    assert MAX_DRIFT < 1
