"""What was given up is applied after all, when its cause is gone."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from functions import settings
from infra.ground import Ground


class Replay(Construct):
    """The function that an operator calls; it calls the consumers of the stream."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        users, items, log = (ground.runtime.by_verb[verb] for verb in (
            "update_user_features", "update_item_features", "write_event_log"))
        storage = ground.storage
        # Call it once at a time: pages of late records are read in the order of their writing.
        self.replay_events = ground.runtime.background(self, settings.ReplayEvents(
            bucket_name=storage.bucket.bucket_name,
            users_function=users.function_name,
            items_function=items.function_name,
            log_function=log.function_name,
        ), memory_mb=512, timeout_s=900, retries=0)
        for consumer in (users, items, log):
            self._allow_call(consumer)
        storage.grant_look(self.replay_events, layout.PARKED, layout.QUARANTINE)
        storage.grant_purge(self.replay_events, layout.PARKED, layout.QUARANTINE)

    def _allow_call(self, consumer: lambda_.IFunction) -> None:
        # CDK's grant_invoke would allow every version too.
        self.replay_events.add_to_role_policy(iam.PolicyStatement(
            actions=["lambda:InvokeFunction"], resources=[consumer.function_arn]))
