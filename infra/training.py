"""Event log to promoted model: the clock starts a job, the job's end wakes the promoter."""

import json
import re

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sns as sns
from constructs import Construct

from domain import layout
from functions import settings
from infra import bundling
from infra.ground import Ground

# Shared by all training jobs of an account; SageMaker makes both.
# source: AWS, "Logs and Metrics" (SageMaker Developer Guide).
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
METRICS_NAMESPACE = "/aws/sagemaker/TrainingJobs"

# What `model.tracking` asks of a server. source: AWS, "Actions, resources, and condition keys for
# Amazon SageMaker with MLflow".
TOLD_TO_MLFLOW = [f"sagemaker-mlflow:{action}" for action in (
    "GetExperimentByName", "CreateExperiment", "CreateRun", "LogBatch", "UpdateRun")]


class Training(Construct):
    """The job's code and role, its start, the gate at its end, and the shelf of models."""

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, topic: sns.ITopic
    ) -> None:
        super().__init__(scope, id_)
        self._deployment, self._runtime, self._topic = ground.deployment, ground.runtime, topic
        self._storage, self._signing = ground.storage, ground.signing
        extras = ("tracking",) if self._deployment.mlflow else ()
        with bundling.training_bundle(*extras) as folder:
            self.code = assets.Asset(self, "Code", path=str(folder))
        self.role = TrainingRole(self, "Role", ground=ground, code=self.code)
        self.start_training = self._start_training()
        self.promote_model = self._promote_model()
        self.manage_models = self._manage_models()
        self.step_rollout = self._step_rollout()

    def _start_training(self) -> lambda_.Function:
        deployment = self._deployment
        config = deployment.training_config()
        function = self._runtime.background(self, settings.StartTraining(
            deployment=deployment.name,
            bucket_name=self._storage.bucket.bucket_name,
            models_table=self._storage.models.table_name,
            training_role_arn=self.role.role_arn,
            training_image=deployment.training_image,
            **self._machines(),
            code_uri=self.code.s3_object_url,
            max_runtime_s=str(deployment.max_training_s),
            hyperparameters=json.dumps(config.to_hyperparameters()),
            event_types=deployment.event_types,
            warm_start=str(deployment.warm_start).lower(),
            mlflow=deployment.mlflow,
            alarm_topic=self._topic.topic_arn,
        ), memory_mb=512, timeout_s=60, retries=2)
        self._storage.grant(function, self._storage.models, "GetItem", "Query", "PutItem")
        self._storage.grant_list(function)
        self._storage.grant_write(function, layout.FORGOTTEN_KEY)
        self._storage.grant_read(function, layout.TUNED_KEY)
        self.role.grant_start(function)
        self._topic.grant_publish(function)
        self._runtime.schedule(function, deployment.training_schedule)
        self._call_at_end(function, "JobLost", "Failed", "Stopped")
        return function

    def _promote_model(self) -> lambda_.Function:
        deployment = self._deployment
        # It holds an archive and what is in it, and opens the model as `recommend` does.
        disk_mb = min(10_240, max(4096, 2 * deployment.recommend_disk_mb))
        function = self._runtime.background(self, settings.PromoteModel(
            bucket_name=self._storage.bucket.bucket_name,
            models_table=self._storage.models.table_name,
            signing_key=self._signing.key_name,
            **self._machines(),
            rollout=str(deployment.rollout).lower(),
            shadow_share=str(deployment.shadow_share),
            recommend_memory_mb=str(deployment.recommend_memory_mb),
            alarm_topic=self._topic.topic_arn,
        ), memory_mb=max(2048, deployment.recommend_memory_mb), timeout_s=900, retries=2,
            scoring=True, scratch_mb=disk_mb)
        self._storage.grant_read(function, layout.STAGING)
        self._storage.grant_write(function, layout.MODELS_PREFIX)
        self._storage.grant(function, self._storage.models, "GetItem", "Query", "PutItem")
        self._signing.let_sign(function)
        self._topic.grant_publish(function)
        self._call_at_end(function, "JobEnded", "Completed", "Failed", "Stopped")
        return function

    def _machines(self) -> dict[str, str]:
        """Told to whoever starts a try, and to whoever judges whether another one follows."""
        deployment = self._deployment
        return {"instance_types": deployment.instance_types, "spot": str(deployment.spot).lower()}

    def _call_at_end(self, function: lambda_.Function, id_: str, *statuses: str) -> None:
        """Call a function when a job of this deployment ends so.

        The role tells its jobs from those of `shop` beside `shop-eu`; a prefix of the job's name
        does not. source: AWS, "Events that Amazon SageMaker AI sends".
        """
        events.Rule(
            function, id_, targets=[self._runtime.on_event(function)],
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"], detail_type=["SageMaker Training Job State Change"],
                detail={"TrainingJobStatus": list(statuses),
                        "TrainingJobName": [{"prefix": f"{self._deployment.name}-"}],
                        "RoleArn": [self.role.role_arn]}))

    def _manage_models(self) -> lambda_.Function:
        function = self._runtime.function(self, settings.ManageModels(
            models_table=self._storage.models.table_name,
            bucket_name=self._storage.bucket.bucket_name,
            signing_key=self._signing.key_name,
            recommend_memory_mb=str(self._deployment.recommend_memory_mb),
            allowed_origin=self._deployment.allowed_origin,
            tokens_required=self._deployment.tokens_required,
        ), memory_mb=512, timeout_s=10)
        self._storage.grant(function, self._storage.models, "GetItem", "Query", "PutItem")
        self._storage.grant_look(function, layout.MODELS_PREFIX)
        self._signing.let_check(function)
        return function

    def _step_rollout(self) -> lambda_.Function:
        # The next call looks as well: no retry.
        function = self._runtime.background(self, settings.StepRollout(
            models_table=self._storage.models.table_name), memory_mb=256, timeout_s=30, retries=0)
        self._storage.grant(function, self._storage.models, "GetItem", "PutItem", "UpdateItem")
        self._runtime.schedule(function, "rate(1 minute)")
        return function


