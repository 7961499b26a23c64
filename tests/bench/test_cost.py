"""The tables of the README are what the templates of cdk.json's profiles cost."""

from pathlib import Path

import pytest

from bench.cost import Terms, by_profile, by_volume, profiles, resources_of

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


def test_on_demand_is_paid_by_what_passes(terms: dict[str, Terms]) -> None:
    more = terms["prod"].event() - terms[""].event()

    # 10 events in 1 KB: in, out to three consumers, and six days beyond the first
    gb = 1024 / 1e9
    assert more * 10 == pytest.approx(
        0.60e-6 + gb * (0.08 + 3 * 0.04 + 6 / 30 * 0.10) - 0.014e-6)
