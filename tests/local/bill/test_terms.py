"""On what terms a deployment is billed is read from its template."""

import pytest

from local.bill.terms import Feed, Terms, profiles


@pytest.fixture(scope="module")
def terms() -> dict[str, Terms]:
    return {name: Terms.of_profile(name) for name in profiles()}


def test_the_kind_of_api_says_the_price_of_a_call(terms: dict[str, Terms]) -> None:
    assert {name: each.api for name, each in terms.items()} == {
        "": "rest_call", "dev": "rest_call", "prod": "rest_call", "cheap": "http_call"}
    assert [name for name, each in terms.items() if each.has_web_acl] == ["prod"]


def test_a_stream_has_shards_or_is_on_demand(terms: dict[str, Terms]) -> None:
    assert {name: each.shards for name, each in terms.items()} == {
        "": 1, "dev": 1, "prod": 0, "cheap": 1}
    assert [name for name, each in terms.items() if each.on_demand] == ["prod"]
    assert {name: each.kept_days for name, each in terms.items()} == {
        "": 1, "dev": 0, "prod": 6, "cheap": 0}


def test_events_are_kept_as_long_as_the_lifecycle_says(terms: dict[str, Terms]) -> None:
    assert terms[""].log_months == pytest.approx(400 / (730 / 24))
    assert terms["dev"].log_months == pytest.approx(30 / (730 / 24))


def test_a_month_has_as_many_trainings_as_its_schedule_says(terms: dict[str, Terms]) -> None:
    assert terms[""].trainings == pytest.approx(730 / 24)
    assert terms["dev"].trainings == pytest.approx(730 / 24 / 7)


def test_every_function_has_its_memory_and_who_reports_is_known(terms: dict[str, Terms]) -> None:
    assert terms[""].memory_mb["recommend"] == 1769
    assert [verb for verb, reports in terms[""].reports.items() if reports] == ["recommend"]


def test_settings_are_laid_over_a_profile() -> None:
    found = Terms.of_profile("dev", shards=3, lanes_per_shard=5)

    assert found.shards == 3
    assert found.feeds["update_user_features"].lanes == 5
    assert set(found.feeds) == {
        "update_user_features", "update_item_features", "write_event_log"}


@pytest.mark.parametrize(("rate", "shards", "records"), [
    (0.0, 1, 1.0), (10.0, 1, 11.0), (10.0, 5, 3.0), (1e6, 1, 500.0)])
def test_a_batch_is_what_comes_in_a_window_and_no_more_than_it_holds(
    rate: float, shards: int, records: float
) -> None:
    feed = Feed(batch=500, window_s=2.0, lanes=2)

    assert feed.records(rate, shards, record_bytes=1000) == records


def test_no_batch_is_larger_than_what_lambda_is_handed() -> None:
    feed = Feed(batch=10_000, window_s=60.0, lanes=1)

    assert feed.records(1000.0, 1, record_bytes=1500) == pytest.approx(
        6 * 1024 * 1024 / (1500 * 4 / 3 + 600))
