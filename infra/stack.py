"""The architecture of one deployment: build, pass on, output."""

import aws_cdk as cdk
from constructs import Construct

from infra.api import Api
from infra.budget import TAG
from infra.catalog import Catalog
from infra.deployment import Deployment
from infra.encryption import CustomerKey
from infra.features import Features
from infra.ground import Ground
from infra.guard import Guard
from infra.ingestion import Ingestion
from infra.monitoring import Monitoring
from infra.probes import Probes
from infra.runtime import Runtime
from infra.serving import Serving
from infra.storage import Storage
from infra.training import Training


class HeadwaterStack(cdk.Stack):
    """Everything of one deployment; its name is the only name it takes in the account."""

    def __init__(self, scope: Construct, id_: str, *, deployment: Deployment) -> None:
        env = cdk.Environment(account=deployment.account or None, region=deployment.region or None)
        super().__init__(scope, id_, env=env, description="Headwater: real-time recommendations",
                         tags={TAG: deployment.name})

        storage = Storage(self, "Storage", deployment=deployment)
        runtime = Runtime(self, "Runtime", deployment=deployment)
        ground = Ground(deployment, runtime, storage)

        ingestion = Ingestion(self, "Ingestion", ground=ground)
        Features(self, "Features", ground=ground, events=ingestion.events)
        Catalog(self, "Catalog", ground=ground)
        Training(self, "Training", ground=ground)
        serving = Serving(self, "Serving", ground=ground)
        Probes(self, "Probes", ground=ground, ingest_events=ingestion.ingest_events)

        guard = Guard(self, "Guard", ground=ground) if deployment.jwt_issuer else None
        authorizer = guard.authorizer if guard else None

        api = Api(self, "Api", deployment=deployment, authorizer=authorizer,
                  functions={**runtime.by_verb, "recommend": serving.entry})
        monitoring = Monitoring(self, "Monitoring", ground=ground, events=ingestion.events,
                                api=api.rest)

        if deployment.customer_key:
            CustomerKey(self, "CustomerKey", deployment=deployment).encrypt()

        for name, value in {
            "ApiUrl": api.rest.url, "ApiKeyId": api.key.key_id,
            "StreamName": ingestion.events.stream.stream_name,
            "UsersTable": storage.users.table_name, "ItemsTable": storage.items.table_name,
            "PagesTable": storage.pages.table_name, "ModelsTable": storage.models.table_name,
            "BucketName": storage.bucket.bucket_name,
            "EventTypes": deployment.event_types,
            "DashboardUrl": monitoring.dashboard_url,
        }.items():
            cdk.CfnOutput(self, name, value=value)
