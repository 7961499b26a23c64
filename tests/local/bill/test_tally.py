"""What is summed up, and what is fitted to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bill.tally import Tally, Work, fit, used_by

WORKS = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 25)), min_size=1, max_size=30)


def tally_of(works: list[tuple[int, int]], *truth: float) -> Tally:
    """Of invocations whose use is what the truth says of calls, records and events."""
    made = Tally()
    for records, per_record in works:
        work = Work(1, records, records * per_record)
        made.add(work, {"ms": sum(t * w for t, w in zip(truth, work.terms, strict=True))})
    return made


@given(WORKS)
def test_of_one_run_the_sum_is_met(works: list[tuple[int, int]]) -> None:
    tally = tally_of(works, 5.0, 2.0, 0.5)

    assert used_by(fit([tally]), tally.work)["ms"] == pytest.approx(tally.used["ms"])


def test_each_coefficient_is_found_when_runs_differ() -> None:
    runs = [tally_of([works], 5.0, 2.0, 0.5) for works in (
        (1, 10), (1, 25), (200, 10), (200, 25), (7, 10))]

    assert fit(runs)["ms"] == pytest.approx((5.0, 2.0, 0.5))


def test_of_one_run_without_records_all_is_of_its_calls() -> None:
    assert fit([Tally(Work(4), {"ms": 20.0})]) == {"ms": pytest.approx((5.0, 0.0, 0.0))}


def test_of_runs_whose_batches_differ_each_sum_is_met() -> None:
    runs = [tally_of(works, 5.0, 2.0, 0.5) for works in (
        [(1, 10), (2, 10)], [(200, 25), (180, 25), (190, 25)], [(7, 10)] * 9)]

    found = fit(runs)

    assert [used_by(found, run.work)["ms"] for run in runs] == pytest.approx(
        [run.used["ms"] for run in runs])


def test_what_only_some_runs_used_is_fitted_too() -> None:
    runs = [Tally(Work(1, 1, 10), {"ms": 1.0, "odd": 4.0}), Tally(Work(1, 2, 20), {"ms": 2.0})]

    assert set(fit(runs)) == {"ms", "odd"}


def test_a_tally_comes_back_from_json() -> None:
    made = tally_of([(3, 10), (1, 25)], 1.0, 1.0, 1.0)

    read = Tally.from_document(json.loads(json.dumps(made.to_document())))

    assert read == made


def test_nobody_uses_less_than_nothing() -> None:
    assert used_by({"ms": (-5.0, 1.0, 0.0)}, Work(1, 2, 0)) == {"ms": 0.0}
