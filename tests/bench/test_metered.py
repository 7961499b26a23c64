"""A small metered run costs what is estimated for as many events."""

from dataclasses import replace

import pytest

from bench import metered
from local.bill.estimate import Volume, estimate
from local.bill.lines import Used, bill, sum_of
from local.bill.terms import Terms

RATE, PER_CALL, EVENTS = 100.0, 10, 8_000


@pytest.fixture(scope="module")
def run() -> metered.Run:
    return metered.run(RATE, PER_CALL, EVENTS)


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms.of_profile()


def by_price(found: list[tuple[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for price, usd in found:
        total[price] = total.get(price, 0.0) + usd
    return total


def test_metered_and_estimated_are_within_a_tenth(run: metered.Run, terms: Terms) -> None:
    used = {who: Used(tally.work, tally.used) for who, tally in run.tallies.items()}
    volume = Volume(run.events, run.per_call, seconds=run.calls / run.rate,
                    minutes=run.tallies["roll_up_trends"].work.calls)

    counted, computed = bill(used, terms), estimate(volume, replace(terms, shards=run.shards))

    assert sum_of(counted) == pytest.approx(sum_of(computed), rel=0.10)
    for price in ("rest_call", "lambda_call", "write_unit", "read_unit", "put_unit"):
        metered_usd, estimated_usd = (
            sum(line.usd for line in lines if line.price == price)
            for lines in (counted, computed))
        assert metered_usd == pytest.approx(estimated_usd, rel=0.10), price


def test_every_call_and_every_event_is_seen_by_everyone(run: metered.Run) -> None:
    calls = EVENTS // PER_CALL

    assert run.tallies["ingest_events"].work.terms == (calls, calls, EVENTS)
    for verb in ("update_user_features", "update_item_features", "write_event_log"):
        assert run.tallies[verb].work.terms[1:] == (calls, EVENTS)


def test_a_call_of_which_all_is_taken_leaves_no_line_and_a_batch_does(run: metered.Run) -> None:
    batches = run.tallies["update_user_features"]

    assert run.tallies["ingest_events"].used["log_bytes"] == 0
    assert batches.used["log_bytes"] / batches.work.calls > 200


def test_time_is_played_at_the_rate_that_is_said(run: metered.Run) -> None:
    played_s = run.seconds - metered.FLUSH_S

    assert run.calls / played_s == pytest.approx(RATE, rel=0.3)
    batches = run.tallies["update_user_features"].work
    assert batches.records / batches.calls == pytest.approx(1 + RATE / 2, rel=0.3)


def test_a_run_comes_back_from_json(run: metered.Run) -> None:
    read = metered.Run.from_document(run.to_document())

    assert read.to_document() == run.to_document()


@pytest.mark.parametrize(("rate", "per_call", "shards"), [
    (1, 10, 1), (100, 25, 1), (1000, 10, 2), (1000, 25, 4), (1001, 1, 2)])
def test_as_many_shards_as_the_rate_needs(rate: float, per_call: int, shards: int) -> None:
    assert metered.shards_for(rate, per_call) == shards
