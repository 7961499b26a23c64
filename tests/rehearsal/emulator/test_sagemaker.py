"""Training jobs are kept as they were asked for, and their end reaches EventBridge."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.template import ACCOUNT, REGION
from rehearsal.engine import OWNER
from tests.rehearsal.emulator.account import (
    LAMBDA,
    Account,
    allow,
    called_by,
    new,
    policy,
    trusting,
    wait,
)

pytestmark = pytest.mark.emulator
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/*"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/training"
ENDS = "SageMaker Training Job State Change"


def start(account: Account, name: str, by: Credentials = OWNER) -> str:
    """A job; its ARN."""
    made = account.client("sagemaker", by).create_training_job(
        TrainingJobName=name, RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
        HyperParameters={"dimensions": "16"},
        OutputDataConfig={"S3OutputPath": "s3://bucket/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60})
    return str(made["TrainingJobArn"])


def starter(account: Account, *allowed: tuple[str, str]) -> Credentials:
    """Of a role that may do these."""
    return account.engine.assume(account.role(trusting(LAMBDA), *allowed), "starter")


def end(name: str) -> dict[str, Any]:
    """The event that a job ended."""
    return {"source": "aws.sagemaker", "detail-type": ENDS, "resources": [],
            "detail": {"TrainingJobName": name, "TrainingJobStatus": "Completed",
                       "SecondaryStatus": "Completed"}}


def hear(account: Account, name: str) -> str:
    """A function that a rule calls when the job of this name ends."""
    events, rule = account.client("events"), new("rule")
    function = account.function("def handler(event, context):\n    print('heard', event)")
    made = events.put_rule(Name=rule, EventPattern=json.dumps({
        "source": ["aws.sagemaker"], "detail-type": [ENDS],
        "detail": {"TrainingJobName": [name], "TrainingJobStatus": ["Completed"]}}))
    events.put_targets(Rule=rule, Targets=[{"Id": "one", "Arn": function}])
    called_by(account, function, "events.amazonaws.com", made["RuleArn"])
    return function


def test_ministack_alone_knows_no_training_jobs(bare: Account) -> None:
    with pytest.raises(ClientError):
        start(bare, new("job"))
    with pytest.raises(ClientError):
        bare.client("sagemaker").list_training_jobs()


def test_a_job_is_described_as_it_was_asked_for(patched: Account) -> None:
    name = new("job")

    arn = start(patched, name)

    job = patched.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert arn == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}"
    assert job["TrainingJobArn"] == arn
    assert job["TrainingJobStatus"] == "InProgress"
    assert job["RoleArn"] == ROLE
    assert job["HyperParameters"] == {"dimensions": "16"}


def test_a_job_is_listed(patched: Account) -> None:
    name = new("job")

    start(patched, name)

    listed = patched.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert {job["TrainingJobName"]: job["TrainingJobStatus"] for job in listed}[name] == (
        "InProgress")


def test_a_role_starts_a_job_and_passes_another_to_it_if_it_may(patched: Account) -> None:
    by = starter(patched, ("sagemaker:CreateTrainingJob", JOBS), ("iam:PassRole", ROLE))

    assert start(patched, new("job"), by).startswith(JOBS.removesuffix("*"))


@pytest.mark.parametrize("allowed", [
    (("iam:PassRole", ROLE),),
    (("sagemaker:CreateTrainingJob", JOBS),),
    (("sagemaker:CreateTrainingJob", JOBS), ("iam:PassRole", ROLE + "-2")),
    (("sagemaker:CreateTrainingJob", JOBS + "-2"), ("iam:PassRole", ROLE)),
], ids=["may not start", "may not pass", "may pass another", "may start others"])
def test_a_role_that_may_not_starts_no_job(
    patched: Account, allowed: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        start(patched, new("job"), starter(patched, *allowed))


def test_a_role_that_is_for_another_service_is_not_passed(patched: Account) -> None:
    role = patched.role(trusting(LAMBDA), ("sagemaker:CreateTrainingJob", JOBS))
    patched.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="passes", PolicyDocument=policy(
            allow("iam:PassRole", ROLE, Condition={
                "StringEquals": {"iam:PassedToService": LAMBDA}})))

    with pytest.raises(ClientError, match="PassRole"):
        start(patched, new("job"), patched.engine.assume(role, "starter"))


def test_a_name_is_taken_once(patched: Account) -> None:
    name = new("job")
    start(patched, name)

    with pytest.raises(ClientError, match="ResourceInUse"):
        start(patched, name)


def test_a_job_that_nobody_started_is_not_found(patched: Account) -> None:
    with pytest.raises(ClientError, match="Requested resource not found"):
        patched.client("sagemaker").describe_training_job(TrainingJobName=new("job"))


def test_the_end_of_a_job_reaches_the_rule_that_waits_for_it(patched: Account) -> None:
    name = new("job")
    start(patched, name)
    function = hear(patched, name)

    patched.engine.post("sagemaker", "Rehearsal.Tell", end(name))

    job = patched.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed"
    (heard,) = wait("the event", lambda: [
        line for line in patched.log(function) if line.startswith("heard")])
    assert f"'detail-type': '{ENDS}'" in heard
    assert "'source': 'aws.sagemaker'" in heard


def test_nobody_but_aws_says_that_a_job_ended(patched: Account) -> None:
    event = end(new("job"))

    answer = patched.client("events").put_events(Entries=[{
        "Source": event["source"], "DetailType": ENDS, "Detail": json.dumps(event["detail"])}])

    assert answer["FailedEntryCount"] == 1
