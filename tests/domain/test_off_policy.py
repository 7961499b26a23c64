"""Estimates of another way to choose, beside what is true of it."""

import math

import numpy as np
import pytest

from domain.erasure import Act, Forgotten, Mark
from domain.event import Batch, Event
from domain.key import subject_hash
from domain.off_policy import (
    Logged,
    OffPolicyError,
    Shown,
    doubly_robust,
    impressions_of,
    ips,
    snips,
)
from domain.probe import USER
from domain.record import Position, Record

SHOWN = np.array([0.5, 0.25, 0.15, 0.1])  # by the way that was used
OTHER = np.array([0.1, 0.2, 0.3, 0.4])
RATES = np.array([0.02, 0.05, 0.1, 0.2])
TRUTH = float(OTHER @ RATES)


def logged(n: int, seed: int = 1) -> tuple[Logged, np.ndarray]:
    """Impressions and the items that were shown."""
    draw = np.random.default_rng(seed)
    items = draw.choice(4, n, p=SHOWN)
    clicks = (draw.random(n) < RATES[items]).astype(float)
    return Logged(clicks, SHOWN[items], OTHER[items]), items


def test_estimates_are_right_and_know_how_sure_they_are() -> None:
    found, items = logged(100_000)
    wrong = np.full(4, 0.3)  # a model that knows nothing

    for estimate in (ips(found), snips(found),
                     doubly_robust(found, wrong[items], np.full(100_000, 0.3)),
                     doubly_robust(found, RATES[items], np.full(100_000, TRUTH))):
        assert estimate.value == pytest.approx(TRUTH, rel=0.05)
        assert abs(estimate.value - TRUTH) < 4 * estimate.standard_error


def test_errors_are_as_large_as_they_are_said_to_be() -> None:
    found = [ips(logged(2_000, seed)[0]) for seed in range(200)]

    spread = np.std([estimate.value for estimate in found])
    assert spread == pytest.approx(np.mean([e.standard_error for e in found]), rel=0.2)


def test_a_model_that_knows_makes_the_estimate_surer() -> None:
    found, items = logged(5_000)

    robust = doubly_robust(found, RATES[items], np.full(5_000, TRUTH))

    assert robust.standard_error < ips(found).standard_error


def test_the_way_that_was_used_is_estimated_by_what_it_brought() -> None:
    found, _ = logged(5_000)
    same = found._replace(target=found.propensities)

    for estimate in (ips(same), snips(same)):
        assert estimate.value == pytest.approx(found.rewards.mean())
        assert estimate.effective == pytest.approx(5_000)


def test_one_impression_says_nothing_for_sure() -> None:
    found = ips(Logged(np.ones(1), np.full(1, 0.5), np.full(1, 0.5)))

    assert found == (1.0, math.inf, 1.0)


def test_what_the_target_never_shows_says_nothing_of_it() -> None:
    never = Logged(np.ones(3), np.full(3, 0.5), np.zeros(3))

    assert ips(never)[::2] == (0.0, 0.0)
    with pytest.raises(OffPolicyError, match="shows nothing"):
        snips(never)


@pytest.mark.parametrize(("propensity", "target", "reason"), [
    (0.0, 0.5, "propensity"), (1.1, 0.5, "propensity"), (math.nan, 0.5, "propensity"),
    (0.5, -0.1, "target"), (0.5, 1.1, "target")])
def test_odds_that_are_none_are_refused(propensity: float, target: float, reason: str) -> None:
    with pytest.raises(OffPolicyError, match=reason):
        ips(Logged(np.ones(1), np.full(1, propensity), np.full(1, target)))


def test_nothing_says_nothing() -> None:
    with pytest.raises(OffPolicyError, match="nothing"):
        ips(Logged(np.zeros(0), np.zeros(0), np.zeros(0)))


def event(kind: str, item_id: str, list_id: str | None, odds: float | None = None) -> Event:
    return Event(f"{kind}-{item_id}-{list_id}", kind, item_id, 1, None, None, list_id,
                 propensity=odds)


def test_impressions_are_read_with_their_odds_and_clicks() -> None:
    events = (event("click", "a", "l1"), event("impression", "a", "l1", 0.25),
              event("impression", "a", "l1", 0.25), event("impression", "b", "l1", 1),
              event("impression", "a", "l2", 0.5), event("impression", "c", "l1"),
              event("impression", "d", "l1", 0), event("impression", "f", None, 0.5),
              event("view", "g", "l1", 0.5))
    batches = [Batch("ann", 1, events), Batch("bob", 1, events[:1]), Batch("eve", 1, events),
               Batch(USER, 1, events)]

    found = impressions_of([Record(Position("s", n), batch) for n, batch in enumerate(batches)],
                           Forgotten.of([Mark(subject_hash("eve"), 2, Act.ERASED)]))

    assert found == [Shown("ann", "a", "l1", 0.25, True, 1), Shown("ann", "b", "l1", 1.0, False, 1),
                     Shown("ann", "a", "l2", 0.5, False, 1)]


def test_a_list_that_many_keep_is_one_draw() -> None:
    found, _ = logged(300)
    tens = Logged(*(np.repeat(part, 10) for part in found[:3]), np.repeat(np.arange(300), 10))

    assert ips(tens).standard_error == pytest.approx(ips(found).standard_error)
    assert ips(tens._replace(lists=None)).standard_error < ips(found).standard_error / 2
