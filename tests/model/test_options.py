"""Hyperparameters, told on a command line and in a file."""

import argparse
import json
from pathlib import Path

import pytest

from model.config import ConfigError, TrainConfig
from model.options import add_hyperparameters, given_hyperparameters


def given(*arguments: str) -> dict[str, str]:
    parser = argparse.ArgumentParser()
    add_hyperparameters(parser)
    return given_hyperparameters(parser.parse_args(arguments))


def test_only_what_is_given_is_told() -> None:
    assert given("--width", "32", "--max-minutes", "1.5") == {"width": "32", "max_minutes": "1.5"}


def test_an_option_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    file.write_text('{"width": "128", "epochs": "3"}')

    assert given("--config", str(file), "--epochs", "5") == {"width": "128", "epochs": "5"}


def test_a_file_of_a_whole_config_makes_that_config(tmp_path: Path) -> None:
    config, file = TrainConfig(dropout=0.3, seed=5), tmp_path / "best.json"
    file.write_text(json.dumps(config.to_hyperparameters()))

    assert TrainConfig.from_hyperparameters(given("--config", str(file))) == config


@pytest.mark.parametrize("text", [None, "{", "[]", '{"width": 32}'])
def test_a_file_that_holds_none_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "best.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(ConfigError, match=r"config: .*best\.json"):
        given("--config", str(file))
