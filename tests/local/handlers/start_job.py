"""Schedule -> a training job whose container writes one file."""

import os
from functools import cache
from typing import Any

import boto3

SCRIPT = """
set -eu
cp "$ML_ROOT"/input/data/events/a "$ML_ROOT"/model/weights
echo trained
"""


@cache
def adapters() -> Any:
    """A client and the bucket."""
    name = os.environ["HEADWATER_BUCKET_NAME"]
    return boto3.client("sagemaker"), name


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Ask for the job."""
    sagemaker, bucket = adapters()
    sagemaker.create_training_job(**request(bucket, "stage-1", SCRIPT))
    return {"job": "stage-1", "because": event.get("detail-type")}


def request(bucket: str, name: str, script: str, **changes: Any) -> dict[str, Any]:
    """CreateTrainingJob of a shell script."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/events/"}
    return {
        "TrainingJobName": name, "RoleArn": "arn:aws:iam::123456789012:role/TrainingRole",
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File",
                                   "ContainerEntrypoint": ["bash", "-c", script]},
        "HyperParameters": {"epochs": "2"},
        "InputDataConfig": [{"ChannelName": "events", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/staging"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints/{name}"},
        **changes,
    }
