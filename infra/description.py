"""The API's own description: a function that touches nothing."""

from constructs import Construct

from functions import settings
from infra.ground import Ground


class Description(Construct):
    """Answers anybody, with what is the same for everybody."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        deployment = ground.deployment
        self.describe_api = ground.runtime.function(self, settings.DescribeApi(
            allowed_origin=deployment.allowed_origin,
            tokens_required=deployment.tokens_required,
            event_types=deployment.event_types, api=deployment.api,
        ), memory_mb=512, timeout_s=10)
