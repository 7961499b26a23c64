"""Schedules, rules and jobs put to use: what calls functions, and what functions call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from domain import layout
from functions.settings import BY_VERB
from rehearsal.deployed import Deployed, until
from rehearsal.engine import RehearsalError
from rehearsal.grants.places import FunctionPolicy, standing
from rehearsal.trainings import Trainings

PATIENCE_S = 8.0  # a schedule that is due is seen within a second
TRAINING_S = 120.0
PROMOTION_S = 15.0  # with a cold start and its two retries


def tick(verb: str, shop: Deployed) -> None:
    """A schedule that is due calls its function."""
    began_ms = time.time_ns() // 1_000_000
    with _due(shop, verb, shop.functions.arn(verb)):
        until(f"a call of {verb}", lambda: shop.functions.log(verb, began_ms), PATIENCE_S)


def miss(verb: str, shop: Deployed) -> None:
    """A call that a schedule cannot make goes to the queue."""
    waiting, forbidden = shop.parked_calls(), shop.functions.arn("ingest_events")
    with _due(shop, verb, forbidden):
        until("the call that was not made", lambda: shop.parked_calls() > waiting, PATIENCE_S)


def miss_rule(shop: Deployed) -> None:
    """An event that a rule cannot hand over goes to the queue."""
    waiting, name = shop.parked_calls(), shop.functions.names["promote_model"]
    with standing(shop.engine, FunctionPolicy(name), {"Statement": []}):
        _tell(shop, ended(shop))
        until("the event", lambda: shop.parked_calls() > waiting, PATIENCE_S)


def promote(shop: Deployed) -> None:
    """A job's end wakes the promoter, which has all its work to do again."""
    _empty_shelf(shop)
    shop.functions.restart("promote_model")
    began_ms = time.time_ns() // 1_000_000
    _tell(shop, ended(shop))
    until("a promoted model", lambda: _serves(shop), PROMOTION_S)
    if not shop.objects(layout.MODELS_PREFIX):
        raise RehearsalError("no model lies on the shelf")
    until("its log", lambda: shop.functions.log("promote_model", began_ms), PATIENCE_S)


def fail(shop: Deployed) -> None:
    """The owner is told why a job failed."""
    event = ended(shop)
    event["detail"] |= {"TrainingJobName": f"{shop.name}-failed-{time.time_ns()}",
                        "TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: rehearsed"}
    shop.functions.invoke("promote_model", event)


def follow(shop: Deployed) -> None:
    """A job that got no machine is followed by the next."""
    sagemaker = shop.engine.client("sagemaker")
    job = shop.functions.invoke("start_training", {})["job"]
    _tell(shop, {"source": "aws.sagemaker", "resources": [],
                 "detail-type": "SageMaker Training Job State Change",
                 "detail": {"TrainingJobName": job, "TrainingJobStatus": "Failed",
                            "SecondaryStatus": "Failed",
                            "FailureReason": "CapacityError: rehearsed",
                            "CreationTime": time.time_ns() // 1_000_000,
                            "RoleArn": shop.role_arn("TrainingRole")}})
    until("the next job", lambda: f"{job}-2" in {
        found["TrainingJobName"]
        for found in sagemaker.list_training_jobs()["TrainingJobSummaries"]}, PATIENCE_S)
    stop(shop, f"{job}-2")


def measure_early(shop: Deployed) -> None:
    """Ages are measured before there is any model."""
    kept, dynamodb = _models(shop), shop.engine.client("dynamodb")
    _empty_register(shop)
    try:
        shop.functions.invoke("measure_models", {})
    finally:
        for item in kept:
            dynamodb.put_item(TableName=shop.outputs["ModelsTable"], Item=item)


def train(shop: Deployed) -> None:
    """A training runs under its role."""
    _run(shop, shop.functions.invoke("start_training", {})["job"])


