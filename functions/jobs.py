"""SageMaker: training jobs, as this deployment asks for them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from domain.layout import (
    CATALOG_KEY,
    CHANNEL_CATALOG,
    CHANNEL_CODE,
    CHANNEL_CURRENT,
    CHANNEL_EARLIER,
    CHANNEL_EVENTS,
    CHANNEL_FORGOTTEN,
    CHECKPOINTS,
    EVENT_LOG,
    FORGOTTEN_KEY,
    LOGS,
    ML_ROOT,
    MODELS_PREFIX,
    STAGING,
    TENSORBOARD,
)
from functions.aws import CONFIG
from functions.settings import StartTraining
from functions.tries import SCARCE, Machine, Try

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

VOLUME_GB = 50  # the event log, unpacked: about a billion events
# Lets the image's CUDA fit the instance's driver, as the image's own entrypoint would have done;
# unpacks the bundle, installs what the image lacks, trains. ML_ROOT is set only outside SageMaker.
# One line of at most 256 characters. source: AWS, "AlgorithmSpecification", ContainerEntrypoint.
ENTRYPOINT = (
    "f=/usr/local/bin/start_cuda_compat.sh; [ -f $f ] && . $f; "
    'set -eu; cd "${ML_ROOT:-/opt/ml}"; python -mzipfile -e input/data/code/*.zip code; cd code; '
    "python -mpip install -qr requirements.txt --disable-pip-version-check; "
    "exec python -mmodel.train --job .."
)


NOTHING: Mapping[str, str] = {}


class NoMachineError(Exception):
    """The machine that a job asks for cannot be had in this account."""


class Jobs:
    """The training jobs of one deployment."""

    def __init__(self, settings: StartTraining, client: "SageMakerClient | None" = None) -> None:
        self._client = client or boto3.client("sagemaker", config=CONFIG.botocore())
        self._settings = settings

    def start(
        self, asked: Try, current_version: str | None, tuned: Mapping[str, str] = NOTHING,
        weights: str | None = None,
    ) -> None:
        """Ask for a job; its end is an event. The current model goes along, to be beaten.

        tuned: hyperparameters in place of the deployment's.   weights: key of those it starts from.
        A job of that name that exists already is this one, asked for before.
        source: AWS, "CreateTrainingJob".
        raises: NoMachineError, in SageMaker's words, which name the quota.
        """
        try:
            self._client.create_training_job(
                **self._request(asked, current_version, tuned, weights))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code.startswith(SCARCE):
                raise NoMachineError(f"{code}: {error.response['Error']['Message']}") from error
            if code != "ResourceInUse":
                raise

    def _request(
        self, asked: Try, current_version: str | None, tuned: Mapping[str, str],
        weights: str | None,
    ) -> Any:
        told, machine = self._settings, asked.machine
        bucket = f"s3://{told.bucket_name}/"
        more = {CHANNEL_CODE: told.code_uri}
        if current_version:
            more[CHANNEL_CURRENT] = f"{bucket}{MODELS_PREFIX}{current_version}/"
        if weights:
            more[CHANNEL_EARLIER] = bucket + weights
        return {
            "TrainingJobName": asked.name,
            "RoleArn": told.training_role_arn,
            "AlgorithmSpecification": {
                "TrainingImage": told.training_image, "TrainingInputMode": "File",
                "ContainerEntrypoint": ["bash", "-c", ENTRYPOINT],
            },
            "HyperParameters": {**static_of(told), **tuned},
            "InputDataConfig": channels_of(told, more),
            "OutputDataConfig": {"S3OutputPath": f"{bucket}{STAGING}models"},
            "TensorBoardOutputConfig": {"LocalPath": f"{ML_ROOT}/{TENSORBOARD}",
                                        "S3OutputPath": bucket + LOGS},
            # Of all tries of a training: the next goes on from where one lost its machine.
            "CheckpointConfig": {"S3Uri": f"{bucket}{CHECKPOINTS}{asked.first}"},
            "ResourceConfig": resources_of(machine),
            "StoppingCondition": stopping_of(told, machine),
            "EnableManagedSpotTraining": machine.spot,
        }


def static_of(told: StartTraining) -> dict[str, str]:
    """Hyperparameters of a deployment, each JSON, and what else a job is told beside them."""
    mlflow = {"mlflow": told.mlflow} if told.mlflow else {}
    return {**json.loads(told.hyperparameters), "event_types": told.event_types, **mlflow}


def channels_of(told: StartTraining, more: Mapping[str, str] = NOTHING) -> list[Any]:
    """What a job learns from. more: channel -> S3 address."""
    bucket = f"s3://{told.bucket_name}/"
    uris = {CHANNEL_EVENTS: bucket + EVENT_LOG, CHANNEL_CATALOG: bucket + CATALOG_KEY,
            CHANNEL_FORGOTTEN: bucket + FORGOTTEN_KEY, **more}
    return [_channel(name, uri) for name, uri in uris.items()]


def resources_of(machine: Machine) -> Any:
    """One of these, with room for the log."""
    return {"InstanceType": machine.instance_type, "InstanceCount": 1, "VolumeSizeInGB": VOLUME_GB}


def stopping_of(told: StartTraining, machine: Machine) -> dict[str, int]:
    """When a job is stopped; on spot also how long it may wait and run together: twice as long."""
    max_runtime_s = int(told.max_runtime_s)
    waits = {"MaxWaitTimeInSeconds": 2 * max_runtime_s} if machine.spot else {}
    return {"MaxRuntimeInSeconds": max_runtime_s, **waits}


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
