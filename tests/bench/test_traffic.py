"""The shoppers of a metered run are as many, as quick and as valid as they say."""

from collections import Counter

import pytest

from bench.traffic import Shoppers
from domain.event import parse_batch
from domain.features import EMPTY, MAX_HISTORY
from domain.packing import pack, unpack
from domain.vocabulary import Vocabulary

BEGIN_S = 1_750_000_000.0


@pytest.fixture(scope="module")
def shoppers() -> Shoppers:
    return Shoppers(users=500, items=1_000)


def test_calls_come_in_order_and_at_their_rate(shoppers: Shoppers) -> None:
    at_s = [call.at_s for call in shoppers.calls(5_000, rate=50.0, per_call=10, begin_s=BEGIN_S)]

    assert at_s == sorted(at_s)
    assert at_s[0] >= BEGIN_S
    for begin in (0, 2_500):  # from the first second on
        lasted_s = at_s[begin + 2_499] - at_s[begin]
        assert 2_500 / lasted_s == pytest.approx(50.0, rel=0.15)


def test_the_api_takes_every_event(shoppers: Shoppers) -> None:
    for call in shoppers.calls(200, rate=10.0, per_call=25, begin_s=BEGIN_S):
        batch, rejected = parse_batch(call.body, round(call.at_s * 1000), Vocabulary())

        assert (len(batch.events), rejected) == (25, [])
        assert batch.subject == shoppers.id(call.user)
        assert all(event.at_ms <= call.at_s * 1000 for event in batch.events)


def test_few_items_get_most_and_no_event_is_sent_twice(shoppers: Shoppers) -> None:
    events = [event for call in shoppers.calls(500, rate=10.0, per_call=10, begin_s=BEGIN_S)
              for event in call.body["events"]]

    popular = Counter(event["item_id"] for event in events).most_common(100)

    assert len({event["event_id"] for event in events}) == len(events)
    assert sum(count for _, count in popular) > len(events) / 2


def test_who_was_here_before_has_a_state_that_can_be_kept(shoppers: Shoppers) -> None:
    states = [shoppers.past(user, 1_750_000_000_000) for user in range(500)]  # known ones

    lengths = [len(state.history) for state in states]

    assert all(unpack(pack(state)) == state for state in states)
    assert min(lengths) < 10
    assert max(lengths) == MAX_HISTORY
    assert sorted(lengths)[250] == pytest.approx(20, abs=4)


def test_a_share_of_sessions_is_of_people_never_seen() -> None:
    shoppers = Shoppers(users=500, items=1_000)

    users = [call.user for call in shoppers.calls(3_000, rate=10.0, per_call=10, begin_s=BEGIN_S)]

    new = [user for user in users if user >= 500]
    assert len(new) / len(users) == pytest.approx(0.25, abs=0.05)
    assert all(shoppers.past(user, 1_750_000_000_000) == EMPTY for user in new)
