"""Functions that look at the deployment from inside, by the clock, with or without traffic."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions import settings
from infra.ground import Ground


class Probes(Construct):
    """What the alarms need to know that no request tells."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self.measure_models = self._measure_models(ground)

    def _measure_models(self, ground: Ground) -> lambda_.Function:
        runtime, storage = ground.runtime, ground.storage
        # The next call measures as well: no retry.
        function = runtime.background(self, settings.MeasureModels(
            models_table=storage.models.table_name), memory_mb=256, timeout_s=30, retries=0)
        storage.grant(function, storage.models, "GetItem", "Query", "DescribeTable")
        runtime.schedule(function, "rate(15 minutes)")
        return function
