"""What was used becomes lines, each count times its price."""

from dataclasses import replace

import pytest

from local.bill.lines import ANSWER_HEAD_BYTES, REPORT_BYTES, Line, Used, bill, sum_of
from local.bill.meter import STREAM
from local.bill.prices import usd
from local.bill.tally import Work
from local.bill.terms import Terms


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms.of_profile()


def counts(lines: list[Line]) -> dict[str, float]:
    return {line.price: line.count for line in lines}


def test_a_function_pays_for_calls_time_lines_units_and_requests(terms: Terms) -> None:
    used = Used(Work(1e6), {"cpu_ms": 1769e6, "log_bytes": 3e8, "write_unit": 5, "read_unit": 2.5,
                            "s3_put": 3, "s3_get": 4})

    found = counts(bill({"update_item_features": used}, terms))

    assert found == {
        "lambda_call": 1e6, "lambda_gb_s": pytest.approx(1769e3 * 1769 / 512 / 2),
        "log_gb": 0.3, "write_unit": 5, "read_unit": 2.5, "s3_put": 3, "s3_get": 4}


def test_who_answers_callers_pays_for_the_api_and_for_what_goes_out(terms: Terms) -> None:
    used = Used(Work(1e6), {"answer_bytes": 2e9})

    found = counts(bill({"recommend": used}, terms))

    assert found["rest_call"] == 1e6
    assert found["out_gb"] == pytest.approx(2 + ANSWER_HEAD_BYTES / 1000)
    assert found["log_gb"] == pytest.approx(REPORT_BYTES / 1000)
    assert "web_acl_call" not in found
    assert counts(bill({"recommend": used}, replace(terms, has_web_acl=True)))[
        "web_acl_call"] == 1e6


def test_copies_kept_ready_run_at_a_price_of_their_own_and_what_they_cannot_take_does_not(
    terms: Terms
) -> None:
    used = Used(Work(1e6), {"cpu_ms": 1024e3})
    whole = replace(terms, memory_mb={"recommend": 1769}, ready_gb_s={"recommend": 1e6})

    kept = counts(bill({"recommend": used}, whole))
    beyond = counts(bill({"recommend": used}, replace(whole, ready_gb_s={"recommend": 1000.0})))

    assert (kept["ready_run_gb_s"], "lambda_gb_s" in kept) == (pytest.approx(1769), False)
    assert (beyond["ready_run_gb_s"], beyond["lambda_gb_s"]) == (1000, pytest.approx(769))


def test_what_the_log_writer_puts_is_kept(terms: Terms) -> None:
    used = Used(Work(1), {"s3_put": 1, "s3_bytes": 1e9})

    found = counts(bill({"write_event_log": used}, terms))

    assert found["s3_gb_month"] == pytest.approx(terms.log_months)
    assert "s3_gb_month" not in counts(bill({"roll_up_trends": used}, terms))


def test_a_stream_pays_by_the_put_or_by_what_passes(terms: Terms) -> None:
    used = {STREAM: Used(Work(1e6), {"put_unit": 1e6, "whole_kb": 2e6, "bytes": 1.5e9})}

    on_demand = bill(used, replace(terms, on_demand=True, kept_days=6.0))

    assert counts(bill(used, terms)) == {"put_unit": 1e6}
    gb = 2e6 * 1024 / 1e9
    assert sum_of(on_demand) == pytest.approx(gb * 0.08 + 3 * 1.5 * 0.04 + gb * 6 / 30 * 0.10)


def test_all_calls_of_a_month_share_the_tiers_of_the_api(terms: Terms) -> None:
    used = {"ingest_events": Used(Work(300e6), {"answer_bytes": 1.0}),
            "recommend": Used(Work(700e6), {"answer_bytes": 1.0})}

    calls = [line.usd for line in bill(used, terms) if line.price == "rest_call"]

    assert sum(calls) == pytest.approx(usd("rest_call", 1000e6))
    assert calls[0] / 300 == pytest.approx(calls[1] / 700)
