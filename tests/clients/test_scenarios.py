"""What every client does alike: one list of scenarios, played with each of them."""

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.clients.faulty import Api, FaultyServer
from tests.clients.playing import HERE, PLAYERS, SESSION, Played

SCENARIOS = json.loads((HERE / "scenarios.json").read_text())


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s["name"] for s in SCENARIOS])
def test_every_client_does_as_the_scenario_says(
    api: Api, server: FaultyServer, scenario: dict[str, Any], player: str
) -> None:
    server.faults = list(scenario.get("faults", []))
    server.delay_s = scenario.get("delay_ms", 0) / 1000
    if "owner" in scenario:
        api.joined[SESSION] = scenario["owner"]

    played = PLAYERS[player](server.url, scenario)

    assert expected(scenario, played) == shown(scenario, played, api, server)
    assert_nothing_is_claimed_that_is_not_so(played, api, scenario)
    assert_one_call_at_a_time(server)


def expected(scenario: dict[str, Any], played: Played) -> dict[str, Any]:
    return {name: scenario[name] for name in SHOWN if name in scenario}


def shown(
    scenario: dict[str, Any], played: Played, api: Api, faulty: FaultyServer
) -> dict[str, Any]:
    return {name: show(played, api, faulty) for name, show in SHOWN.items() if name in scenario}


def batches(faulty: FaultyServer) -> list[Any]:
    return [call for call in faulty.calls if call.path == "/events"]


SHOWN = {
    "calls": lambda _, __, faulty: [len(call.items) for call in batches(faulty)],
    "subjects": lambda _, api, __: [subject for subject, _ in api.batches],
    "troubles": lambda played, *_: played.troubles,
    "drops": lambda played, *_: played.drops,
    "twice": lambda _, api, __: sum(count == 2 for count in api.seen.values()),
    "held": lambda played, *_: played.tracked - played.accepted - sum(played.dropped.values()),
    "joined": lambda _, api, __: sorted(set(api.joined.values())),
    "recent": lambda _, api, __: [query.get("recent", []) for query in api.queries],
    "events": lambda _, api, __: [[e["type"], e["item_id"], e.get("recommendation_id"),
                                   e.get("propensity")]
                                  for _, events in api.batches for e in events],
    "gap_ms": lambda _, __, faulty: min(
        1000, *((b.began_s - a.ended_s) * 1000 for a, b in pairwise(batches(faulty)))),
    "erased_at_once": lambda _, __, faulty: not any(
        "ann" in json.dumps(call.body) for call in batches(faulty)[1:]),
}


def assert_nothing_is_claimed_that_is_not_so(
    played: Played, api: Api, scenario: dict[str, Any]
) -> None:
    arrived = {event["event_id"] for _, events in api.batches for event in events}
    joins = bool(scenario.get("joined"))

    assert played.accepted - joins <= len(arrived)
    assert api.seen.total() == len(arrived) + scenario.get("twice", 0)


def assert_one_call_at_a_time(faulty: FaultyServer) -> None:
    calls = [call for call in faulty.calls if call.headers.get("x-api-key")]

    assert all(later.began_s >= earlier.ended_s or earlier.ended_s - later.began_s < .005
               for earlier, later in pairwise(calls))
