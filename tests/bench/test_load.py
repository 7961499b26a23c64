"""A level of load is told by its answers, its errors, and the CPU of either side."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from botocore.credentials import Credentials

from bench.load import ASKED, EVENTS, KINDS, LISTS, Callers, Level, complaint_of, summary
from bench.served import Spent
from bench.traffic import Call
from local.gateway import Gateway
from local.routes import Refusals, Route, Routes
from local.template import Template

FEW = {LISTS: [10.0] * 99 + [200.0], ASKED: [20.0], EVENTS: [5.0]}


class Place(NamedTuple):
    """Where a server is, as callers know it."""

    url: str
    api_key: str = "right"


def answered(function: str, event: Any) -> dict[str, Any]:
    source = "popular" if "bob" in event["path"] else "personal"
    body = {"rejected": []} if function == "Ingest" else {"source": source}
    return {"statusCode": 202 if function == "Ingest" else 200,
            "body": json.dumps(body, separators=(",", ":"))}


@pytest.fixture
def place() -> Iterator[Place]:
    lists = "/users/{user_id}/recommendations"
    routes = Routes([Route("GET", lists, "Recommend"), Route("POST", lists, "Recommend"),
                     Route("POST", "/events", "Ingest")])
    gateway = Gateway(routes, Refusals(Template({"Resources": {}})), answered, api_key="right",
                      credentials=Credentials("KEY", "secret"))
    yield Place(gateway.start())
    gateway.stop()


def calls() -> Iterator[Call]:
    while True:
        yield Call(0.0, 0, {"user_id": "ann", "events": []})


def asked(place: Place, user: str) -> Callers:
    callers = Callers(place, [user], calls())  # type: ignore[arg-type]
    asyncio.run(callers.ask(4, 0.3))
    return callers


def test_every_answer_is_timed_by_its_kind(place: Place) -> None:
    callers = asked(place, "ann")

    assert callers.errors == []
    assert len(callers.ms[LISTS]) > len(callers.ms[ASKED]) > 0 < len(callers.ms[EVENTS])


def test_a_list_that_is_not_personal_is_an_error(place: Place) -> None:
    callers = asked(place, "bob")

    assert len(callers.errors) == len(callers.ms[LISTS]) + len(callers.ms[ASKED])
    assert "popular" in callers.errors[0]


def test_who_does_not_answer_is_an_error() -> None:
    callers = asked(Place("http://127.0.0.1:9"), "ann")

    assert callers.errors
    assert not callers.ms


@pytest.mark.parametrize(("status", "body"), [
    (200, {"rejected": []}), (202, {"rejected": [{"index": 0}]}), (500, {})])
def test_events_are_taken_or_it_is_an_error(status: int, body: dict[str, Any]) -> None:
    assert str(status) in complaint_of(EVENTS, httpx.Response(status, json=body))


def test_a_level_says_what_a_call_took_on_either_side() -> None:
    level = Level(4, wall_s=2.0, driver_s=0.5, server=Spent(1.02, 0.204), ms=FEW)

    assert level.told() == {
        "clients": 4, "calls_per_s": 51.0, "p50_ms": 10.0, "p95_ms": 10.0, "p99_ms": 11.9,
        "errors": 0, "server_cpu_ms": 10.0, "emulator_cpu_ms": 2.0, "server_cores": 0.51,
        "driver_cores": 0.25}


def test_the_level_with_most_calls_a_second_says_what_a_core_does() -> None:
    quick = Level(2, 1.0, 0.1, Spent(0.51, 0.1), FEW)
    slow = Level(4, 2.0, 0.1, Spent(1.0, 0.1), FEW)

    busiest = summary([quick, slow])["busiest"]

    assert (busiest["clients"], busiest["calls_per_s_and_core"]) == (2, 200)
    assert list(busiest["kinds"]) == list(KINDS)
