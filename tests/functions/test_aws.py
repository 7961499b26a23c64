"""How long a call to AWS may take at worst."""

import importlib
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from boto3.exceptions import Boto3Error, RetriesExceededError
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from functions.aws import CONFIG, PROMPT, WorldError
from infra.api import ROUTES
from local.cloud import Cloud
from tests.functions.faults import client_error

LIST_CALLS = 7  # user, pointer, model, trends, pages, catalogue, changes
INGEST_CALLS = 2  # user, stream


def worst_s(config: Config) -> float:
    """Of a service that accepts connections and never answers.

    The pause before try n is at most 2^(n-1) s. source: AWS, "Retry behavior" (SDKs and Tools
    Reference Guide), standard mode.
    """
    options: Any = config
    tries = options.retries["total_max_attempts"]
    waits = max(options.connect_timeout, options.read_timeout)
    return float(tries * waits + sum(2 ** n for n in range(tries - 1)))


def test_a_list_comes_in_time_though_everything_hangs(cloud: Cloud) -> None:
    limit_s = cloud.template.resources("AWS::Lambda::Function")[
        cloud.by_verb["recommend"].name]["Timeout"]

    assert LIST_CALLS * worst_s(PROMPT) < limit_s


def test_a_sender_of_events_hears_of_a_stream_that_hangs(cloud: Cloud) -> None:
    limit_s = cloud.template.resources("AWS::Lambda::Function")[
        cloud.by_verb["ingest_events"].name]["Timeout"]

    assert INGEST_CALLS * worst_s(PROMPT) < limit_s


def test_in_the_background_there_is_more_patience() -> None:
    assert worst_s(PROMPT) < worst_s(CONFIG) < 30


@pytest.mark.parametrize("error", [
    client_error("InternalServerError", "get_item"), ReadTimeoutError(endpoint_url="x"),
    RetriesExceededError(Boto3Error("broken pipe")),
], ids=["service", "connection", "transfer"])
def test_what_the_world_does_wrong_is_one_kind_of_error(error: Exception) -> None:
    with pytest.raises(WorldError):
        raise error


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_service_that_never_answers_is_an_error_of_the_world(silent_server: str) -> None:
    short = PROMPT.merge(Config(read_timeout=0.05, retries={"total_max_attempts": 1}))
    client = boto3.client("dynamodb", endpoint_url=silent_server, region_name="us-east-1",
                          aws_access_key_id="x", aws_secret_access_key="x", config=short)

    with pytest.raises(WorldError):
        client.list_tables()


def test_every_verb_that_answers_callers_is_prompt(cloud: Cloud) -> None:
    prompt: Any = PROMPT
    for verb in {route.verb for route in ROUTES} - {"describe_api"}:  # which asks nobody
        adapters = importlib.import_module(f"functions.{verb}").adapters()

        configs = list(clients_below(adapters))

        assert configs, verb
        assert {config.read_timeout for config in configs} == {prompt.read_timeout}, verb


def clients_below(thing: Any) -> Iterator[Any]:
    """The config of every client that a thing of ours holds."""
    parts = list(thing) if isinstance(thing, tuple) else list(vars(thing).values()) if hasattr(
        thing, "__dict__") and type(thing).__module__.startswith("functions.") else []
    for part in parts:
        if hasattr(part, "meta") and hasattr(part.meta, "config"):
            yield part.meta.config
        else:
            yield from clients_below(part)
