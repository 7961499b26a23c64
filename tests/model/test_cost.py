"""What is foreseen follows from what was measured, and from nothing else."""

from dataclasses import asdict
from pathlib import Path

import pytest

from domain.artifact import Blend, ModelCard
from model.config import TrainConfig
from model.cost import (
    GPU_GB,
    STAGES,
    Account,
    Cost,
    ForecastError,
    Rates,
    Sizes,
    elsewhere,
    most_items,
    seconds_of,
    table_mb,
    told,
)

CONFIG = TrainConfig()
SIZES = Sizes(events=1_000_000, items=5_000, epochs=10, batches=500, validation=2_000,
              tuning=2_000, finals=4_000, test=5_000, taught=0, listed=0, judged=0)
RATES = Rates(read_s=1e-5, paired_s=1e-5, begun_s=2e-6, batch_s=0.02, asked_s=0.001, tuned_s=0.01,
              final_s=0.001, foreseen_s=3.0, export_s=12.0, gathered_s=1e-6, listed_s=0.002,
              taught_s=0.001, judged_s=0.003)
TWO = SIZES._replace(taught=4_000, listed=7_000, judged=2_000)
TOOK = Cost({"read": 5.0, "learn": 75.0, "export": 11.0, "test": 25.0}, 2_000, 3_000)


def card(**said: object) -> ModelCard:
    """Of a training on a GPU, which was twice as fast at learning as its first steps."""
    account = Account("ml.g5.xlarge", SIZES, RATES, Cost(seconds_of(SIZES, RATES), 1, 1), TOOK)
    config = asdict(CONFIG) | account.to_config() | said
    return ModelCard("now", config, Blend(), 5_000, 64, 50, 0, 1_000_000, 10_000, {})


def test_stages_add_up_what_there_is_to_do() -> None:
    found = seconds_of(SIZES, RATES)

    assert found == {
        "read": 10.0,
        "learn": 2 + 3 + 10 * (500 * 0.02 + 2_000 * 0.001) + 2_000 * 0.01 + 4_000 * 0.001 + 3 * 10,
        "export": 12.0 + 10, "test": 6 * 5 + 2 * 10}


def test_a_second_stage_adds_what_it_does_to_learning_and_to_the_test() -> None:
    one, two = seconds_of(SIZES, RATES), seconds_of(TWO, RATES)

    added = {stage: two[stage] - one[stage] for stage in STAGES}

    graph = 10  # of its own, in each
    assert added == pytest.approx({
        "read": 0, "learn": 7_000 * 0.002 + 6 * 4_000 * 0.001 + 2_000 * 0.003 + 4 * 1 + graph,
        "export": 0, "test": 2 * 5_000 * 0.003 + 2 * 1 + graph})


def test_a_card_says_it_again_after_it_was_written() -> None:
    written = ModelCard.from_json(card().to_json())

    account = Account.of(written)

    assert (account.sizes, account.rates, account.actual) == (SIZES, RATES, TOOK)


def test_a_card_tells_dollars_of_a_machine_that_has_a_price() -> None:
    here = Account("local", SIZES, RATES, TOOK, TOOK).to_config()["cost"]

    assert card().config["cost"]["usd"]["actual"] == round(116 / 3600 * 1.408, 4)
    assert "usd" not in here


def test_what_was_done_once_takes_as_long_again() -> None:
    assert elsewhere(SIZES, CONFIG, card(), "ml.g5.xlarge") == TOOK


def test_ten_times_the_log_takes_longer_in_the_measure_of_what_was_measured() -> None:
    more = SIZES._replace(events=10_000_000, batches=5_000)

    found = elsewhere(more, CONFIG, card(), "ml.g5.xlarge")

    assert found.seconds["read"] == pytest.approx(50)
    assert TOOK.seconds["learn"] * 5 < found.seconds["learn"] < TOOK.seconds["learn"] * 10
    assert found.peak_mb == 2_000 + 9 * 64
    assert found.seconds.keys() == set(STAGES)


@pytest.mark.parametrize(("given", "sizes", "instance", "reason"), [
    (card(), SIZES, "ml.g6.xlarge", "the card is of ml.g5.xlarge"),
    (card(ranker="dcn"), SIZES, "ml.g5.xlarge", "ranker: the card's training had 'dcn'"),
    (card(width=128), SIZES, "ml.g5.xlarge", "width: the card's training had 128"),
    (card(), SIZES._replace(items=20_000), "ml.g5.xlarge", "more than a factor of 2"),
    (card()._replace(config={}), SIZES, "ml.g5.xlarge", "does not say what it took"),
])
def test_what_was_not_measured_is_not_guessed(
    given: ModelCard, sizes: Sizes, instance: str, reason: str
) -> None:
    with pytest.raises(ForecastError, match=reason):
        elsewhere(sizes, CONFIG, given, instance)


def test_dollars_are_hours_at_the_listed_price() -> None:
    hour = Cost({"read": 1800.0, "learn": 1800.0}, 1, 0)

    assert hour.usd("ml.g5.xlarge") == pytest.approx(1.408)
    with pytest.raises(ForecastError, match=r"no price of ml\.p9\.huge"):
        hour.usd("ml.p9.huge")


def test_a_cost_is_told_in_one_line() -> None:
    assert told(TOOK, "ml.g5.xlarge") == (
        "ml.g5.xlarge: 1.9 minutes at most (read 5 s, learn 75 s, export 11 s, test 25 s), "
        "2,000 MB of memory and 3,000 MB of its GPU")


def test_a_table_is_held_five_times_in_training() -> None:
    assert table_mb(1_000_000, 64) == 1280


@pytest.mark.parametrize("width", [64, 128, 256])
def test_the_page_says_how_many_items_a_gpu_holds(width: int) -> None:
    page = (Path(__file__).parents[2] / "docs/scale.md").read_text()

    for instance in GPU_GB:
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{instance}`"))
        assert f" {most_items(instance, width) / 1e6:.1f} million " in row


def test_a_gpu_that_is_not_known_is_named() -> None:
    with pytest.raises(ForecastError, match=r"ml\.m5\.large is none of"):
        most_items("ml.m5.large", 64)
