"""Models out of the bucket, and the pointer: chosen by a person where there is a choice."""

from pathlib import Path

import pytest

from domain.artifact import CARD, MANIFEST
from functions.shelf import model_key
from recovery import models
from recovery.report import Report
from recovery.stack import Adapters
from tests.conftest import Trained
from tests.functions.artifacts import variant
from tests.functions.stage import NOW_MS, Stage, files_of
from tests.recovery.stage import drop

LATER = "2999-01-01T00:00:00+00:00"


@pytest.fixture
def first(stage: Stage, trained: Trained) -> str:
    """The version of a model that was promoted."""
    return str(stage.end_job("first", files_of(trained.folder))["promoted"])


@pytest.fixture
def second(first: str, opened: Adapters, trained: Trained, tmp_path: Path) -> str:
    """The version of another one on the shelf."""
    version = variant(trained.folder, tmp_path / "second", created_at=LATER)
    opened.shelf.put_model(tmp_path / "second", version)
    return version


def fill(opened: Adapters, chosen: str = "") -> Report:
    report = Report()
    models.fill(opened, report, chosen, NOW_MS)
    return report


def test_models_are_named_by_when_they_were_trained_though_the_newest_was_copied_first(
    stage: Stage, opened: Adapters, trained: Trained, tmp_path: Path
) -> None:
    made = {created_at: variant(trained.folder, tmp_path / created_at, created_at=created_at)
            for created_at in (LATER, "2026-02-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00")}
    for created_at, version in made.items():
        opened.shelf.put_model(tmp_path / created_at, version)

    (problem,) = fill(opened).problems

    assert problem.endswith(", newest first: " + ", ".join(
        f"{version} ({created_at})" for created_at, version in made.items()))


def test_the_only_model_serves_again_with_its_metrics(
    stage: Stage, opened: Adapters, first: str
) -> None:
    (known,) = opened.registry.entries()
    drop(stage.cloud, "models")

    report = fill(opened)

    (found,) = opened.registry.entries()
    current = opened.registry.current()
    assert report.problems == []
    assert (found.version, found.metrics, found.created_at, found.refusals) == (
        first, known.metrics, known.created_at, [])
    assert current is not None
    assert current == (first, found.judged_ms)


def test_of_several_a_person_chooses(
    stage: Stage, opened: Adapters, first: str, second: str
) -> None:
    drop(stage.cloud, "models")

    report = fill(opened)

    assert opened.registry.current() is None
    assert "choose a model with --model" in report.problems[0]
    assert fill(opened, first).problems == []
    assert opened.registry.current() == (first, NOW_MS)


def test_a_pointer_that_stands_is_left_alone(
    opened: Adapters, first: str, second: str
) -> None:
    before = opened.registry.current()

    report = fill(opened)

    assert opened.registry.current() == before
    assert report.counts == {"models that needed nothing": 1, "models registered": 1}


def test_a_model_that_is_not_there_is_not_pointed_at(opened: Adapters, first: str) -> None:
    assert fill(opened, "0" * 16).problems == [f"the pointer: {'0' * 16} is no promoted model"]


def test_a_folder_that_is_damaged_is_named(
    stage: Stage, opened: Adapters, first: str, second: str
) -> None:
    opened.shelf.put(model_key(first, MANIFEST), b"{}")
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=model_key(second, CARD))
    drop(stage.cloud, "models")

    problems = fill(opened).problems

    assert sorted(p.rpartition(": ")[2] for p in problems) == [
        "card.json is missing", "the manifest is not what the version says"]
    assert opened.registry.entries() == []


def test_an_empty_bucket_has_nothing_to_point_at(opened: Adapters) -> None:
    assert fill(opened) == Report()
