"""Who is exposed when, and what counts of it."""


import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.erasure import Forgotten, Mark
from domain.event import Batch, Event
from domain.experiment import Experiment, Variant
from domain.exposure import MEASURES, Observed, Plan, Unit, observe
from domain.key import subject_hash
from domain.probe import USER
from domain.record import Position, Record
from tests.domain.strategies import NOW_MS

HOUR_MS = 3_600_000
BOTH = Experiment("one", NOW_MS, (Variant("control", 0.5), Variant("other", 0.5)))
PLAN = Plan(MEASURES["clicks"], HOUR_MS)
NOBODY = Forgotten.of(())
LATER_MS = NOW_MS + 10 * HOUR_MS


def event(
    kind: str, at_ms: int, listed: bool = False, value: float | None = None, name: str = ""
) -> Event:
    return Event(name or f"{kind}-{at_ms}-{value}", kind, "lamp", NOW_MS + at_ms, value,
                 recommendation_id="list" if listed else None)


def record(n: int, *events: Event, subject: str = "ada", joins: str | None = None) -> Record:
    return Record(Position("s", n), Batch(subject, NOW_MS, events, joins=joins))


def seen(*records: Record, plan: Plan = PLAN, until_ms: int = LATER_MS) -> Observed:
    return observe(records, BOTH, plan, until_ms, NOBODY)


def test_the_first_event_of_a_list_since_the_start_opens_the_window() -> None:
    (unit,) = seen(record(0, event("click", -HOUR_MS - 1), event("click", -5, listed=True),
                          event("click", 10), event("impression", 20, listed=True),
                          event("click", 20), event("click", 30, listed=True),
                          event("click", 19 + HOUR_MS), event("click", 20 + HOUR_MS),
                          event("view", 40))).units

    variant = BOTH.variant_of("ada")
    assert variant is not None
    assert unit == Unit(variant.name, outcome=3, before=1)


def test_who_saw_no_list_took_no_part_unless_whoever_comes_is_asked_for() -> None:
    passing = record(0, event("click", 10))

    assert seen(passing).units == []
    assert [u.outcome for u in seen(passing, plan=PLAN._replace(any_event=True)).units] == [1]


def test_what_is_not_over_is_not_counted() -> None:
    shown = record(0, event("impression", 0, listed=True), event("click", 1))

    (early,) = seen(shown, until_ms=NOW_MS + HOUR_MS - 1).units
    (late,) = seen(shown, until_ms=NOW_MS + HOUR_MS).units

    assert (early.outcome, late.outcome) == (None, 1)
    assert seen(shown, until_ms=NOW_MS).units == []


def test_values_are_those_of_purchases() -> None:
    bought = record(0, event("purchase", 1, listed=True, value=9.5), event("purchase", 2),
                    event("rate", 3, value=4))

    amounts = [seen(bought, plan=Plan(measure, HOUR_MS)).units[0].outcome
               for measure in MEASURES.values()]

    assert dict(zip(MEASURES, amounts, strict=True)) == {
        "clicks": 0, "purchases": 2, "value": 9.5}


def test_users_outside_the_experiment_are_left_out() -> None:
    nobody = BOTH._replace(variants=(Variant("control", 1e-12), Variant("other", 1e-12)))

    found = observe([record(0, event("click", 1, listed=True))], nobody, PLAN, LATER_MS, NOBODY)

    assert found.units == []


def test_the_probe_and_the_forgotten_are_left_out() -> None:
    shown = event("click", 1, listed=True)
    forgotten = Forgotten.of([Mark(subject_hash("ada"), NOW_MS)])

    found = observe([record(0, shown), record(1, shown, subject="bob"),
                     record(2, shown, subject=USER)], BOTH, PLAN, LATER_MS, forgotten)

    assert len(found.units) == 1


def test_a_session_that_became_a_user_of_another_variant_is_counted() -> None:
    def variant(subject: str) -> str:
        found = BOTH.variant_of(subject)
        assert found is not None
        return found.name

    other = next(f"~{n}" for n in range(99) if variant(f"~{n}") != variant("ada"))
    same = next(f"~{n}" for n in range(99) if variant(f"~{n}") == variant("ada"))
    shown = event("impression", 1, listed=True)

    found = seen(record(0, shown), record(1, shown, subject=other), record(2, shown, subject=same),
                 record(3, joins=other), record(4, joins=same), record(5, joins="~unseen"))

    assert found.crossed == 1
    assert len(found.units) == 3


moments = st.lists(st.tuples(st.sampled_from(["click", "impression", "purchase"]),
                             st.integers(-2 * HOUR_MS, 2 * HOUR_MS), st.booleans()),
                   max_size=12, unique_by=lambda entry: entry[:2])


@given(moments, st.data())
def test_order_and_copies_of_records_change_nothing(
    done: list[tuple[str, int, bool]], data: st.DataObject
) -> None:
    records = [record(n, event(*entry)) for n, entry in enumerate(done)]
    mixed = data.draw(st.permutations(records + records[:3]))

    assert seen(*mixed) == seen(*records)


@pytest.mark.parametrize("name", MEASURES)
def test_other_events_add_nothing(name: str) -> None:
    assert MEASURES[name].amount(event("view", 1, value=3.0)) == 0
