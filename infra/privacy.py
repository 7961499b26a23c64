"""What people may ask for: to be forgotten, everywhere, and to be told what is held of them."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from functions import settings
from infra.ground import Ground
from infra.limits import VCPU_MB


class Privacy(Construct):
    """The routes for it, and the function that goes through the bucket by the clock.

    These two alone may delete what objects were before: see `Storage.grant_purge`.
    """

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self.manage_privacy = self._manage_privacy(ground)
        self.sweep_log = self._sweep_log(ground)

    def _manage_privacy(self, ground: Ground) -> lambda_.Function:
        deployment, storage = ground.deployment, ground.storage
        function = ground.runtime.function(self, settings.ManagePrivacy(
            users_table=storage.users.table_name,
            bucket_name=storage.bucket.bucket_name,
            event_types=deployment.event_types,
            allowed_origin=deployment.allowed_origin,
            tokens_required=deployment.tokens_required,
        ), memory_mb=512, timeout_s=29)
        storage.grant(function, storage.users, "GetItem", "PutItem", "UpdateItem", "DeleteItem",
                      "Query")
        storage.grant_look(function, layout.RECEIPTS, layout.EXPORTS)
        storage.grant_write(function, layout.ERASURES, layout.RECEIPTS, layout.EXPORTS)
        storage.grant_purge(function, layout.EXPORTS)
        return function

    def _sweep_log(self, ground: Ground) -> lambda_.Function:
        # The next hour goes on from its last note: no retry.
        storage = ground.storage
        function = ground.runtime.background(self, settings.SweepLog(
            bucket_name=storage.bucket.bucket_name,
            stream_retention_h=str(ground.deployment.stream_retention_h),
            event_log_days=str(ground.deployment.event_log_days),
        ), memory_mb=VCPU_MB, timeout_s=900, retries=0)
        # What it may find anything in, and write again without the forgotten.
        searched = (layout.PARKED, layout.BATCHES, layout.EVENT_LOG, layout.QUARANTINE)
        storage.grant_look(function, *searched, layout.RECEIPTS, layout.SWEEP_KEY)
        storage.grant_write(function, layout.PARKED, layout.BATCHES, layout.EVENT_LOG,
                            layout.RECEIPTS, layout.EXPORTS, layout.SWEEP_KEY)
        storage.grant_purge(function, *searched, layout.EXPORTS)
        ground.runtime.schedule(function, "rate(1 hour)")
        return function
