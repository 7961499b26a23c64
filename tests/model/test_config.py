"""Hyperparameters come as strings, and what cannot be trained is refused before anything runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.config import WIDTHS, ConfigError, TrainConfig


@given(width=st.sampled_from(WIDTHS), window=st.integers(2, 500), dropout=st.floats(0, 0.99),
       seed=st.integers(0, 2**40))
def test_a_config_survives_the_way_through_strings(
    width: int, window: int, dropout: float, seed: int
) -> None:
    config = TrainConfig(width=width, window=window, dropout=dropout, seed=seed)

    assert TrainConfig.from_hyperparameters(config.to_hyperparameters()) == config


def test_what_is_not_given_keeps_its_default() -> None:
    assert TrainConfig.from_hyperparameters({"epochs": "3"}) == TrainConfig(epochs=3)


def test_a_word_may_be_json_or_as_it_is_typed() -> None:
    for text in ("sasrec", '"sasrec"'):
        assert TrainConfig.from_hyperparameters({"model": text}).model == "sasrec"


def test_a_whole_number_may_be_given_for_a_share() -> None:
    found = TrainConfig.from_hyperparameters({"dropout": "0"})

    assert isinstance(found.dropout, float)


@pytest.mark.parametrize(("name", "text"), [
    ("epoch", "3"), ("epochs", "3.5"), ("epochs", "three"), ("epochs", "true"), ("epochs", '"3"'),
    ("epochs", "NaN"), ("epochs", "Infinity"), ("dropout", "NaN"), ("learning_rate", "Infinity"),
    ("epochs", "1" * 5000), ("epochs", "[" * 100_000),
    ("epochs", "0"), ("batch_size", "-1"), ("window", "1"), ("temperature", "0"), ("width", "48"),
    ("heads", "3"), ("heads", "0"), ("dropout", "1"), ("test_share", "-0.1"),
    ("model", "svd"), ("model", "3"), ("loss", "hinge"), ("blend", ""),
    ("validation_share", "0.95"), ("seed", "-1"), ("weight_decay", "-0.1"),
])
def test_what_is_wrong_is_named(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name):
        TrainConfig.from_hyperparameters({name: text})
