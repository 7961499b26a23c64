import re
from pathlib import Path

import pytest
from headwater_client import limits

from domain.event import MAX_EVENTS, SESSION_MARK
from domain.features import MAX_EVENT_IDS
from domain.vocabulary import DEFAULT_TYPES

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "clients/js/headwater.js"
# Read, not imported: a handler's module must see its environment first.
RECOMMEND = ROOT / "domain/ask_schema.py"
PER_MS = {"MAX_RETRY_AFTER_MS": limits.MAX_RETRY_AFTER_S, "HOLD_MS": limits.HOLD_S,
          "TIMEOUT_MS": limits.TIMEOUT_S, "RECENT_MS": limits.RECENT_S,
          "windowMs": limits.WINDOW_S, "backoffMs": limits.BACKOFF_S,
          "maxBackoffMs": limits.MAX_BACKOFF_S}


def stated(path: Path, name: str) -> int:
    """A number as a file states it."""
    [found] = re.findall(rf"\b{name} = (\d+)", path.read_text())
    return int(found)


def test_the_limits_of_the_api_are_those_of_the_deployment() -> None:
    known = (MAX_EVENTS, stated(RECOMMEND, "MAX_RECENT"), SESSION_MARK)

    assert known == (limits.MAX_EVENTS, limits.MAX_RECENT, limits.MARK)


def test_only_what_speaks_for_an_item_is_called_recent() -> None:
    never = {t.name for t in DEFAULT_TYPES if t.weight <= 0 or t.neutral is not None}

    assert never == limits.NEVER_RECENT


def test_a_batch_that_is_sent_again_is_within_what_the_deployment_remembers() -> None:
    assert 2 * limits.MAX_EVENTS <= MAX_EVENT_IDS  # it, and what was sent by another tab meanwhile


@pytest.mark.parametrize("name", ["MAX_EVENTS", "MAX_RECENT", "MAX_QUERY"])
def test_the_browser_module_has_the_same_limits(name: str) -> None:
    assert stated(MODULE, name) == getattr(limits, name)


@pytest.mark.parametrize("name", PER_MS)
def test_the_browser_module_has_the_same_times(name: str) -> None:
    assert stated(MODULE, name) == PER_MS[name] * 1000


def test_the_browser_module_calls_the_same_types_never_recent() -> None:
    [found] = re.findall(r"NEVER_RECENT = \[(.*?)\]", MODULE.read_text())

    assert set(re.findall(r'"(\w+)"', found)) == limits.NEVER_RECENT