def resume(shop: Deployed) -> None:
    """A training that was interrupted goes on from its checkpoint, and knows what serves."""
    if not _serves(shop):  # a promoter from whom something was taken left none
        promote(shop)
    before = str(ended(shop)["detail"]["TrainingJobName"])
    name = shop.functions.invoke("start_training", {})["job"]
    s3, bucket = shop.engine.client("s3"), shop.outputs["BucketName"]
    for key in shop.objects(f"{layout.CHECKPOINTS}{before}/"):
        s3.copy_object(Bucket=bucket, Key=key.replace(before, name),
                       CopySource={"Bucket": bucket, "Key": key})
    _run(shop, name)


def _run(shop: Deployed, name: str) -> None:
    with Trainings(shop.engine, shop.role_arn("TrainingRole"), shop.name) as trainings:
        (job,) = until("the job", lambda: [j for j in trainings.jobs if j.name == name], PATIENCE_S)
        until("its end", lambda: job.status != "InProgress", TRAINING_S)
    if job.status != "Completed":
        raise RehearsalError(f"the training {job.status}: {job.reason}")


def stop(shop: Deployed, job: str) -> None:
    """Say that a job ended, to nobody's interest: no rule waits for one without a role."""
    _tell(shop, {"source": "aws.sagemaker", "resources": [],
                 "detail-type": "SageMaker Training Job State Change",
                 "detail": {"TrainingJobName": job, "TrainingJobStatus": "Stopped",
                            "SecondaryStatus": "Stopped"}})


def ended(shop: Deployed) -> dict[str, Any]:
    """The end of the first training that came to one: no model was there to be better than."""
    sagemaker = shop.engine.client("sagemaker")
    jobs = [job for job in sagemaker.list_training_jobs()["TrainingJobSummaries"]
            if job["TrainingJobStatus"] == "Completed"]
    first = min(jobs, key=itemgetter("CreationTime"))
    job = sagemaker.describe_training_job(TrainingJobName=first["TrainingJobName"])
    detail = {key: value for key, value in job.items() if key != "ResponseMetadata"}
    detail["CreationTime"] = int(job["CreationTime"].timestamp() * 1000)
    return {"source": "aws.sagemaker", "resources": [job["TrainingJobArn"]],
            "detail-type": "SageMaker Training Job State Change", "detail": detail}


def _tell(shop: Deployed, event: dict[str, Any]) -> None:
    shop.engine.post("sagemaker", "Rehearsal.Tell", event)


@contextmanager
def _due(shop: Deployed, verb: str, target_arn: str) -> Iterator[None]:
    """The schedule of a function once more, due now, to call whom it is told."""
    scheduler = shop.engine.client("scheduler")
    (schedule,) = [name for kind, logical_id, name in shop.resources
                   if kind == "AWS::Scheduler::Schedule" and BY_VERB[verb].__name__ in logical_id]
    target = scheduler.get_schedule(Name=schedule)["Target"]
    name = f"due-{time.time_ns()}"
    scheduler.create_schedule(
        Name=name, ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        Target={**target, "Arn": target_arn}, FlexibleTimeWindow={"Mode": "OFF"})
    try:
        yield
    finally:
        scheduler.delete_schedule(Name=name)


def _serves(shop: Deployed) -> bool:
    return any(item[layout.MODELS.partition_key]["S"] == "current" for item in _models(shop))


def _empty_shelf(shop: Deployed) -> None:
    for name in shop.objects(layout.MODELS_PREFIX):
        shop.engine.client("s3").delete_object(Bucket=shop.outputs["BucketName"], Key=name)
    _empty_register(shop)


def _empty_register(shop: Deployed) -> None:
    dynamodb = shop.engine.client("dynamodb")
    keys = (layout.MODELS.partition_key, layout.MODELS.sort_key)
    for item in _models(shop):
        dynamodb.delete_item(TableName=shop.outputs["ModelsTable"],
                             Key={key: item[key] for key in keys})


def _models(shop: Deployed) -> list[dict[str, Any]]:
    found = shop.engine.client("dynamodb").scan(TableName=shop.outputs["ModelsTable"])
    return list(found["Items"])
