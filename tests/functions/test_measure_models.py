"""Ages are told by the clock, also before there is anything to be old."""

import time

import pytest
from botocore.exceptions import ClientError

from domain import metric
from functions.measure_models import HOUR_MS, measure
from functions.registry import Entry
from tests.functions.stage import NOW_MS, Stage

VERB = "measure_models"


def hours_ago(hours: float) -> int:
    return time.time_ns() // 1_000_000 - round(hours * HOUR_MS)


def promoted(stage: Stage, version: str, hours: float) -> None:
    stage.registry().record(Entry(version, hours_ago(hours), f"job-{version}", [], {}, ""))
    stage.registry().point(version, hours_ago(hours))


def failed(stage: Stage, hours: float) -> None:
    stage.registry().record(Entry(None, hours_ago(hours), "job", ["no capacity"], {}, ""))


def test_the_ages_of_the_model_that_serves_and_of_the_last_training(stage: Stage) -> None:
    promoted(stage, "0123456789abcdef", hours=30)
    failed(stage, hours=6)

    stage.cloud.by_verb[VERB].invoke({})

    assert stage.counted(metric.MODEL_AGE_H) == pytest.approx(30, abs=0.1)
    assert stage.counted(metric.TRAINING_AGE_H) == pytest.approx(6, abs=0.1)


def test_before_the_first_model_the_deployment_itself_grows_old(stage: Stage) -> None:
    stage.cloud.by_verb[VERB].invoke({})

    assert stage.counted(metric.MODEL_AGE_H) == pytest.approx(0, abs=0.1)
    assert stage.counted(metric.TRAINING_AGE_H) == pytest.approx(0, abs=0.1)


def test_a_registry_that_fails_measures_nothing(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("models_table"))

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        measure(stage.registry(), NOW_MS)
