"""Any sequence of faults that ends with a working server: nothing is lost unsaid, nothing twice."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from headwater_client.entry import Entry
from headwater_client.outbox import Outbox
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.features import unseen
from domain.key import event_hash
from tests.clients.simulated import (
    CAP,
    FAULTS,
    USERS,
    Day,
    SimulatedModule,
    Step,
    simulate_outbox,
)

steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("track"), st.integers(1, 40)),
    st.tuples(st.just("user"), st.sampled_from(USERS)),
    st.tuples(st.just("pass"), st.integers(1, 40).map(lambda n: n * 125)),
    st.tuples(st.just("pass"), st.sampled_from([60_000, 300_000, 400_000])),
    st.tuples(st.just("flush"), st.none()),
)
days = st.tuples(st.lists(steps, max_size=25), st.lists(st.sampled_from(list(FAULTS)), max_size=25))
IN_THE_END: list[Step] = [("pass", 3_600_000), ("flush", None)] * 30  # past every fault and wait


@pytest.fixture(scope="module")
def module() -> Iterator[SimulatedModule]:
    made = SimulatedModule()
    yield made
    made.close()


def tracked(steps: list[Step]) -> int:
    return sum(given for name, given in steps if name == "track")


def arrived(day: Day, subject: str) -> list[str]:
    """Items of one subject as the server's own state counts them, duplicates passed over."""
    ring: tuple[int, ...] = ()
    counted: list[str] = []
    for _, items, *_ in (c for c in day.calls if c[0] == subject and FAULTS[c[2]][2]):
        fresh, ring = unseen(ring, [event_hash(item) for item in items])
        counted += [items[place] for place in fresh]
    return counted


@settings(deadline=None, max_examples=300)
@given(days)
def test_each_event_is_counted_once_or_dropped_with_its_reason(
    day: tuple[list[Step], list[str]]
) -> None:
    done, faults = day

    lived = simulate_outbox([*done, *IN_THE_END], faults)

    counted = list(chain.from_iterable(arrived(lived, user) for user in USERS))
    dropped = [item for _, item in lived.drops]
    everything = {f"i{n}" for n in range(1, tracked(done) + 1)}
    assert lived.left == 0
    assert len(set(counted)) == len(counted)  # the server's ring caught every copy
    assert len(set(dropped)) == len(dropped)
    assert set(counted) | set(dropped) == everything
    assert lived.accepted == len(everything) - len(dropped)


@settings(deadline=None, max_examples=300)
@given(days)
def test_one_users_events_arrive_in_the_order_in_which_they_happened(
    day: tuple[list[Step], list[str]]
) -> None:
    done, faults = day

    lived = simulate_outbox([*done, *IN_THE_END], faults)

    for user in USERS:
        numbers = [int(item[1:]) for item in arrived(lived, user)]
        assert numbers == sorted(numbers)


@settings(deadline=None, max_examples=150)
@given(days)
def test_the_browser_module_makes_the_same_calls_at_the_same_moments(
    module: SimulatedModule, day: tuple[list[Step], list[str]]
) -> None:
    done, faults = day
    whole = [*done, *IN_THE_END]

    lived = module.simulate(whole, faults)

    assert lived == simulate_outbox(whole, faults)


def outbox(**options: Any) -> Outbox:
    return Outbox(**{"cap": CAP, "window_s": 2.0, "backoff_s": 1.0, "max_backoff_s": 8.0,
                     **options})


def entry(subject: str = "ann", since_s: float = 0.0) -> Entry:
    return Entry(subject, {"type": "view", "item_id": "i"}, since_s)


def test_an_outbox_that_cannot_hold_a_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 25"):
        outbox(cap=24)
