"""SageMaker looks where `model.search` looks, with jobs of the deployment; the next one hears."""

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.layout import EVENT_LOG, TUNED_KEY
from domain.space import CHOICES, OBJECTIVE, RANGES, SAID, said
from functions.settings import StartTraining
from functions.tries import is_trial
from model.config import TrainConfig
from recovery import tune
from recovery.__main__ import main
from recovery.report import Report
from recovery.tune import Budget, TuneError
from tests.functions.stage import Stage
from tests.recovery.stage import stack_of
from tests.recovery.test_stack import deploy, outputs_of

NOW = datetime(2026, 5, 4, 3, 2, tzinfo=UTC)
BUDGET = Budget(trials=8, parallel=2, minutes=90)
NAME = "headwater-tune-05040302"


@pytest.fixture
def deployed(stage: Stage) -> Stage:
    """A deployment whose training bundle and starter are where the template says."""
    told = told_by(stage)
    bucket, _, key = told.code_uri.removeprefix("s3://").partition("/")
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as zipped:
        zipped.writestr("model/attempt.py", "import sys; print(*sys.argv[1:])")
        zipped.writestr("requirements.txt", "-c constraints.txt")
    s3 = stage.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=bundle.getvalue())
    return stage


def told_by(stage: Stage) -> StartTraining:
    return StartTraining.from_env(stage.cloud.by_verb["start_training"].environment)


def request(stage: Stage, **other: str) -> dict[str, Any]:
    told = StartTraining(**vars(told_by(stage)) | other)
    return tune.request_of(told, BUDGET, NAME, "staging/tuning/x.tar.gz")


def test_it_looks_in_the_space_of_the_local_search_and_fixes_the_rest(stage: Stage) -> None:
    asked = request(stage)

    ranges = asked["HyperParameterTuningJobConfig"]["ParameterRanges"]
    looked = [one["Name"] for kind in ranges.values() for one in kind]
    fixed = asked["TrainingJobDefinition"]["StaticHyperParameters"]
    assert sorted(looked) == sorted([*RANGES, *CHOICES])
    assert not set(looked) & set(fixed)
    known = set(TrainConfig().to_hyperparameters())
    assert known <= {*looked, *fixed}
    for one in ranges["ContinuousParameterRanges"]:
        least, most = (TrainConfig.from_hyperparameters({one["Name"]: one[end]})
                       for end in ("MinValue", "MaxValue"))
        assert least != most
    for one in ranges["CategoricalParameterRanges"]:
        assert [TrainConfig.from_hyperparameters({one["Name"]: value}) for value in one["Values"]]


def test_a_trial_is_a_job_of_the_deployment(stage: Stage) -> None:
    asked = request(stage, spot="true", max_runtime_s="60")["TrainingJobDefinition"]

    told = told_by(stage)
    assert asked["RoleArn"] == told.training_role_arn
    assert asked["EnableManagedSpotTraining"] is True
    assert asked["StoppingCondition"] == {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120}
    assert [one["ChannelName"] for one in asked["InputDataConfig"]] == [
        "events", "catalog", "forgotten"]
    assert asked["OutputDataConfig"]["S3OutputPath"] == f"s3://{stage.bucket}/staging/tuning"


def test_what_a_trial_prints_is_its_score(stage: Stage) -> None:
    asked = request(stage)

    objective = asked["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    (told,) = asked["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert objective == {"Type": "Maximize", "MetricName": told["Name"]}
    found = re.search(told["Regex"], said(0.25))
    assert found
    assert float(found[1]) == 0.25
    assert (told["Name"], told["Regex"]) == (OBJECTIVE, SAID)


def test_sagemaker_is_asked_and_finds_the_code_as_script_mode_wants_it(
    deployed: Stage, tmp_path: Path
) -> None:
    assert tune.begin(told_by(deployed), BUDGET, NOW, report := Report()) == NAME

    found = deployed.client("sagemaker").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=NAME)
    asked = found["TrainingJobDefinition"]["StaticHyperParameters"]
    uri, program = (json.loads(asked[f"sagemaker_{name}"])
                    for name in ("submit_directory", "program"))
    key = uri.removeprefix(f"s3://{deployed.bucket}/")
    with tarfile.open(fileobj=io.BytesIO(deployed.shelf().get(key) or b"")) as tar:
        tar.extractall(tmp_path, filter="data")
    ran = subprocess.run([sys.executable, program, "--width", "64"], cwd=tmp_path, check=True,
                         capture_output=True, text=True)  # as the toolkit does
    assert ran.stdout == "--job /opt/ml\n"
    assert (tmp_path / "requirements.txt").exists()
    assert report.counts == {f"trials to come of {NAME}": 8}


