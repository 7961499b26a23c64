"""Models are listed, shown, promoted and rolled back from the command line."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.notary import Notary
from functions.registry import Entry, Registry
from functions.shelf import Shelf
from local import models
from local.administrator import RefusedError
from local.cloud import Cloud
from local.models import before, stands
from tests.functions.artifacts import manifest_alone

OLD, NEW, WORSE = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Cloud, Path]]:
    """NEW serves, OLD did before, WORSE was refused."""
    with Cloud(tmp_path, live=False) as cloud:
        registry, now_ms = shelf_of(cloud), time.time_ns() // 1_000_000 - 60_000
        for n, (version, refusals) in enumerate(((OLD, []), (NEW, []), (WORSE, ["it is worse"]))):
            numbers = {"model": {"ndcg@10": 0.25}, "popularity": {"ndcg@10": 0.1}}
            registry.record(Entry(version, now_ms + n, f"job-{n}", refusals, numbers, "2026",
                                  size_bytes=2**21))
            manifest_alone(models_of(cloud), version)
        registry.point(OLD, now_ms)
        registry.point(NEW, now_ms + 1)
        yield cloud, tmp_path


def shelf_of(cloud: Cloud) -> Registry:
    table = cloud.by_verb["step_rollout"].environment["HEADWATER_MODELS_TABLE"]
    return Registry(table, cloud.engine.client("dynamodb"))


def models_of(cloud: Cloud) -> Shelf:
    told = cloud.by_verb["manage_models"].environment
    return Shelf(told["HEADWATER_BUCKET_NAME"], notary=Notary.of(told["HEADWATER_SIGNING_KEY"]))


def act(live: tuple[Cloud, Path], *words: str) -> None:
    cloud, data = live
    parser = argparse.ArgumentParser()
    models.add_arguments(parser)
    models.run(parser.parse_args([*words, "--data", str(data),
                                  "--port", cloud.url.rpartition(":")[2]]))


def pointer(live: tuple[Cloud, Path]) -> Any:
    return shelf_of(live[0]).pointer()


def test_all_are_listed_with_what_became_of_them(
    live: tuple[Cloud, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    act(live, "list")

    lines = capsys.readouterr().out.splitlines()[2:]
    assert ["refused: it is worse" in lines[0], "| 0.2500 | 2 | serves |" in lines[1]] == [True] * 2
    assert lines[2].startswith(f"| {OLD} |")


def test_one_is_shown_with_its_numbers(
    live: tuple[Cloud, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    act(live, "show", NEW)

    assert "| ndcg@10 | 0.2500 | 0.1000 |" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "version"), [(["list"], NEW), (["show", OLD], OLD)])
def test_machines_are_told_all_of_it(
    live: tuple[Cloud, Path], capsys: pytest.CaptureFixture[str], words: list[str], version: str
) -> None:
    act(live, *words, "--json")

    found = json.loads(capsys.readouterr().out)
    assert version in (found.get("current"), found.get("version"))


def test_a_rollout_is_begun_and_stopped(
    live: tuple[Cloud, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    act(live, "promote", OLD, "--share", "0.05")
    assert pointer(live).rollout.candidate == OLD
    act(live, "list")
    act(live, "rollback")

    assert (pointer(live).version, pointer(live).rollout) == (NEW, None)
    said = capsys.readouterr().out
    assert f"{OLD} serves 5.0%, {NEW} the others." in said
    assert "rolled out to 5.0%" in said
    assert "serves the other 95.0%" in said


def test_without_a_rollout_the_model_before_serves_again(live: tuple[Cloud, Path]) -> None:
    act(live, "rollback")

    assert pointer(live).version == OLD
    with pytest.raises(SystemExit, match="no model before"):
        act(live, "rollback")
    act(live, "promote", NEW)
    assert pointer(live).version == NEW


@pytest.mark.parametrize(("words", "said"), [
    (["show"], "show takes a VERSION"), (["list", OLD], "list takes no VERSION"),
    (["show", "d" * 16], "there is no model d"), (["promote", WORSE], "answered 404"),
    (["promote", OLD, "--share", "2"], "answered 400")])
def test_what_is_wrong_is_said(live: tuple[Cloud, Path], words: list[str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        act(live, *words)


def test_a_cloud_that_does_not_run_is_not_reached(live: tuple[Cloud, Path]) -> None:
    live[0].gateway.stop()

    with pytest.raises(SystemExit, match="Not reached"):
        act(live, "list")


def test_a_model_in_the_shadow_is_told_of_as_shown_to_nobody() -> None:
    models = [{"version": version, "judged_ms": 1, "refusals": [], "rolled_back": None}
              for version in (NEW, OLD)]
    rollout = {"version": NEW, "share": 0.0, "sample": 0.05, "since_ms": 0, "calls": 40,
               "alike": 0.625}
    shelf: dict[str, Any] = {"current": OLD, "rollout": rollout, "models": models}

    assert stands(models[0], shelf).startswith(
        "shown to nobody yet: 40 lists for 5.0%, 62% alike, since ")
    assert stands(models[1], shelf) == "serves"
    rollout["alike"] = None
    assert "alike" not in stands(models[0], shelf)


def test_a_rollback_passes_by_what_left_by_itself() -> None:
    def model(version: str, judged_ms: int, why: str | None = None) -> dict[str, Any]:
        return {"version": version, "judged_ms": judged_ms, "refusals": [], "rolled_back": why}

    shelf: dict[str, Any] = {"current": NEW, "rollout": None,
             "models": [model(NEW, 3), model(WORSE, 2, "it fails"), model(OLD, 1)]}

    assert before(shelf) == OLD
    assert stands(shelf["models"][1], shelf) == "rolled back: it fails"
    with pytest.raises(RefusedError, match="no model serves yet"):
        before({"current": None, "rollout": None, "models": []})
