import io
import json
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.promote_model import read_job
from local.engine import Engine
from local.jobs import Job, JobRunner
from local.template import ROOT
from tests.local.handlers.start_job import request

SAVES = 'set -eu; echo "$TRAINING_JOB_NAME" > "$ML_ROOT"/model/weights; '
WAITS = "while :; do sleep 0.05; done"

Run = Callable[..., Job]


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine("key", "secret")
    made.start()
    s3 = made.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="events/a", Body=b"an event")
    yield made
    made.stop()


@pytest.fixture
def heard() -> list[Any]:
    return []


@pytest.fixture
def runner(engine: Engine, heard: list[Any], tmp_path: Path) -> Iterator[JobRunner]:
    def publish(event: Any) -> list[Any]:
        heard.append(event)
        return ["heard"]

    made = JobRunner(engine.client("sagemaker"), engine.client("s3"), tmp_path, publish,
                     grace_s=0.2)
    yield made
    made.stop()


@pytest.fixture
def run(engine: Engine, runner: JobRunner) -> Run:
    """Create a job of a script, and wait for its end."""
    def act(script: str, **changes: Any) -> Job:
        engine.client("sagemaker").create_training_job(
            **request("bucket", "stage-1", script, **changes))
        runner.poll()
        runner.wait()
        return runner.all[-1]

    return act


def stored(engine: Engine, key: str) -> bytes:
    return bytes(engine.client("s3").get_object(Bucket="bucket", Key=key)["Body"].read())


def test_a_job_finds_its_channels_and_leaves_its_model(engine: Engine, run: Run) -> None:
    job = run('cat "$ML_ROOT"/input/data/events/a > "$ML_ROOT"/model/weights')

    model = io.BytesIO(stored(engine, "staging/stage-1/output/model.tar.gz"))
    with tarfile.open(fileobj=model) as archive:
        archive.extractall(job.root / "unpacked", filter="data")
    assert (job.status, job.answers) == ("Completed", ["heard"])
    assert (job.root / "unpacked" / "weights").read_bytes() == b"an event"


def test_its_configuration_lies_where_sagemaker_puts_it(run: Run) -> None:
    job = run("true")

    config = {path.stem: json.loads(path.read_text())
              for path in (job.root / "input/config").iterdir()}
    assert config["hyperparameters"] == {"epochs": "2"}
    assert config["inputdataconfig"]["events"]["TrainingInputMode"] == "File"
    assert config["resourceconfig"]["current_host"] == "algo-1"


def test_arguments_and_variables_reach_the_container(run: Run) -> None:
    algorithm = {"TrainingImage": "image", "TrainingInputMode": "File",
                 "ContainerEntrypoint": ["bash", "-c", 'echo "$1 $TRAINING_JOB_NAME"', "bash"],
                 "ContainerArguments": ["argument"]}

    job = run("", AlgorithmSpecification=algorithm)

    assert (job.root / "log").read_text() == "argument stage-1\n"


def test_no_credentials_reach_the_container(run: Run) -> None:
    job = run("env | grep ^AWS_ || true")

    assert (job.root / "log").read_text() == ""


def test_its_end_is_the_documented_event(run: Run, heard: list[Any]) -> None:
    run(SAVES)

    [event] = heard
    detail = event["detail"]
    assert (event["source"], event["detail-type"]) == (
        "aws.sagemaker", "SageMaker Training Job State Change")
    assert event["resources"] == [detail["TrainingJobArn"]]
    assert (detail["TrainingJobName"], detail["TrainingJobStatus"], detail["SecondaryStatus"]) == (
        "stage-1", "Completed", "Completed")
    assert detail["RoleArn"] == "arn:aws:iam::123456789012:role/TrainingRole"
    assert detail["ModelArtifacts"] == {
        "S3ModelArtifacts": "s3://bucket/staging/stage-1/output/model.tar.gz"}
    assert "FailureReason" not in detail
    json.dumps(event)


def test_what_a_training_says_of_itself_reaches_whoever_is_told(run: Run, heard: list[Any]) -> None:
    """From its failure file to the reason that the promoter writes down and logs."""
    run(f'cd {ROOT} && exec "{sys.executable}" -m model.train --job "$ML_ROOT"',
        HyperParameters={"epochs": "-1"})

    assert read_job(heard[0]["detail"]).failure.startswith("AlgorithmError: ConfigError: epochs")


