"""Whoever is woken finds a section of the alarm's name."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.alarms import RUNBOOK
from infra.deployment import Deployment
from tests.infra.synthesized import Stack

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / RUNBOOK).read_text()
KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::Budgets::Budget")


def sections() -> dict[str, str]:
    """Name -> text, of every section whose heading is one word: those of alarms."""
    parts = re.split(r"^#{2,3} (.+)$", TEXT, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True)
            if name.isalnum()}


@pytest.fixture(scope="module")
def watched(synthesize: Callable[..., Stack]) -> dict[str, Any]:
    """Name -> properties of everything that tells, in a deployment where all of it is on."""
    stack = synthesize(monthly_budget_usd=1, personalize=True)
    return {id_.removeprefix("Monitoring").removesuffix(id_[-8:]): found
            for kind in KINDS for id_, found in stack.of(kind).items()}


def test_every_alarm_has_its_section_and_every_section_its_alarm(watched: dict[str, Any]) -> None:
    assert set(sections()) == set(watched)


@pytest.mark.parametrize("name", sections())
def test_a_section_says_what_it_means_and_what_to_do(name: str) -> None:
    text = sections()[name]

    assert "**Means**" in text
    assert "**Do**" in text


def test_an_alarm_points_to_its_section(watched: dict[str, Any]) -> None:
    told = {name: alarm["AlarmDescription"] for name, alarm in watched.items()
            if "AlarmDescription" in alarm}

    assert len(told) == len(watched) - 1  # a budget has no words of its own
    assert all(text.endswith(f"See {RUNBOOK}#{name.lower()}") for name, text in told.items())


def test_the_settings_it_names_are_settings() -> None:
    words = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", TEXT))
    known = set(Deployment.__dataclass_fields__)
    near = {word for word in words if word.endswith(("_ms", "_s", "_h", "_usd", "_percent",
                                                     "_ceiling", "_sample", "_days", "_type"))}

    assert near - known == set()
