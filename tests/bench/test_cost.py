"""The tables of the README are what the templates of cdk.json's profiles cost."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import prices
from bench.cost import Terms, by_profile, by_volume, profiles, resources_of
from bench.idle import LINES_BYTES

README = (Path(__file__).parents[2] / "README.md").read_text()
DEV_USD = 35  # a month, at most


@pytest.fixture(scope="module")
def terms() -> dict[str, Terms]:
    return {name: Terms.of(resources_of(name)) for name in profiles()}


def test_the_readme_says_what_each_profile_sets_and_costs(terms: dict[str, Terms]) -> None:
    assert by_profile(terms) in README


def test_the_readme_says_what_more_calls_cost(terms: dict[str, Terms]) -> None:
    assert by_volume(terms[""]) in README


def test_dev_costs_no_more_than_it_may(terms: dict[str, Terms]) -> None:
    assert terms["dev"].idle <= DEV_USD


def test_a_call_of_cheap_costs_less_than_half(terms: dict[str, Terms]) -> None:
    assert terms["cheap"].list() < terms[""].list() / 2
    assert terms["cheap"].event() < terms[""].event()


def test_prod_pays_for_its_web_acl_with_every_call(terms: dict[str, Terms]) -> None:
    assert terms["prod"].api_call == pytest.approx(terms[""].api_call + 0.60e-6)


@pytest.mark.parametrize(("tiers", "millions", "usd"), [
    (prices.REST_CALLS, 0, 0), (prices.REST_CALLS, 1, 3.50), (prices.REST_CALLS, 333, 1165.50),
    (prices.REST_CALLS, 1_000, 3_033.10), (prices.REST_CALLS, 11_000, 26_833.10),
    (prices.REST_CALLS, 21_000, 49_763.10),
    (prices.HTTP_CALLS, 300, 300), (prices.HTTP_CALLS, 11_000, 9_930)])
def test_more_calls_of_a_month_cost_less_each(
    tiers: prices.Tiers, millions: int, usd: float
) -> None:
    assert prices.of_calls(tiers, millions * 1e6) == pytest.approx(usd)


def test_a_call_of_a_month_of_many_is_paid_at_their_mean(terms: dict[str, Terms]) -> None:
    many = replace(terms["prod"], calls=11_000e6)

    assert many.api_call == pytest.approx(26_833.10 / 11_000e6 + 0.60e-6)


def test_a_line_in_the_log_costs_the_same_whoever_writes_it(terms: dict[str, Terms]) -> None:
    without = (3.50 + 0.20) * 1e-6 + 1.769 * 0.015 * 0.0000133334 + 0.5 * 0.125e-6

    assert terms[""].list() - without == pytest.approx(LINES_BYTES / 1e9 * 0.50)


def test_on_demand_is_paid_by_what_passes(terms: dict[str, Terms]) -> None:
    more = terms["prod"].event() - terms[""].event()

    # 10 events in 1 KB: in, out to three consumers, and six days beyond the first
    gb = 1024 / 1e9
    assert more * 10 == pytest.approx(
        0.60e-6 + gb * (0.08 + 3 * 0.04 + 6 / 30 * 0.10) - 0.014e-6)
