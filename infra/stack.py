"""The architecture of one deployment: build, pass on, output."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.api import RestApi
from infra.batches import Batches
from infra.budget import TAG
from infra.catalog import Catalog
from infra.deployment import Deployment
from infra.description import Description
from infra.encryption import CustomerKey
from infra.features import Features
from infra.gate import Gate
from infra.ground import Ground
from infra.guard import Guard
from infra.http_api import HttpApi
from infra.ingestion import Ingestion
from infra.monitoring import Monitoring
from infra.personalize import Personalize
from infra.privacy import Privacy
from infra.probes import Probes
from infra.replay import Replay
from infra.runtime import Runtime
from infra.serving import Serving
from infra.signing import Signing
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
        signing = Signing(self, "Signing", deployment=deployment)
        ground = Ground(deployment, runtime, storage, signing)
        monitoring = Monitoring(self, "Monitoring", ground=ground)

        ingestion = Ingestion(self, "Ingestion", ground=ground)
        features = Features(self, "Features", ground=ground, events=ingestion.events)
        Catalog(self, "Catalog", ground=ground)
        training = Training(self, "Training", ground=ground, topic=monitoring.topic)
        serving = Serving(self, "Serving", ground=ground)
        features.read_before_written(serving.recommend)
        Privacy(self, "Privacy", ground=ground)
        Batches(self, "Batches", ground=ground)
        replay = Replay(self, "Replay", ground=ground)
        Description(self, "Description", ground=ground)
        Probes(self, "Probes", ground=ground, ingest_events=ingestion.ingest_events)

        door = (Personalize(self, "Personalize", ground=ground, events=ingestion.events)
                if deployment.personalize else None)

        functions = {**runtime.by_verb, "recommend": serving.entry}
        api = (_http_api if deployment.api == "http" else _rest_api)(self, ground, functions, door)
        monitoring.watch(events=ingestion.events, api=api.counted)

        if deployment.customer_key:
            CustomerKey(self, "CustomerKey", deployment=deployment).encrypt()

        for name, value in {
            "ApiUrl": api.url, "ApiKeyId": api.key.key_id,
            "StreamName": ingestion.events.stream.stream_name,
            "UsersTable": storage.users.table_name, "ItemsTable": storage.items.table_name,
            "PagesTable": storage.pages.table_name, "ModelsTable": storage.models.table_name,
            "BucketName": storage.bucket.bucket_name,
            "EventTypes": deployment.event_types,
            "SigningKey": signing.key_name,
            "ReplayFunction": replay.replay_events.function_name,
            "TrainingFunction": training.start_training.function_name,
            "DashboardUrl": monitoring.dashboard_url,
            **({"PersonalizeKeyId": door.key.key_id} if door else {}),
        }.items():
            cdk.CfnOutput(self, name, value=value)


def _rest_api(
    scope: Construct, ground: Ground, functions: Mapping[str, lambda_.IFunction],
    door: Personalize | None,
) -> RestApi:
    guard = Guard(scope, "Guard", ground=ground) if ground.deployment.jwt_issuer else None
    return RestApi(scope, "Api", deployment=ground.deployment, functions=functions,
                   authorizer=guard.authorizer if guard else None,
                   signer=door.of_rest() if door else None)


def _http_api(
    scope: Construct, ground: Ground, functions: Mapping[str, lambda_.IFunction],
    door: Personalize | None,
) -> HttpApi:
    return HttpApi(scope, "Api", deployment=ground.deployment, functions=functions,
                   gate=Gate(scope, "Gate", ground=ground),
                   signer=door.of_http() if door else None)
