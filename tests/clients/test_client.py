import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from headwater_client import ApiError, Client, Drop
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cloud import Cloud
from tests.clients.faulty import Api, FaultyServer, serving

PACKAGE = Path(__file__).parents[2] / "clients/python"
QUICK: dict[str, Any] = {"window_s": .02, "backoff_s": .01, "on_trouble": lambda _: None}


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A program of its own that has a client."""
    begin = "import os, sys, time\nfrom headwater_client import Client\n"
    return subprocess.Popen([sys.executable, "-c", begin + script, *arguments], text=True,
                            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finished(program: subprocess.Popen[str]) -> str:
    output, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")
    return output


def items(api: Api) -> Counter[str]:
    """How often each item arrived."""
    return Counter(event["item_id"] for _, events in api.batches for event in events)


def counted(cloud: Cloud, user: str) -> dict[str, int]:
    cloud.drain()
    with cloud.client() as client:
        reply = client.call("GET", f"/users/{user}")
    return reply.body["events"] if reply.status == 200 else {}


def test_events_reach_the_deployment_and_lists_come_back(cloud: Cloud) -> None:
    with cloud.client() as admin:
        admin.call("PUT", "/items", {"items": [{"item_id": i} for i in "abc"]}, admin=True)
    with Client(cloud.url, api_key=cloud.api_key) as client:
        client.track("click", "a", user_id="ann")

        listing = client.recommend(k=5, user_id="ann")  # which knows the click already
        client.impressions(listing)
        held = client.flush()

    assert [item["item_id"] for item in listing["items"]] == ["c", "b"]
    assert (held, client.counts.accepted) == (0, 3)
    assert counted(cloud, "ann") == {"click": 1, "impression": 2}


def test_what_a_session_did_is_its_users_once_it_is_joined_and_nobody_elses(cloud: Cloud) -> None:
    told: list[Drop] = []
    with Client(cloud.url, api_key=cloud.api_key, **QUICK, on_drop=told.append) as client:
        client.track("click", "a", session_id="s1")
        client.flush()
        client.join("ann", "s1")
        client.track("view", "b", user_id="ann")
        client.flush()
        client.join("bob", "s1")
        client.flush()

    assert counted(cloud, "ann") == {"view": 1, "click": 1}
    assert [(drop.reason, drop.status, drop.entry.subject) for drop in told] == [
        ("refused", 409, "bob")]


def test_an_event_that_was_sent_twice_counts_once(
    cloud: Cloud, before_cloud: FaultyServer
) -> None:
    before_cloud.faults = ["after", "half", {"status": 503}]
    with Client(before_cloud.url, api_key=cloud.api_key, **QUICK) as client:
        for item in "abc":
            client.track("click", item, user_id="ann")

        client.flush()

    assert len(before_cloud.calls) == 4
    assert counted(cloud, "ann") == {"click": 3}


def test_a_user_whom_the_deployment_erased_is_dropped(cloud: Cloud) -> None:
    told: list[Drop] = []
    with cloud.client() as admin:
        admin.call("DELETE", "/users/ann", admin=True)
    with Client(cloud.url, api_key=cloud.api_key, on_drop=told.append) as client:
        client.track("click", "a", user_id="ann")
        client.track("click", "a", user_id="bob")

        client.flush()

    assert [(drop.reason, drop.entry.subject, drop.status) for drop in told] == [
        ("erased", "ann", 410)]
    assert counted(cloud, "bob") == {"click": 1}


def test_an_event_that_the_deployment_refuses_is_told_with_its_reason(cloud: Cloud) -> None:
    told: list[Drop] = []
    with Client(cloud.url, api_key=cloud.api_key, on_drop=told.append) as client:
        client.track("wave", "a", user_id="ann")
        client.track("click", "a", user_id="ann")

        client.flush()

    assert [(drop.reason, drop.field, drop.message[:11]) for drop in told] == [
        ("refused", "type", "must be one")]
    assert counted(cloud, "ann") == {"click": 1}


def test_with_a_wrong_key_events_are_kept(cloud: Cloud) -> None:
    troubles: list[Any] = []
    client = Client(cloud.url, api_key="wrong", on_trouble=troubles.append,
                    on_drop=lambda _: None)
    client.track("click", "a", user_id="ann")

    held = client.flush(.5)
    client.close(0)

    assert held == 1
    assert {trouble.status for trouble in troubles} == {403}


over_http = st.sampled_from(["ok", "before", "after", "half", "page", {"status": 500},
                             {"status": 503}, {"status": 429}, {"status": 408}, {"status": 410},
                             {"status": 400}])


@settings(deadline=None, max_examples=15)
@given(st.lists(over_http, max_size=8), st.integers(1, 60))
def test_whatever_fails_each_event_is_accepted_once_or_dropped_with_its_reason(
    faults: list[Any], n_events: int
) -> None:
    told: list[Drop] = []
    with serving(Api()) as server, Client(server.url, **QUICK, on_drop=told.append) as client:
        server.faults = list(faults)
        for n in range(n_events):
            client.track("view", f"i{n}", user_id="ab"[n % 2])

        held = client.flush(20)

        dropped = {drop.entry.event["item_id"] for drop in told if drop.entry.event}
        assert held == 0
        assert client.counts.accepted + len(told) == n_events
        assert set(items(server.behind)) | dropped == {f"i{n}" for n in range(n_events)}
        assert set(server.behind.seen.values()) <= set(range(1, len(faults) + 2))


def test_many_threads_track_at_once(api: Api, server: FaultyServer) -> None:
    with Client(server.url, **QUICK, connections=3) as client:
        threads = [threading.Thread(target=lambda n=n: [
            client.track("view", f"{n}-{m}", user_id=f"user {n % 5}") for m in range(100)])
            for n in range(8)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        held = client.flush(20)

    assert held == 0
    assert items(api) == Counter(f"{n}-{m}" for n in range(8) for m in range(100))


def test_calls_of_several_users_may_be_under_way_at_once_but_not_of_one(
    server: FaultyServer
) -> None:
    server.delay_s = .1
    with Client(server.url, **QUICK, connections=4) as client:
        for n in range(120):
            client.track("view", f"i{n}", user_id=f"user {n % 2}")

        client.flush()

    spans = sorted((call.body["user_id"], call.began_s, call.ended_s) for call in server.calls)
    alone = [(a, b) for a, b in pairwise(spans) if a[0] == b[0]]
    assert all(later[1] >= earlier[2] - .005 for earlier, later in alone)
    ones, others = ([s for s in spans if s[0] == f"user {n}"] for n in range(2))
    assert any(a[1] < b[2] and b[1] < a[2] for a in ones for b in others)


def test_a_client_that_is_closed_takes_nothing_more(server: FaultyServer) -> None:
    client = Client(server.url)
    client.close()
    client.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.track("view", "a", user_id="ann")


def test_what_a_client_cannot_send_before_it_closes_is_told(server: FaultyServer) -> None:
    told: list[Drop] = []
    server.down = True
    client = Client(server.url, **QUICK, on_drop=told.append)
    client.track("view", "a", user_id="ann")

    client.close(.2)

    assert [(drop.reason, drop.entry.event and drop.entry.event["item_id"]) for drop in told] == [
        ("closed", "a")]
    assert client.counts.dropped == {"closed": 1}


def test_closing_does_not_wait_for_a_server_that_hangs(server: FaultyServer) -> None:
    server.delay_s = 20.0
    client = Client(server.url, **QUICK, on_drop=lambda _: None)
    client.track("view", "a", user_id="ann")
    began_s = time.monotonic()

    client.close(.3)

    assert time.monotonic() - began_s < 5
    server.delay_s = 0.0


def test_a_program_that_ends_without_closing_sends_first(api: Api, server: FaultyServer) -> None:
    finished(run("Client(sys.argv[1]).track('view', 'a', user_id='ann')", server.url))

    assert items(api) == {"a": 1}


def test_of_a_program_that_is_killed_what_was_accepted_is_there_and_the_rest_is_lost(
    api: Api, server: FaultyServer
) -> None:
    program = run("""
