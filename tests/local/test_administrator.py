"""A deployment is called as its administrator, whether it is here or on AWS."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.administrator import RefusedError, add_target, ok, target
from local.client import Reply
from local.cloud import Cloud


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, Path]]:
    """A cloud and its folder."""
    data = tmp_path_factory.mktemp("cloud")
    with Cloud(data) as cloud:
        yield cloud, data


def asked(live: tuple[Cloud, Path], *more: str) -> argparse.Namespace:
    cloud, data = live
    parser = argparse.ArgumentParser()
    add_target(parser)
    return parser.parse_args(["--data", str(data), "--port", cloud.url.rpartition(":")[2], *more])


def test_the_local_cloud_knows_its_administrator(live: tuple[Cloud, Path]) -> None:
    found = target(asked(live))

    with found.client as client:
        assert ok(client.call("GET", "/models", admin=True))["models"] == []
    assert found.near


def test_a_deployment_is_asked_with_the_callers_own_credentials(live: tuple[Cloud, Path]) -> None:
    cloud, _ = live  # whose engine holds this process's credentials

    found = target(asked(live, "--url", f"{cloud.url}/"))

    with found.client as client:
        assert client.call("GET", "/models", admin=True).status == 200
    assert found.near is None


def test_where_nobody_is_there_it_is_said(live: tuple[Cloud, Path]) -> None:
    with pytest.raises(RefusedError, match="start one first"):
        target(asked(live, "--data", "/nowhere"))


def test_a_refusal_is_told_with_its_answer() -> None:
    with pytest.raises(RefusedError, match="409"):
        ok(Reply(409, {"error": "another model was chosen"}, 1.0))
