"""The tables of the README are what the templates of cdk.json's profiles cost."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.cost import by_profile, by_volume, more_events, more_lists
from infra.limits import VCPU_MB
from local.bill.estimate import ON_DEMAND_SHARDS, metered
from local.bill.prices import usd
from local.bill.terms import Terms, profiles

README = (Path(__file__).parents[2] / "README.md").read_text()
DEV_USD = 35  # a month, at most


@pytest.fixture(scope="module")
def terms() -> dict[str, Terms]:
    return {name: Terms.of_profile(name) for name in profiles()}


@pytest.fixture(scope="module")
def ready() -> Terms:
    return Terms.of_profile(provisioned_concurrency=2)


def test_the_readme_says_what_each_profile_sets_and_costs(terms: dict[str, Terms]) -> None:
    assert by_profile(terms, metered()) in README


def test_the_readme_says_what_more_calls_cost(terms: dict[str, Terms]) -> None:
    assert by_volume(terms[""], metered()) in README


def test_dev_costs_no_more_than_it_may(terms: dict[str, Terms]) -> None:
    assert sum(terms["dev"].idle.values()) <= DEV_USD


def test_the_readme_says_what_a_copy_kept_ready_costs(
    terms: dict[str, Terms], ready: Terms
) -> None:
    more = sum(ready.idle.values()) - sum(terms[""].idle.values())

    share = usd("ready_run_gb_s") / usd("lambda_gb_s")
    assert f"${more / 2:.2f} a month each" in README
    assert f"take {share:.0%} of Lambda's usual price" in README
    assert more_lists(ready, metered()) < more_lists(terms[""], metered())


def test_the_readme_says_what_less_memory_saves(ready: Terms) -> None:
    less = Terms.of_profile(provisioned_concurrency=2, recommend_memory_mb=768)

    copy = (ready.idle["copies kept ready"] - less.idle["copies kept ready"]) / 2
    snapshot = copy * usd("snapshot_gb_s") / usd("ready_gb_s")
    plain, small = (replace(each, ready_gb_s={}) for each in (ready, less))
    lists = more_lists(plain, metered()) - more_lists(small, metered())
    said = " ".join(README.split())
    assert f"it is 768: ${lists:.2f} less for a million lists, ${copy:.2f} a month less" in said
    assert f"${snapshot:.2f} for the snapshot; but a start takes {VCPU_MB / 768:.1f} times" in said


def test_a_call_of_cheap_costs_less_than_half(terms: dict[str, Terms]) -> None:
    assert more_lists(terms["cheap"], metered()) < more_lists(terms[""], metered()) / 2
    assert more_events(terms["cheap"], metered()) < more_events(terms[""], metered())


def test_prod_pays_for_its_web_acl_with_every_call(terms: dict[str, Terms]) -> None:
    without = replace(terms["prod"], has_web_acl=False)

    assert more_lists(terms["prod"], metered()) - more_lists(without, metered()) == (
        pytest.approx(0.60))


def test_a_line_in_the_log_costs_the_same_whoever_writes_it(terms: dict[str, Terms]) -> None:
    silent = replace(terms[""], reports=dict.fromkeys(terms[""].reports, False))
    loud = replace(terms[""], reports=dict.fromkeys(terms[""].reports, True))

    lists = more_lists(loud, metered()) - more_lists(silent, metered())
    events = more_events(loud, metered()) - more_events(silent, metered())

    # a report of each call: of every list; of a tenth of the events, and of each batch they make
    assert lists / 10 < events < 2 * lists / 10


def test_on_demand_is_paid_by_what_passes(terms: dict[str, Terms]) -> None:
    by_shard = replace(terms["prod"], on_demand=False, shards=ON_DEMAND_SHARDS)

    more = more_events(terms["prod"], metered()) - more_events(by_shard, metered())

    stream = metered()["stream"]
    gb = sum(c * n for c, n in zip(stream["bytes"], (1, 1, 10), strict=True)) * 1e5 / 1e9
    whole_gb = sum(c * n for c, n in zip(stream["whole_kb"], (1, 1, 10), strict=True)) * 1e5 / 1e6
    # in and kept by whole kilobytes, out to three consumers by bytes
    assert more == pytest.approx(
        whole_gb * 1.024 * (0.08 + 6 / 30 * 0.10) + 3 * gb * 0.04 - 0.0014, rel=0.01)
