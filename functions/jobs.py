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
    CHANNEL_EVENTS,
    CHANNEL_FORGOTTEN,
    EVENT_LOG,
    FORGOTTEN_KEY,
    MODELS_PREFIX,
    STAGING,
)
from functions.aws import CONFIG
from functions.settings import StartTraining
from functions.tries import SCARCE, Try

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


class NoMachineError(Exception):
    """The machine that a job asks for cannot be had in this account."""


class Jobs:
    """The training jobs of one deployment."""

    def __init__(self, settings: StartTraining, client: "SageMakerClient | None" = None) -> None:
        self._client = client or boto3.client("sagemaker", config=CONFIG.botocore())
        self._settings = settings

    def start(self, asked: Try, current_version: str | None) -> None:
        """Ask for a job; its end is an event. The current model goes along, to be beaten.

        A job of that name that exists already is this one, asked for before.
        source: AWS, "CreateTrainingJob".
        raises: NoMachineError, in SageMaker's words, which name the quota.
        """
        try:
            self._client.create_training_job(**self._request(asked, current_version))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code.startswith(SCARCE):
                raise NoMachineError(f"{code}: {error.response['Error']['Message']}") from error
            if code != "ResourceInUse":
                raise

    def _request(self, asked: Try, current_version: str | None) -> Any:
        told = self._settings
        bucket = f"s3://{told.bucket_name}/"
        channels = {CHANNEL_EVENTS: bucket + EVENT_LOG, CHANNEL_CATALOG: bucket + CATALOG_KEY,
                    CHANNEL_FORGOTTEN: bucket + FORGOTTEN_KEY, CHANNEL_CODE: told.code_uri}
        if current_version:
            channels[CHANNEL_CURRENT] = f"{bucket}{MODELS_PREFIX}{current_version}/"
        max_runtime_s, machine = int(told.max_runtime_s), asked.machine
        stopping = {"MaxRuntimeInSeconds": max_runtime_s}
        if machine.spot:  # waiting for capacity and running together may take twice the running
            stopping["MaxWaitTimeInSeconds"] = 2 * max_runtime_s
        return {
            "TrainingJobName": asked.name,
            "RoleArn": told.training_role_arn,
            "AlgorithmSpecification": {
                "TrainingImage": told.training_image, "TrainingInputMode": "File",
                "ContainerEntrypoint": ["bash", "-c", ENTRYPOINT],
            },
            "HyperParameters": _hyperparameters(told),
            "InputDataConfig": [_channel(name, uri) for name, uri in channels.items()],
            "OutputDataConfig": {"S3OutputPath": f"{bucket}{STAGING}models"},
            # Of all tries of a training: the next goes on from where one lost its machine.
            "CheckpointConfig": {"S3Uri": f"{bucket}{STAGING}checkpoints/{asked.first}"},
            "ResourceConfig": {"InstanceType": machine.instance_type, "InstanceCount": 1,
                               "VolumeSizeInGB": VOLUME_GB},
            "StoppingCondition": stopping,
            "EnableManagedSpotTraining": machine.spot,
        }


def _hyperparameters(told: StartTraining) -> Mapping[str, str]:
    return {**json.loads(told.hyperparameters), "event_types": told.event_types}


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
