"""How long a call to AWS may take at worst."""

import importlib
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from functions.aws import BRIEF, CONFIG, PROMPT, Patience, WorldError, again_if_closed
from functions.scorer import FETCH_S
from functions.wire import WORST_S
from infra.api import ROUTES
from local.cloud import Cloud
from tests.functions.faults import client_error

INGEST_CALLS = 2  # user, stream
# What may hang in one list at worst, when nothing was ever read: what is looked for (model, its
# pointer; trends, pages; catalogue, changes), of which each stops at the first that hangs.
LOOKS = 3
STATES = 2  # a session's, and that of its user


def test_a_list_comes_in_time_though_everything_hangs() -> None:
    assert LOOKS * BRIEF.hangs_s + STATES * WORST_S < 3


def test_a_list_whose_parts_were_read_before_waits_for_one_look_and_the_state() -> None:
    assert max(BRIEF.hangs_s, WORST_S) + WORST_S < 1


def test_a_model_that_comes_slowly_leaves_time_for_a_list(cloud: Cloud) -> None:
    limit_s = cloud.template.resources("AWS::Lambda::Function")[
        cloud.by_verb["recommend"].name]["Timeout"]

    assert FETCH_S + LOOKS * BRIEF.hangs_s + STATES * WORST_S < limit_s / 2


def test_a_sender_of_events_hears_of_a_stream_that_hangs(cloud: Cloud) -> None:
    limit_s = cloud.template.resources("AWS::Lambda::Function")[
        cloud.by_verb["ingest_events"].name]["Timeout"]

    assert INGEST_CALLS * PROMPT.hangs_s < limit_s


def test_in_the_background_there_is_more_patience() -> None:
    assert BRIEF.hangs_s < PROMPT.hangs_s < CONFIG.hangs_s < 30


@pytest.mark.parametrize("error", [
    client_error("InternalServerError", "get_item"), ReadTimeoutError(endpoint_url="x"),
], ids=["service", "connection"])
def test_what_the_world_does_wrong_is_one_kind_of_error(error: Exception) -> None:
    with pytest.raises(WorldError):
        raise error


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_service_that_never_answers_is_an_error_of_the_world(silent_server: str) -> None:
    short = Patience(connect_s=1, read_s=0.05, tries=1).botocore()
    client = boto3.client("dynamodb", endpoint_url=silent_server, region_name="us-east-1",
                          aws_access_key_id="x", aws_secret_access_key="x", config=short)

    with pytest.raises(WorldError):
        client.list_tables()


def test_every_verb_that_answers_callers_is_prompt(cloud: Cloud) -> None:
    most = {"recommend": BRIEF}
    for verb in {route.verb for route in ROUTES} - {"describe_api"}:  # which asks nobody
        adapters = importlib.import_module(f"functions.{verb}").adapters()

        configs = list(clients_below(adapters))

        assert configs, verb
        assert {config.read_timeout for config in configs} == {most.get(verb, PROMPT).read_s}, verb


def clients_below(thing: Any) -> Iterator[Any]:
    """The config of every client that a thing of ours holds."""
    parts = list(thing) if isinstance(thing, tuple) else list(vars(thing).values()) if hasattr(
        thing, "__dict__") and type(thing).__module__.startswith("functions.") else []
    for part in parts:
        if hasattr(part, "meta") and hasattr(part.meta, "config"):
            yield part.meta.config
        else:
            yield from clients_below(part)


@pytest.mark.parametrize(("attempts", "error", "pause_s"), [
    (1, ConnectionClosedError(endpoint_url="x"), 0.0),
    (2, ConnectionClosedError(endpoint_url="x"), None),
    (1, EndpointConnectionError(endpoint_url="x"), None), (1, None, None)])
def test_a_connection_that_was_closed_meanwhile_is_opened_again_at_once(
    attempts: int, error: Exception | None, pause_s: float | None
) -> None:
    assert again_if_closed(attempts=attempts, caught_exception=error, other="x") == pause_s