def test_a_failure_is_told_in_the_jobs_own_words(run: Run, heard: list[Any]) -> None:
    job = run('printf "%02000d" 7 > "$ML_ROOT"/output/failure; exit 3')

    assert (job.status, len(job.reason)) == ("Failed", 1024)
    assert job.reason.startswith("AlgorithmError: 000")
    assert heard[0]["detail"]["FailureReason"] == job.reason
    assert "ModelArtifacts" not in heard[0]["detail"]


def test_a_failure_without_words_tells_the_exit_code(run: Run) -> None:
    assert run("exit 3").reason == "AlgorithmError: it wrote no reason, exit code: 3"


def test_an_empty_channel_fails_the_job_before_it_runs(engine: Engine, run: Run) -> None:
    engine.client("s3").delete_object(Bucket="bucket", Key="events/a")

    job = run(SAVES)

    assert job.status == "Failed"
    assert "No S3 objects found" in job.reason
    assert not (job.root / "model" / "weights").exists()


def test_a_container_that_cannot_be_started_fails_the_job(run: Run) -> None:
    algorithm = {"TrainingImage": "image", "TrainingInputMode": "File",
                 "ContainerEntrypoint": ["/no/such/program"]}

    assert "no/such/program" in run("", AlgorithmSpecification=algorithm).reason


def test_a_job_that_runs_too_long_is_stopped_and_keeps_its_model(engine: Engine, run: Run) -> None:
    job = run(SAVES + WAITS, StoppingCondition={"MaxRuntimeInSeconds": 1})

    assert (job.status, job.secondary) == ("Stopped", "MaxRuntimeExceeded")
    assert stored(engine, "staging/stage-1/output/model.tar.gz")


def test_a_job_may_finish_its_work_when_it_is_stopped(
    engine: Engine, runner: JobRunner, tmp_path: Path
) -> None:
    script = f'trap "echo saved > $ML_ROOT/checkpoints/last; exit 0" TERM; touch ready; {WAITS}'
    engine.client("sagemaker").create_training_job(**request("bucket", "stage-1", script))
    runner.poll()
    while not (tmp_path / "stage-1" / "ready").exists():
        time.sleep(0.01)

    runner.stop()

    assert runner.all[0].status == "Stopped"
    assert stored(engine, "checkpoints/stage-1/last") == b"saved\n"


def test_a_job_that_will_not_stop_is_killed(
    engine: Engine, runner: JobRunner, tmp_path: Path
) -> None:
    script = f'trap "" TERM; touch ready; {WAITS}'
    engine.client("sagemaker").create_training_job(**request("bucket", "stage-1", script))
    runner.poll()
    while not (tmp_path / "stage-1" / "ready").exists():
        time.sleep(0.01)

    runner.stop()

    assert runner.all[0].status == "Stopped"


def test_what_is_written_for_tensorboard_is_brought_out_though_the_job_fails(
    engine: Engine, run: Run
) -> None:
    told = {"LocalPath": "/opt/ml/output/tensorboard", "S3OutputPath": "s3://bucket/logs"}

    job = run('mkdir -p "$ML_ROOT"/output/tensorboard; cd "$ML_ROOT"/output/tensorboard; '
              "echo event > file; exit 1", TensorBoardOutputConfig=told)

    assert job.status == "Failed"
    assert stored(engine, "logs/stage-1/tensorboard-output/file") == b"event\n"


def test_a_job_goes_on_from_the_checkpoints_of_an_earlier_one(engine: Engine, run: Run) -> None:
    engine.client("s3").put_object(Bucket="bucket", Key="checkpoints/stage-1/last", Body=b"3")

    job = run('cat "$ML_ROOT"/checkpoints/last')

    assert (job.root / "log").read_text() == "3"


def test_a_job_is_run_once(engine: Engine, runner: JobRunner, run: Run) -> None:
    run(SAVES)

    runner.poll()
    runner.wait()

    assert len(runner.all) == 1


def test_a_terminal_shows_what_the_job_prints(engine: Engine, tmp_path: Path) -> None:
    console = io.StringIO()
    runner = JobRunner(engine.client("sagemaker"), engine.client("s3"), tmp_path, lambda _: [],
                       console=console)
    engine.client("sagemaker").create_training_job(
        **request("bucket", "stage-1", "test -t 2 && echo drawn"))

    runner.poll()
    runner.wait()

    assert "drawn" in console.getvalue()
    assert "drawn" in (tmp_path / "stage-1" / "log").read_text()
