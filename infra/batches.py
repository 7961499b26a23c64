"""Lists of many users, made at once: asked for over the API, made in the background."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from domain.batch_plan import SOURCE, SPOKEN
from functions import settings
from infra.ground import Ground
from infra.surroundings import let_look_around, surroundings


class Batches(Construct):
    """The routes for it, the function that makes a segment, and the rule that calls it.

    No copies are reserved for it: those would be taken from whoever answers lists. A batch works in
    a few lanes, and so in as many copies: see `domain.batch_plan`.
    """

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self.manage_batches = self._manage_batches(ground)
        self.make_batch = self._make_batch(ground)

    def _manage_batches(self, ground: Ground) -> lambda_.Function:
        deployment, storage = ground.deployment, ground.storage
        function = ground.runtime.function(self, settings.ManageBatches(
            users_table=storage.users.table_name,
            bucket_name=storage.bucket.bucket_name,
            event_types=deployment.event_types,
            deployment=deployment.name,
            allowed_origin=deployment.allowed_origin,
            tokens_required=deployment.tokens_required,
        ), memory_mb=512, timeout_s=29)
        storage.grant(function, storage.users, "DescribeTable")
        storage.grant_look(function, layout.BATCHES)
        storage.grant_write(function, layout.BATCHES)
        self._let_say(function, deployment.name)
        return function

    def _make_batch(self, ground: Ground) -> lambda_.Function:
        deployment, storage = ground.deployment, ground.storage
        function = ground.runtime.background(self, settings.MakeBatch(
            **surroundings(ground),
            experiments=deployment.experiments,
            deployment=deployment.name,
        ), memory_mb=deployment.recommend_memory_mb, timeout_s=900, retries=2, scoring=True,
            scratch_mb=deployment.recommend_disk_mb)
        let_look_around(function, ground)
        storage.grant(function, storage.users, "Scan", "BatchGetItem")
        storage.grant_read(function, layout.BATCHES)
        storage.grant_write(function, layout.BATCHES)
        self._let_say(function, deployment.name)
        # It has itself called again, as often as a lane has segments. Lambda counts no rounds over
        # EventBridge, and may come to. source: AWS, "Use Lambda recursive loop detection to prevent
        # infinite loops", allowing a function to run in a recursive loop.
        made = function.node.default_child
        assert isinstance(made, lambda_.CfnFunction)
        made.recursive_loop = "Allow"
        events.Rule(
            function, "Spoken", targets=[ground.runtime.on_event(function)],
            event_pattern=events.EventPattern(
                source=[SOURCE + deployment.name], detail_type=[SPOKEN]))
        return function

    def _let_say(self, function: lambda_.Function, name: str) -> None:
        """Under the source of this deployment alone: the bus is the account's.

        source: AWS, "Using IAM policy conditions in Amazon EventBridge", events:source.
        """
        bus = cdk.Stack.of(self).format_arn(
            service="events", resource="event-bus", resource_name="default")
        function.add_to_role_policy(iam.PolicyStatement(
            actions=["events:PutEvents"], resources=[bus],
            conditions={"StringEquals": {"events:source": SOURCE + name}}))
