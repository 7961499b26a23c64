"""What a month uses follows from what one call, record and event used."""

from dataclasses import replace

import pytest

from local.bill.estimate import (
    SECONDS,
    Found,
    Volume,
    estimate,
    metered,
    origin,
    shards,
    shards_usd,
    usage,
)
from local.bill.lines import sum_of
from local.bill.meter import STREAM
from local.bill.terms import Terms

NOTHING = (0.0, 0.0, 0.0)
FOUND: Found = {
    "ingest_events": {"answer_bytes": (100.0, 0.0, 0.0)},
    STREAM: {"put_unit": (1.0, 0.0, 0.0), "bytes": (0.0, 200.0, 100.0)},
    "update_user_features": {"write_unit": (0.0, 2.0, 0.0)},
    "update_item_features": {"write_unit": (1.0, 0.0, 0.02)},
    "write_event_log": {"s3_put": (1.0, 0.0, 0.0), "s3_bytes": (0.0, 0.0, 40.0)},
    "roll_up_trends": {"s3_put": (1.0, 0.0, 0.0), "read_unit": (0.0, 0.0, 0.01)},
    "recommend": {"read_unit": (0.5, 0.0, 0.0)},
}


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms.of_profile()


def test_a_volume_becomes_work_and_work_what_it_uses(terms: Terms) -> None:
    found = usage(Volume(events=1e6, per_call=10, lists=50), terms, FOUND)

    assert found["ingest_events"].work.terms == (1e5, 1e5, 1e6)
    assert found["update_user_features"].amounts["write_unit"] == 2e5
    assert found["write_event_log"].amounts["s3_bytes"] == 40e6
    assert found["recommend"].amounts == {"read_unit": 25}


def test_batches_grow_with_what_comes_and_invocations_do_not(terms: Terms) -> None:
    quiet = usage(Volume(events=10, seconds=10_000), terms, FOUND)["update_item_features"].work
    busy = usage(Volume(events=1e6, seconds=1000), terms, FOUND)["update_item_features"].work

    assert quiet.calls == pytest.approx(1.0, rel=0.01)
    assert busy.calls == pytest.approx(1e5 / (1 + 100 * 2))


def test_roll_ups_of_a_month_are_in_what_it_costs_idle(terms: Terms) -> None:
    month = usage(Volume(events=1e6), terms, FOUND)["roll_up_trends"].amounts
    hour = usage(Volume(events=1e6, minutes=60), terms, FOUND)["roll_up_trends"].amounts

    assert month["read_unit"] == hour["read_unit"] == pytest.approx(1e4)
    assert (month["s3_put"], hour["s3_put"]) == (0, 60)


def test_each_training_of_a_month_fetches_every_object_of_the_log(terms: Terms) -> None:
    found = usage(Volume(events=1e8), terms, FOUND)

    objects = found["write_event_log"].amounts["s3_put"]
    fetched = found["start_training"].amounts
    assert fetched["s3_get"] == pytest.approx(objects * terms.log_months * 730 / 24)
    assert fetched["s3_put"] == fetched["s3_get"] / 1000
    assert "start_training" not in usage(Volume(events=1e8, seconds=60), terms, FOUND)


def test_nothing_costs_nothing(terms: Terms) -> None:
    assert estimate(Volume(), terms, FOUND) == []


@pytest.mark.parametrize(("calls_s", "per_call", "needed"), [
    (1, 10, 1), (277, 10, 1), (280, 10, 2), (334, 1, 2)])
def test_shards_take_the_busiest_hour_by_bytes_and_by_records(
    terms: Terms, calls_s: float, per_call: float, needed: int
) -> None:
    volume = Volume(calls_s * per_call * SECONDS, per_call)

    assert shards(volume, terms, FOUND) == needed
    assert shards(volume, replace(terms, on_demand=True), FOUND) == 0
    assert shards(volume, replace(terms, shards=5), FOUND) == 5


def test_shards_beyond_the_templates_cost_more(terms: Terms) -> None:
    assert shards_usd(1, terms) == 0
    assert shards_usd(3, terms) == pytest.approx(2 * (10.95 + 14.60))
    assert shards_usd(3, replace(terms, kept_days=0.0)) == pytest.approx(2 * 10.95)


def test_more_events_a_call_cost_less_each(terms: Terms) -> None:
    ten, many = (sum_of(estimate(Volume(1e8, per_call), terms)) for per_call in (10, 25))

    assert many < ten / 1.7


def test_the_committed_run_has_every_function_of_the_flow(terms: Terms) -> None:
    assert set(metered()) == {
        STREAM, "ingest_events", "recommend", "roll_up_trends", *terms.feeds}
    assert "python -m bench.metering" in origin()
