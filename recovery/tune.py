"""SageMaker looks for hyperparameters: the cloud's twin of `python -m model.search`.

The same space, the same trial, the same score (`domain.space`, `model.attempt`); jobs of a tuning
are those of the deployment but for how they begin: docs/decisions/0036.
"""

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from domain.layout import CHECKPOINTS, ML_ROOT, STAGING, TUNED_KEY
from domain.space import CHOICES, OBJECTIVE, RANGES, SAID
from functions.aws import CONFIG
from functions.event_log import MANY
from functions.jobs import channels_of, resources_of, static_of, stopping_of
from functions.settings import StartTraining
from functions.shelf import Shelf
from functions.tries import TUNING, Tries
from recovery.report import Report
from recovery.stack import Stack

PROGRAM = "tune.py"
# SageMaker starts no command of ours in a tuning, but a script that its image unpacks; only beside
# one of Python does that install requirements.txt. It hands over hyperparameters as options, which
# the job's folder tells as well. source: SageMaker Training Toolkit, `entry_point.install`.
SCRIPT = f"""import runpy
import sys

sys.argv[1:] = ["--job", "{ML_ROOT}"]
runpy.run_module("model.attempt", run_name="__main__", alter_sys=True)
"""
# The toolkit writes hyperparameters into a line of a shell, in no quotes.
PLAIN = re.compile(r"[A-Za-z0-9_\-\[\]{}\":,.\s]*")
MAX_NAME = 32  # characters. source: AWS, "CreateHyperParameterTuningJob"


class TuneError(Exception):
    """SageMaker does not look, or has not found anything."""


class Budget(NamedTuple):
    """What may be spent. trials: in all; parallel: at once; minutes: of wall time."""

    trials: int
    parallel: int
    minutes: int


def told_by(stack: Stack) -> StartTraining:
    """What a deployment tells its trainings."""
    found = boto3.client("lambda", config=CONFIG.botocore()).get_function_configuration(
        FunctionName=stack.training_function)
    return StartTraining.from_env(found["Environment"]["Variables"])


def begin(told: StartTraining, budget: Budget, now: datetime, report: Report) -> str:
    """Have SageMaker look; the name of its job, which `adopt` is told.

    raises: TuneError, in SageMaker's words, which name a quota; a `WorldError`.
    """
    name = f"{told.deployment}{TUNING}{now:%m%d%H%M}"
    if len(name) > MAX_NAME:
        raise TuneError(f"{name} has more than the {MAX_NAME} characters of a tuning job's name")
    if not PLAIN.fullmatch(told.event_types):
        raise TuneError("event_types: a name of letters, digits, - and _ alone can be tuned with")
    key = f"{STAGING}tuning/{name}.tar.gz"
    Shelf(told.bucket_name, config=MANY).put(key, _packed(told.code_uri))
    try:
        _sagemaker().create_hyper_parameter_tuning_job(**request_of(told, budget, name, key))
    except ClientError as error:
        raise TuneError(f"SageMaker does not tune: {error}") from error
    report.counts[f"trials to come of {name}"] = budget.trials
    return name


def adopt(
    stack: Stack, name: str, report: Report, client: Any = None
) -> Mapping[str, str]:
    """Have the next trainings use what the best trial of a tuning had.

    raises: TuneError, when there is none; a `WorldError`.
    """
    try:
        found = (client or _sagemaker()).describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name)
    except ClientError as error:
        raise TuneError(f"no tuning {name} here: {error}") from error
    best = found.get("BestTrainingJob", {})
    tuned = {key: value for key, value in best.get("TunedHyperParameters", {}).items()
             if key in RANGES or key in CHOICES}
    if not tuned:
        raise TuneError(f"{name} is {found['HyperParameterTuningJobStatus']} and has no best trial")
    Shelf(stack.bucket_name, config=MANY).put(TUNED_KEY, json.dumps(tuned).encode())
    report.counts["hyperparameters of the next training"] = len(tuned)
    return tuned


def request_of(told: StartTraining, budget: Budget, name: str, key: str) -> dict[str, Any]:
    """As SageMaker is asked. key: of the code.

    source: AWS, "CreateHyperParameterTuningJob" (SageMaker API); script mode: SageMaker Training
    Toolkit, "sagemaker_program", "sagemaker_submit_directory".
    """
    machine = Tries.of(told.instance_types, told.spot).machines[0]
    fixed = {known: value for known, value in static_of(told).items()
             if known not in RANGES and known not in CHOICES}
    bucket = f"s3://{told.bucket_name}/"
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": OBJECTIVE},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": budget.trials,
                               "MaxParallelTrainingJobs": budget.parallel,
                               "MaxRuntimeInSeconds": 60 * budget.minutes},
            "ParameterRanges": _ranges(),
            "TrainingJobEarlyStoppingType": "Auto",
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {
                **fixed, "sagemaker_program": json.dumps(PROGRAM),
                "sagemaker_submit_directory": json.dumps(bucket + key)},
            "AlgorithmSpecification": {
                "TrainingImage": told.training_image, "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": OBJECTIVE, "Regex": SAID}]},
            "RoleArn": told.training_role_arn,
            "InputDataConfig": channels_of(told),
            "OutputDataConfig": {"S3OutputPath": f"{bucket}{STAGING}tuning"},
            "CheckpointConfig": {"S3Uri": f"{bucket}{CHECKPOINTS}{name}"},
            "ResourceConfig": resources_of(machine),
            "StoppingCondition": stopping_of(told, machine),
            "EnableManagedSpotTraining": machine.spot,
        },
    }


def _ranges() -> dict[str, Any]:
    return {
        "ContinuousParameterRanges": [
            {"Name": name, "MinValue": str(least), "MaxValue": str(most),
             "ScalingType": "Logarithmic"} for name, (least, most) in RANGES.items()],
        "CategoricalParameterRanges": [
            {"Name": name, "Values": [json.dumps(value) for value in values]}
            for name, values in CHOICES.items()],
    }


def _packed(code_uri: str) -> bytes:
    """The training bundle as script mode wants it, with what it shall run."""
    bucket, _, key = code_uri.removeprefix("s3://").partition("/")
    bundle = Shelf(bucket, config=MANY).get(key)
    if bundle is None:
        raise TuneError(f"{code_uri}: the training bundle is gone, deploy anew")
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as zipped, \
            tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in (*zipped.namelist(), PROGRAM):
            data = SCRIPT.encode() if name == PROGRAM else zipped.read(name)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if not name.endswith("/"):
                tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _sagemaker() -> Any:
    return boto3.client("sagemaker", config=CONFIG.botocore())
