"""What surfaces spend on exploration, and what no deployment may say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.budget import Budget, BudgetError, Budgets


def test_a_surface_spends_what_it_is_given_and_others_nothing() -> None:
    found = Budgets.from_json('{"recommendations": {"share": 0.2, "first": 4}, '
                              '"similar": {"share": 0.1}, "trending": {"share": 0}}')

    assert found.of("recommendations") == Budget(0.2, 4)
    assert found.of("similar") == Budget(0.1, 2)
    assert found.of("trending") is None
    assert found.of("slates", "hero") is None


def test_a_placement_goes_before_all_slates() -> None:
    found = Budgets.from_json('{"slates": {"share": 0.2}, "slates.hero": {"share": 0}, '
                              '"slates.last": {"share": 0.5}}')

    assert found.of("slates", "other") == Budget(0.2)
    assert found.of("slates", "hero") is None
    assert found.of("slates", "last") == Budget(0.5)


@given(st.builds(Budget, st.floats(0, 1), st.integers(1, 6)), st.integers(0, 50))
def test_places_are_whole_and_none_is_before_the_first(budget: Budget, k: int) -> None:
    places = budget.places(k)

    assert 0 <= places <= budget.share * k + 1e-9
    assert places <= max(0, k - budget.first + 1)


@pytest.mark.parametrize(("said", "reason"), [
    ("{", "exploration: "), ("[]", "exploration"), ('{"ranking": {"share": 0.1}}', "must be reco"),
    ('{"slates.": {"share": 0.1}}', "must be reco"), ('{"similar": {}}', "share is required"),
    ('{"similar": {"share": 0.6}}', "at most"),
    ('{"similar": {"share": 0.1, "first": 0}}', "first"),
    ('{"similar": {"share": 0.1, "last": 1}}', "last")])
def test_what_nobody_may_say_is_refused(said: str, reason: str) -> None:
    with pytest.raises(BudgetError, match=reason):
        Budgets.from_json(said)