client = Client(sys.argv[1], window_s=3600)
for n in range(30):
    client.track("view", f"i{n}", user_id="ann")
while client.counts.accepted < 25:
    time.sleep(.01)
print("ready", flush=True)
time.sleep(60)
""", server.url)
    assert program.stdout
    program.stdout.readline()

    program.send_signal(signal.SIGKILL)
    program.communicate()

    assert items(api) == Counter(f"i{n}" for n in range(25))


def test_a_fork_sends_its_own_events_and_not_its_parents(api: Api, server: FaultyServer) -> None:
    finished(run("""
import warnings
warnings.simplefilter("ignore")  # Python says that forks of programs with threads are risky
client = Client(sys.argv[1], window_s=.5)
client.track("view", "parent", user_id="ann")
if not os.fork():
    client.track("view", "child", user_id="ann")
    client.close()
    os._exit(0)
os.wait()
client.close()
""", server.url))

    assert items(api) == {"parent": 1, "child": 1}


def test_a_token_is_asked_for_before_each_call(server: FaultyServer) -> None:
    asked: list[str] = []
    with Client(server.url, **QUICK, token=lambda who: asked.append(who) or f"of {who}") as client:
        client.track("view", "a", user_id="ann")
        client.track("view", "a", session_id="s")
        client.flush()
        client.recommend(user_id="ann")

    assert sorted(asked) == ["ann", "ann", "~s"]
    assert {call.headers["authorization"] for call in server.calls} == {
        "Bearer of ann", "Bearer of ~s"}


def test_a_function_of_the_callers_that_fails_is_heard_of_and_stops_nothing(
    api: Api, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", lambda found: heard.append(found.exc_type))
    answers = iter([KeyError("no token yet"), "token"])

    def token(_: str) -> str:
        found = next(answers, "token")
        if isinstance(found, KeyError):
            raise found
        return found

    def on_drop(_: Drop) -> None:
        raise OSError("log is full")

    with Client(server.url, **QUICK, token=token, on_drop=on_drop) as client:
        client.track("wave", "refused", user_id="ann")
        client.track("view", "a", user_id="ann")
        client.flush()
        client.track("view", "b", user_id="ann")
        client.flush()

    assert heard == [KeyError, OSError]
    assert items(api) == {"a": 1, "b": 1}


def test_a_list_that_does_not_come_is_an_error_with_its_status(cloud: Cloud) -> None:
    known, nobody = Client(cloud.url, api_key=cloud.api_key), Client("http://127.0.0.1:9")

    with known, pytest.raises(ApiError, match="k must be") as refused:
        known.recommend(k=1000, user_id="ann")
    with nobody, pytest.raises(ApiError) as unheard:
        nobody.recommend(user_id="ann")

    assert (refused.value.status, unheard.value.status) == (400, 0)


def test_a_session_that_logs_in_is_joined(api: Api, server: FaultyServer) -> None:
    with Client(server.url, **QUICK) as client:
        client.track("view", "a", session_id="s1")
        client.join("ann", "s1")
        client.flush()

    assert api.joined == {"s1": "ann"}