def test_the_end_of_a_trial_is_known_by_its_name(deployed: Stage) -> None:
    assert is_trial(f"{NAME}-001-0a1b2c3d")
    assert not is_trial("headwater-20260504-030200")
    assert not is_trial("shop-tune-it-20260504-030200-2")


def test_a_bundle_that_is_gone_is_named(deployed: Stage) -> None:
    told = told_by(deployed)
    gone = StartTraining(**vars(told) | {"code_uri": told.code_uri + ".old"})

    with pytest.raises(TuneError, match="training bundle is gone"):
        tune.begin(gone, BUDGET, NOW, Report())


def test_a_name_that_leaves_no_room_is_refused_before_anything_is_asked(deployed: Stage) -> None:
    long = StartTraining(**vars(told_by(deployed)) | {"deployment": "a" * 19})

    with pytest.raises(TuneError, match="more than the 32 characters"):
        tune.begin(long, BUDGET, NOW, Report())


@pytest.mark.parametrize(("types", "may"), [
    ('[{"name": "share", "code": 64, "weight": -2.5}]', True),
    ('[{"name": "it\'s", "code": 64, "weight": 2}]', False), ('[{"name": "$(id)"}]', False)])
def test_names_that_a_shell_would_read_are_refused(
    deployed: Stage, types: str, may: bool
) -> None:
    told = StartTraining(**vars(told_by(deployed)) | {"event_types": types})

    if may:
        assert tune.begin(told, BUDGET, NOW, Report()) == NAME
    else:
        with pytest.raises(TuneError, match="event_types: a name of letters"):
            tune.begin(told, BUDGET, NOW, Report())


def test_what_was_found_is_what_the_next_training_is_told(
    deployed: Stage, found: dict[str, Any]
) -> None:
    found["BestTrainingJob"] = {"TunedHyperParameters": {
        "learning_rate": "0.002", "width": "128", "_tuning_objective_metric": OBJECTIVE}}

    tuned = tune.adopt(stack_of(deployed.cloud), NAME, Report(), Told(found))

    assert tuned == {"learning_rate": "0.002", "width": "128"}
    assert json.loads(deployed.shelf().get(TUNED_KEY) or b"") == tuned
    deployed.shelf().put(f"{EVENT_LOG}dt=2026-05-04/some.jsonl.gz", b"events")
    deployed.cloud.by_verb["start_training"].invoke({"time": "2026-05-05T00:00:00Z"})
    client = deployed.client("sagemaker")
    (job,) = client.list_training_jobs()["TrainingJobSummaries"]
    given = client.describe_training_job(TrainingJobName=job["TrainingJobName"])["HyperParameters"]
    assert TrainConfig.from_hyperparameters(
        {k: v for k, v in given.items() if k != "event_types"}) == TrainConfig(
            learning_rate=0.002, width=128)


def test_a_tuning_that_found_nothing_yet_changes_nothing(
    deployed: Stage, found: dict[str, Any]
) -> None:
    with pytest.raises(TuneError, match="is InProgress and has no best trial"):
        tune.adopt(stack_of(deployed.cloud), NAME, Report(), Told(found))

    assert deployed.shelf().get(TUNED_KEY) is None


def test_a_tuning_nobody_began_is_named(stage: Stage) -> None:
    deploy(stage.cloud, "shop", outputs_of(stage.cloud))

    with pytest.raises(SystemExit, match="no tuning other here"):
        main(["tune", "--stack", "shop", "--adopt", "other"])


@pytest.fixture
def found() -> dict[str, Any]:
    return {"HyperParameterTuningJobStatus": "InProgress"}


class Told:
    """A SageMaker that tells what it is given."""

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found

    def describe_hyper_parameter_tuning_job(self, **_: str) -> dict[str, Any]:
        """As SageMaker's."""
        return self._found
