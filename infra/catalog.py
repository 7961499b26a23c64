"""Item facts: written through the API, rolled up every minute for whoever scores."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import layout
from functions import settings
from infra.ground import Ground
from infra.limits import VCPU_MB


class Catalog(Construct):
    """The door for items, and the catalogue as one file."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self.manage_catalog = self._manage_catalog(ground)
        self.roll_up_catalog = self._roll_up_catalog(ground)

    def _manage_catalog(self, ground: Ground) -> lambda_.Function:
        function = ground.runtime.function(self, settings.ManageCatalog(
            items_table=ground.storage.items.table_name,
            allowed_origin=ground.deployment.allowed_origin,
            tokens_required=ground.deployment.tokens_required,
        ), memory_mb=512, timeout_s=29)
        ground.storage.grant(function, ground.storage.items, "GetItem", "BatchWriteItem")
        return function

    def _roll_up_catalog(self, ground: Ground) -> lambda_.Function:
        runtime, storage = ground.runtime, ground.storage
        # The next minute does it again: no retry, and an end before that minute begins.
        function = runtime.background(self, settings.RollUpCatalog(
            items_table=storage.items.table_name,
            bucket_name=storage.bucket.bucket_name,
        ), memory_mb=VCPU_MB, timeout_s=55, retries=0, scoring=True)
        storage.grant_changes(function)
        storage.grant_look(function, layout.CATALOG_KEY)
        storage.grant_write(function, layout.CATALOG_KEY)
        runtime.schedule(function, "rate(1 minute)")
        return function