class TrainingRole(iam.Role):
    """What a training job may do: read events, catalogue and models; write to staging alone.

    source: AWS, "How to use SageMaker AI execution roles", CreateTrainingJob API.
    """

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, code: assets.Asset
    ) -> None:
        deployment, storage = ground.deployment, ground.storage
        stack = cdk.Stack.of(scope)
        self._jobs = stack.format_arn(
            service="sagemaker", resource="training-job", resource_name=f"{deployment.name}-*")
        tunings = stack.format_arn(service="sagemaker", resource="hyper-parameter-tuning-job",
                                   resource_name=f"{deployment.name}-*")
        # source: AWS, "Cross-Service Confused Deputy Prevention" (SageMaker Developer Guide).
        super().__init__(scope, id_, assumed_by=iam.ServicePrincipal(
            "sagemaker.amazonaws.com", conditions={
                "ArnLike": {"aws:SourceArn": [self._jobs, tunings]},
                "StringEquals": {"aws:SourceAccount": stack.account}}))
        storage.grant_look(self, layout.EVENT_LOG, layout.CATALOG_KEY, layout.MODELS_PREFIX,
                           layout.FORGOTTEN_KEY, layout.STAGING)
        storage.grant_write(self, layout.STAGING)
        self._allow(["s3:GetObject"], code.bucket.arn_for_objects(code.s3_object_key))
        self._allow(["s3:ListBucket"], code.bucket.bucket_arn,
                    StringEquals={"s3:prefix": code.s3_object_key})
        self._allow_observation(stack, deployment.name)
        self._allow_pull(stack, deployment.training_image)
        if deployment.mlflow:
            self._allow(TOLD_TO_MLFLOW, deployment.mlflow)

    def grant_start(self, function: lambda_.Function) -> None:
        """Let a function start jobs of this deployment under this role."""
        function.add_to_role_policy(iam.PolicyStatement(
            actions=["sagemaker:CreateTrainingJob"], resources=[self._jobs]))
        function.add_to_role_policy(iam.PolicyStatement(
            actions=["iam:PassRole"], resources=[self.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}))

    def _allow(self, actions: list[str], resource: str, **conditions: dict[str, str]) -> None:
        self.add_to_policy(iam.PolicyStatement(
            actions=actions, resources=[resource], conditions=conditions))

    def _allow_observation(self, stack: cdk.Stack, name: str) -> None:
        group = stack.format_arn(service="logs", resource="log-group", resource_name=LOG_GROUP,
                                 arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME)
        self._allow(["logs:CreateLogGroup", "logs:DescribeLogStreams"], group)
        self._allow(["logs:CreateLogStream", "logs:PutLogEvents"],
                    f"{group}:log-stream:{name}-*")
        self._allow(["cloudwatch:PutMetricData"], "*",
                    StringEquals={"cloudwatch:namespace": METRICS_NAMESPACE})

    def _allow_pull(self, stack: cdk.Stack, image: str) -> None:
        """Of an image in a private registry; a public one needs no permission."""
        private = re.fullmatch(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+/([^:@]+)[:@].+", image)
        if not private:
            return
        account, region, repository = private.groups()
        self._allow(["ecr:GetAuthorizationToken"], "*")
        self._allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            stack.format_arn(service="ecr", account=account, region=region, resource="repository",
                             resource_name=repository))
