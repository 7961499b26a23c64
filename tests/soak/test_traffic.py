"""Callers are people whose clients buffer and retry: what they send is what the API takes."""

import json
from typing import Any

from domain.event import MAX_EVENTS, check_user_id, parse_batch
from domain.features import MAX_EVENT_IDS
from domain.vocabulary import Vocabulary
from functions.api import Front, Request
from soak.clock import Clock
from soak.dice import ALL, Dice, Kind
from soak.traffic import Caller, call, callers

CALM = Dice(0, ())


def caller(dice: Dice = CALM, times: int = 1) -> Caller:
    made = Caller({"user_id": "ada"})
    for _ in range(times):
        made.do(dice, Clock())
    return made


def ids(chosen: dict[int, dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in chosen.values()]


def test_what_is_taken_leaves_the_queue_and_what_is_not_goes_again_with_newer_events() -> None:
    made = caller()
    first = made.batch(CALM)
    made.do(CALM, Clock())

    again = made.batch(CALM)
    made.took(again)

    assert ids(again)[:len(first)] == ids(first)
    assert len(again) > len(first)
    assert made.queue == {}


def test_a_call_holds_no_more_than_the_api_takes() -> None:
    made = caller(times=40)

    chosen = made.batch(CALM)

    assert len(chosen) == MAX_EVENTS
    assert min(chosen) == 0


def test_what_was_taken_may_be_sent_again() -> None:
    for seed in range(200):
        dice = Dice(seed, {Kind.RESENT})
        made = caller(dice, times=3)
        taken = made.batch(dice)
        made.took(taken)
        made.do(dice, Clock())
        if set(made.batch(dice)) & set(taken):
            return
    raise AssertionError("nothing was ever sent again")


def test_the_api_takes_what_callers_send_but_what_they_mean_to_be_wrong() -> None:
    taken = refused = 0
    for seed in range(60):
        dice, clock = Dice(seed, ALL), Clock()
        for made in callers(dice):
            for _ in range(3):
                made.do(dice, clock)
                chosen = made.batch(dice)
                body = json.loads(made.body(chosen, dice))

                batch, rejected = parse_batch(body, clock.now_ms, Vocabulary())

                assert [e.event_id for e in batch.events] == ids(chosen)
                assert len(body["events"]) - len(chosen) == len(rejected)
                taken, refused = taken + len(batch.events), refused + len(rejected)
                made.took(chosen)

    assert taken > 1000
    assert refused > 5


def test_users_have_ids_that_the_api_takes_and_no_two_the_same() -> None:
    for seed in range(30):
        found = callers(Dice(seed))

        assert len({made.subject for made in found}) == len(found)
        assert all(not check_user_id(made.identity["user_id"], "")
                   for made in found if "user_id" in made.identity)


def test_an_event_is_forgotten_when_a_ring_of_newer_ones_came() -> None:
    made = Caller({"user_id": "ada"})
    newest: dict[int, dict[str, Any]] = {MAX_EVENT_IDS: {}}

    assert made.forgets(0, newest)
    assert not made.forgets(1, newest)


def test_who_is_gone_sends_nothing_more() -> None:
    made = caller()

    made.leave()

    assert made.gone
    assert made.batch(CALM) == {}


def test_a_call_reaches_its_function_as_api_gateway_hands_it_over() -> None:
    event = call("DELETE", "/users/{user_id}", "", 1_760_000_000_123, "call-7", user_id="ada")

    request = Request(event, Front("*", tokens_required=False).tokens_required)

    assert (request.received_ms, request.id) == (1_760_000_000_123, "call-7")
    assert request.user_id() == "ada"
    assert event["httpMethod"] == "DELETE"
