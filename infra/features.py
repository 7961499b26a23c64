"""What events say of users and of items, and what everybody does now."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from functions import settings
from infra.ground import Ground
from infra.limits import VCPU_MB
from infra.stream import EventStream


class Features(Construct):
    """User states, item pages, the minute's roll-up of pages, and the profile a user may see."""

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, events: EventStream
    ) -> None:
        super().__init__(scope, id_)
        self._deployment, self._runtime = ground.deployment, ground.runtime
        self._storage, self._events = ground.storage, events
        self.update_user_features = self._update_user_features()
        self.update_item_features = self._update_item_features()
        self.roll_up_trends = self._roll_up_trends()
        self.manage_users = self._manage_users()

    def read_before_written(self, scorer: lambda_.Function) -> None:
        """Replace whoever reads pages before whoever writes them in a later version's way."""
        self.update_item_features.node.add_dependency(self.roll_up_trends, scorer)

    def _update_user_features(self) -> lambda_.Function:
        function = self._runtime.function(self, settings.UpdateUserFeatures(
            users_table=self._storage.users.table_name,
            bucket_name=self._storage.bucket.bucket_name,
            event_types=self._deployment.event_types,
            debug_sample=str(self._deployment.debug_sample),
        ), memory_mb=1024, timeout_s=60)
        self._storage.grant(function, self._storage.users, "BatchGetItem", "GetItem",
                            "PutItem", "ConditionCheckItem")
        self._storage.grant_write(function, layout.QUARANTINE)
        self._events.feed(function, batch=200, window_s=1, lanes=self._deployment.lanes_per_shard)
        return function

    def _update_item_features(self) -> lambda_.Function:
        function = self._runtime.function(self, settings.UpdateItemFeatures(
            pages_table=self._storage.pages.table_name,
            bucket_name=self._storage.bucket.bucket_name,
            event_types=self._deployment.event_types,
            debug_sample=str(self._deployment.debug_sample),
        ), memory_mb=512, timeout_s=60)
        self._storage.grant(function, self._storage.pages, "PutItem", "Query")
        self._storage.grant_write(function, layout.QUARANTINE)
        self._events.feed(function, batch=500, window_s=2)
        return function

    def _roll_up_trends(self) -> lambda_.Function:
        # The next minute does it again: no retry, and an end before that minute begins.
        function = self._runtime.background(self, settings.RollUpTrends(
            pages_table=self._storage.pages.table_name,
            bucket_name=self._storage.bucket.bucket_name,
            stream_name=self._events.stream.stream_name,
            defence=self._deployment.defence,
        ), memory_mb=VCPU_MB, timeout_s=55, retries=0, scoring=True)
        self._events.stream.grant(function, "kinesis:ListShards")
        self._storage.grant(function, self._storage.pages, "Query")
        self._storage.grant_look(function, layout.TRENDS_KEY, layout.LEDGER_KEY)
        self._storage.grant_write(function, layout.TRENDS_KEY, layout.LEDGER_KEY)
        self._storage.grant_forget(function, layout.LEDGER_KEY)
        self._runtime.schedule(function, "rate(1 minute)")
        return function

    def _manage_users(self) -> lambda_.Function:
        function = self._runtime.function(self, settings.ManageUsers(
            users_table=self._storage.users.table_name,
            items_table=self._storage.items.table_name,
            bucket_name=self._storage.bucket.bucket_name,
            stream_name=self._events.stream.stream_name,
            event_types=self._deployment.event_types,
            allowed_origin=self._deployment.allowed_origin,
            tokens_required=self._deployment.tokens_required,
        ), memory_mb=1024, timeout_s=29, scoring=True)
        self._storage.grant(function, self._storage.users, "GetItem", "PutItem", "UpdateItem",
                            "DeleteItem", "ConditionCheckItem")
        self._events.stream.grant(function, "kinesis:PutRecord")
        self._storage.grant_changes(function)
        self._storage.grant_look(function, layout.CATALOG_KEY)
        return function
