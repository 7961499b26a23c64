"""Hyperparameters on a command line: every one an option, laid over those of a file."""

import argparse
import json
from pathlib import Path

from model.config import ConfigError, TrainConfig


def add_hyperparameters(parser: argparse.ArgumentParser) -> None:
    """Every field of `TrainConfig`, and a file of them."""
    options = parser.add_argument_group("hyperparameters")
    options.add_argument("--config", type=Path, help="JSON file, as model.search writes it")
    for name, default in TrainConfig().to_hyperparameters().items():
        options.add_argument(f"--{name.replace('_', '-')}", help=f"default {default}")


def given_hyperparameters(given: argparse.Namespace) -> dict[str, str]:
    """What was given, as a job is given it; an option goes before the file.

    raises: ConfigError, when the file cannot be read.
    """
    chosen = {name: value for name in TrainConfig().to_hyperparameters()
              if (value := getattr(given, name)) is not None}
    return {**(_read(given.config) if given.config else {}), **chosen}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"config: {path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ConfigError(f"config: {path} holds no object of texts")
    return found
