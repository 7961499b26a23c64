"""The deployment's replay, asked from outside."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from recovery.replay import ReplayError, replay
from recovery.report import Report


class Replays:
    """The Lambda service, of which the one function answers so."""

    def __init__(self, *answers: dict[str, Any], failed: bool = False) -> None:
        self._answers: Iterator[dict[str, Any]] = iter(answers)
        self._failed = failed

    def invoke(self, FunctionName: str) -> dict[str, Any]:
        payload = io.BytesIO(json.dumps(next(self._answers)).encode())
        return {"Payload": payload, **({"FunctionError": "Unhandled"} if self._failed else {})}


def outcome(batches: int, more: bool = False, **left: str) -> dict[str, Any]:
    return {"batches": batches, "records": 10 * batches, "left": left, "more": more}


def test_it_is_asked_until_all_is_done() -> None:
    report = Report()

    replay("f", report, Replays(outcome(3, more=True), outcome(2)))

    assert report.counts == {"batches replayed": 5, "records replayed": 50}
    assert report.problems == []


def test_what_stays_is_named() -> None:
    report = Report()

    replay("f", report, Replays(outcome(1, key="still broken")))

    assert report.problems == ["key: still broken"]


def test_it_does_not_ask_for_ever() -> None:
    report = Report()

    replay("f", report, Replays(outcome(1, more=True), outcome(0, more=True, key="slow")))

    assert report.problems == ["key: slow", "batches for which no time was left: call it again"]


def test_a_function_that_fails_is_told_of() -> None:
    with pytest.raises(ReplayError, match="f: KeyError: x"):
        replay("f", Report(), Replays({"errorType": "KeyError", "errorMessage": "x"}, failed=True))
