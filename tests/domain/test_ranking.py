"""What is shown, in which order, and why."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ranking import MIN_SHARE, Candidate, Found, Part, choose, reasons

scores = st.floats(-10, 10)
parts = st.lists(st.builds(Part, st.sampled_from(["taste", "co-visit", "popular"]), scores,
                           st.lists(st.integers(0, 3), max_size=3).map(tuple)), max_size=4)
candidates = st.lists(st.builds(Found, st.integers(0, 9), scores, st.just(tuple)), max_size=20)


def name(key: int) -> str | None:
    return None if key == 0 else f"item {key}"


@given(candidates, st.sets(st.integers(0, 9)), st.integers(0, 12))
def test_a_list_has_the_first_k_in_order_none_hidden_none_twice(
    found: list[Found], hidden: set[int], k: int
) -> None:
    chosen = choose(found, hidden.__contains__, k)

    first = {c.key: c for c in reversed(found) if c.key not in hidden}
    wanted = sorted(first.values(), key=lambda c: found.index(c))
    assert [c.key for c in chosen] == [c.key for c in wanted][:k]
    assert all(c in found for c in chosen)


def test_no_places_are_an_empty_list() -> None:
    assert choose([Found(1, 1.0, tuple)], lambda _: False, -1) == []


def test_candidates_beyond_the_list_are_not_made() -> None:
    endless = (Found(key, 0.0, tuple) for key in count())

    assert [c.key for c in choose(endless, lambda _: False, 3)] == [0, 1, 2]


def test_a_source_of_which_everything_is_hidden_is_given_up() -> None:
    endless = (Found(key, 0.0, tuple) for key in count())

    assert choose(endless, lambda _: True, 3, most=50) == []
    assert next(endless).key == 50


@given(parts)
def test_reasons_are_what_raised_the_score_strongest_first(found: list[Part]) -> None:
    why = reasons(Candidate(1, 0.0, tuple(found)), name)

    raised = {id(p): p.score for p in found if p.score > 0}
    total = sum(raised.values())
    wanted = sorted((s / total for s in raised.values() if s / total >= MIN_SHARE), reverse=True)
    if not raised:
        wanted = [0.0] * bool(found)
    assert [reason["share"] for reason in why] == pytest.approx(wanted, abs=6e-4)
    assert sum(reason["share"] for reason in why) <= 1.002
    assert {reason["signal"] for reason in why} <= {part.signal for part in found}


def test_a_reason_names_the_events_that_have_a_name() -> None:
    candidate = Candidate(9, 3.0, (Part("co-visit", 1.0, (2, 0, 1)), Part("taste", 3.0, (3,)),
                                   Part("popular", -1.0)))

    why = reasons(candidate, name)

    assert why == [
        {"signal": "taste", "share": 0.75, "because": ["item 3"]},
        {"signal": "co-visit", "share": 0.25, "because": ["item 2", "item 1"]},
    ]


def test_a_share_has_three_digits() -> None:
    candidate = Candidate(9, 3.0, (Part("taste", 2.0), Part("popular", 1.0)))

    assert [reason["share"] for reason in reasons(candidate, name)] == [0.667, 0.333]


def test_a_signal_too_weak_to_matter_is_not_named() -> None:
    candidate = Candidate(9, 1.0, (Part("taste", 0.951), Part("popular", 0.049)))

    assert [reason["signal"] for reason in reasons(candidate, name)] == ["taste"]


def test_where_nothing_raised_the_score_the_reason_is_what_speaks_least_against_it() -> None:
    candidate = Candidate(1, -3.0, (Part("taste", -2.0), Part("popular", -1.0)))

    assert reasons(candidate, name) == [{"signal": "popular", "share": 0.0, "because": []}]


def test_a_candidate_without_parts_has_no_reason() -> None:
    assert reasons(Candidate(1, 0.0), name) == []
