import json
from typing import Any

import pytest

from domain import layout
from infra.deployment import Deployment
from model.config import TrainConfig
from tests.infra.synthesized import Stack, listed


def role_of(stack: Stack) -> tuple[str, dict[str, Any]]:
    return next((id_, role) for id_, role in stack.of("AWS::IAM::Role").items()
                if "sagemaker.amazonaws.com" in json.dumps(role))


def test_a_training_job_writes_to_staging_alone(stack: Stack) -> None:
    role_id, _ = role_of(stack)

    assert stack.keys(role_id, "s3:PutObject") == {layout.STAGING + "*"}


def test_a_training_job_reads_what_it_learns_from(stack: Stack) -> None:
    role_id, _ = role_of(stack)

    assert stack.keys(role_id, "s3:GetObject") == {
        layout.EVENT_LOG + "*", layout.CATALOG_KEY, layout.MODELS_PREFIX + "*",
        layout.STAGING + "*", layout.FORGOTTEN_KEY}


def test_a_training_job_touches_no_table_and_no_stream(stack: Stack) -> None:
    role_id, _ = role_of(stack)

    services = {action.split(":")[0] for statement in stack.statements(role_id)
                for action in listed(statement["Action"])}

    assert services == {"s3", "logs", "cloudwatch"}


def test_a_job_may_tell_the_mlflow_of_its_deployment_and_no_other(synthesize: Any) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/shop"

    stack = synthesize(mlflow=arn)

    role_id, _ = role_of(stack)
    told = [statement for statement in stack.statements(role_id)
            if "sagemaker-mlflow:LogBatch" in listed(statement["Action"])]
    assert [statement["Resource"] for statement in told] == [arn]
    assert stack.environment("start_training")["HEADWATER_MLFLOW"] == arn


def test_only_jobs_of_this_deployment_take_the_training_role(stack: Stack) -> None:
    _, role = role_of(stack)

    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]

    condition = statement["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert ":training-job/headwater-*" in json.dumps(condition["ArnLike"])


def test_the_starter_may_start_jobs_of_this_name_under_this_role(stack: Stack) -> None:
    role_id, _ = role_of(stack)
    allowed = {action: statement for statement in stack.statements_of("start_training")
               for action in listed(statement["Action"])}

    assert ":training-job/headwater-*" in json.dumps(
        allowed["sagemaker:CreateTrainingJob"]["Resource"])
    assert allowed["iam:PassRole"]["Resource"] == {"Fn::GetAtt": [role_id, "Arn"]}
    assert allowed["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_only_the_promoter_writes_models(stack: Stack) -> None:
    writers = {verb for verb in stack.functions()
               if layout.MODELS_PREFIX + "*" in stack.keys_of(verb, "s3:PutObject")}

    assert writers == {"promote_model"}


@pytest.mark.parametrize(("verb", "statuses"), [
    ("promote_model", ["Completed", "Failed", "Stopped"]),
    ("start_training", ["Failed", "Stopped"])])
def test_the_end_of_a_job_of_this_deployment_wakes_the_promoter_and_who_tries_again(
    stack: Stack, verb: str, statuses: list[str]
) -> None:
    role_id, _ = role_of(stack)
    found = {stack.verb_of(rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]): rule["EventPattern"]
             for rule in stack.of("AWS::Events::Rule").values()
             if rule["EventPattern"]["source"] == ["aws.sagemaker"]}

    assert len(found) == 2
    assert found[verb] == {
        "source": ["aws.sagemaker"], "detail-type": ["SageMaker Training Job State Change"],
        "detail": {"TrainingJobStatus": statuses,
                   "TrainingJobName": [{"prefix": "headwater-"}],
                   "RoleArn": [{"Fn::GetAtt": [role_id, "Arn"]}]}}


def test_a_job_is_told_every_hyperparameter(stack: Stack) -> None:
    environment = stack.environment("start_training")

    given = json.loads(environment["HEADWATER_HYPERPARAMETERS"])

    assert TrainConfig.from_hyperparameters(given) == TrainConfig()
    assert environment["HEADWATER_SPOT"] == "true"
    assert environment["HEADWATER_TRAINING_IMAGE"] == Deployment().training_image


def test_the_environment_of_the_starter_fits_lambda(stack: Stack) -> None:
    """4 KB. source: AWS, "Lambda quotas"."""
    assert len(json.dumps(stack.environment("start_training"))) < 4096


@pytest.mark.parametrize("verb", [
    "roll_up_trends", "roll_up_catalog", "start_training", "step_rollout"])
def test_a_clock_calls_what_nobody_calls(stack: Stack, verb: str) -> None:
    schedules = {stack.verb_of(schedule["Target"]["Arn"]["Fn::GetAtt"][0]):
                 schedule["ScheduleExpression"]
                 for schedule in stack.of("AWS::Scheduler::Schedule").values()}

    assert schedules[verb] == ("rate(1 day)" if verb == "start_training" else "rate(1 minute)")


def test_a_private_image_may_be_pulled(synthesize: Any) -> None:
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.9-gpu-py312"

    stack = synthesize(training_image=image)

    role_id, _ = role_of(stack)
    pulled = next(statement["Resource"] for statement in stack.statements(role_id)
                  if "ecr:BatchGetImage" in listed(statement["Action"]))
    assert ":ecr:us-east-1:763104351884:repository/pytorch-training" in json.dumps(pulled)
