"""Training jobs as SageMaker is asked for them, held against botocore's own model of the call."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from domain.layout import CHANNEL_CURRENT
from functions.jobs import ENTRYPOINT, Jobs, NoMachineError
from functions.settings import StartTraining
from functions.tries import Machine, Tries, Try
from tests.functions.faults import Faulty
from tests.functions.stage import Stage

FIRST = Try("headwater-1", "headwater-1", Machine("ml.g5.xlarge", spot=True))
MAX_ENTRYPOINT = 256  # characters. source: AWS, "AlgorithmSpecification", ContainerEntrypoint


def told(stage: Stage, **other: str) -> StartTraining:
    found = StartTraining.from_env(stage.cloud.by_verb["start_training"].environment)
    return StartTraining(**vars(found) | other)


class Asked:
    """A client that keeps what it is asked, once botocore finds it well-formed."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.request: dict[str, Any] = {}

    def create_training_job(self, **request: Any) -> None:
        """As SageMaker's; botocore validates the parameters before it sends anything."""
        self._client.create_training_job(**request)
        self.request = request


def asked(stage: Stage, settings: StartTraining, current: str | None = None) -> dict[str, Any]:
    client = Asked(stage.client("sagemaker"))
    (first, *_) = Tries.of(settings.instance_types, settings.spot).starting("headwater-1")
    Jobs(settings, client).start(first, current)  # type: ignore[arg-type]
    return client.request


def uris(request: dict[str, Any]) -> dict[str, str]:
    return {channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in request["InputDataConfig"]}


def test_a_job_reads_the_log_and_writes_to_staging_only(stage: Stage) -> None:
    request = asked(stage, told(stage))

    bucket = f"s3://{stage.bucket}"
    assert uris(request) == {
        "events": f"{bucket}/events/", "catalog": f"{bucket}/catalog/current.npz",
        "forgotten": f"{bucket}/training/forgotten.txt", "code": told(stage).code_uri}
    assert request["OutputDataConfig"]["S3OutputPath"] == f"{bucket}/staging/models"
    assert request["CheckpointConfig"]["S3Uri"] == f"{bucket}/staging/checkpoints/headwater-1"


def test_event_files_of_tensorboard_leave_a_job_while_it_runs(stage: Stage) -> None:
    request = asked(stage, told(stage))

    assert request["TensorBoardOutputConfig"] == {
        "LocalPath": "/opt/ml/output/tensorboard",
        "S3OutputPath": f"s3://{stage.bucket}/staging/tensorboard"}


def test_mlflow_is_told_where_a_deployment_has_one(stage: Stage) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/shop"

    assert asked(stage, told(stage, mlflow=arn))["HyperParameters"]["mlflow"] == arn
    assert "mlflow" not in asked(stage, told(stage))["HyperParameters"]


def test_the_model_that_serves_goes_along_to_be_beaten(stage: Stage) -> None:
    request = asked(stage, told(stage), "0123456789abcdef")

    assert uris(request)[CHANNEL_CURRENT] == f"s3://{stage.bucket}/models/0123456789abcdef/"


def test_hyperparameters_are_strings_and_hold_the_event_types(stage: Stage) -> None:
    declared = '[{"name": "share", "code": 64, "weight": 2.0}]'

    given = asked(stage, told(stage, event_types=declared))["HyperParameters"]

    assert given["event_types"] == declared
    assert given.items() >= json.loads(told(stage).hyperparameters).items()
    assert all(isinstance(value, str) for value in given.values())


@pytest.mark.parametrize(("spot", "stopping"), [
    ("true", {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120}),
    ("false", {"MaxRuntimeInSeconds": 60})])
def test_only_a_spot_job_may_wait(stage: Stage, spot: str, stopping: dict[str, int]) -> None:
    request = asked(stage, told(stage, spot=spot, max_runtime_s="60"))

    assert request["EnableManagedSpotTraining"] is (spot == "true")
    assert request["StoppingCondition"] == stopping


def test_a_job_that_was_asked_for_before_is_no_failure(stage: Stage) -> None:
    client = Faulty(stage.client("sagemaker"), {"create_training_job": None}, late=True,
                    code="ResourceInUse")

    Jobs(told(stage), client).start(FIRST, None)  # type: ignore[arg-type]

    found = stage.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in found] == ["headwater-1"]


def test_a_job_that_is_refused_is_told(stage: Stage) -> None:
    client = Faulty(stage.client("sagemaker"), {"create_training_job": None}, code="AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        Jobs(told(stage), client).start(FIRST, None)  # type: ignore[arg-type]


def test_a_machine_that_the_account_may_not_have_is_named_in_sagemakers_words(
    stage: Stage
) -> None:
    client = Faulty(stage.client("sagemaker"), {"create_training_job": None},
                    code="ResourceLimitExceeded")

    with pytest.raises(NoMachineError, match="ResourceLimitExceeded: ResourceLimitExceeded, as"):
        Jobs(told(stage), client).start(FIRST, None)  # type: ignore[arg-type]


def test_the_entrypoint_fits_the_field_it_goes_into() -> None:
    assert len(ENTRYPOINT) <= MAX_ENTRYPOINT
    assert "\n" not in ENTRYPOINT


def bundle(root: Path, train: str) -> None:
    """The code channel of a job: a package whose training is this text, and nothing to install."""
    (root / "input/data/code").mkdir(parents=True)
    with zipfile.ZipFile(root / "input/data/code/bundle.zip", "w") as made:
        made.writestr("model/__init__.py", "")
        made.writestr("model/train.py", train)
        made.writestr("requirements.txt", "")


def run(root: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-c", ENTRYPOINT], capture_output=True, text=True, check=False,
                          env={"ML_ROOT": str(root), "PATH": path, "PIP_NO_INDEX": "1"})


def test_the_entrypoint_runs_the_bundle_in_a_folder_with_a_blank(tmp_path: Path) -> None:
    root = tmp_path / "ml root"
    bundle(root, "import pathlib, sys; print(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())")

    done = run(root)

    assert (done.returncode, done.stdout.split(maxsplit=1)) == (0, ["--job", f"{root}\n"])


def test_the_entrypoint_fails_as_the_training_does(tmp_path: Path) -> None:
    bundle(tmp_path, "raise SystemExit(3)")

    assert run(tmp_path).returncode == 3


def test_the_entrypoint_fails_without_a_bundle(tmp_path: Path) -> None:
    assert run(tmp_path).returncode != 0
