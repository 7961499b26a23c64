"""Functions that look at the deployment from inside, by the clock, with or without traffic."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions import settings
from infra.ground import Ground


class Probes(Construct):
    """What the alarms need to know that no request tells."""

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, ingest_events: lambda_.Function
    ) -> None:
        super().__init__(scope, id_)
        self.probe_freshness = self._probe_freshness(ground, ingest_events)
        self.measure_models = self._measure_models(ground)

    def _probe_freshness(
        self, ground: Ground, ingest_events: lambda_.Function
    ) -> lambda_.Function:
        runtime, storage = ground.runtime, ground.storage
        function = runtime.background(self, settings.ProbeFreshness(
            ingest_function=ingest_events.function_name,
            users_table=storage.users.table_name), memory_mb=256, timeout_s=60, retries=0)
        # CDK's grant_invoke would allow every version too.
        function.add_to_role_policy(iam.PolicyStatement(
            actions=["lambda:InvokeFunction"], resources=[ingest_events.function_arn]))
        storage.grant(function, storage.users, "GetItem")
        if minutes := ground.deployment.probe_minutes:
            unit = "minute" if minutes == 1 else "minutes"
            runtime.schedule(function, f"rate({minutes} {unit})")
        return function

    def _measure_models(self, ground: Ground) -> lambda_.Function:
        runtime, storage = ground.runtime, ground.storage
        # The next call measures as well: no retry.
        function = runtime.background(self, settings.MeasureModels(
            models_table=storage.models.table_name), memory_mb=256, timeout_s=30, retries=0)
        storage.grant(function, storage.models, "GetItem", "Query", "DescribeTable")
        runtime.schedule(function, "rate(15 minutes)")
        return function
