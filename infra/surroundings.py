"""What every function that makes lists is told and may read: features, trends, catalogue, model."""

from typing import TypedDict

from aws_cdk import aws_lambda as lambda_

from domain import layout
from infra.deployment import SNAPSHOT_DISK_MB, Deployment
from infra.ground import Ground


class Size(TypedDict):
    """As `Runtime.function` takes it."""

    memory_mb: int
    scratch_mb: int
    timeout_s: int


def size(deployment: Deployment) -> Size:
    """What a function needs that opens a model while a caller waits.

    One that needs more disk may take longer to load than the 29 s of API Gateway: it goes on, so
    that the next caller finds it.
    """
    disk_mb = deployment.recommend_disk_mb
    return {"memory_mb": deployment.recommend_memory_mb, "scratch_mb": disk_mb,
            "timeout_s": 29 if disk_mb == SNAPSHOT_DISK_MB else 300}


def surroundings(ground: Ground) -> dict[str, str]:
    """The settings of `settings.Surroundings`."""
    deployment, storage = ground.deployment, ground.storage
    return {
        "users_table": storage.users.table_name,
        "items_table": storage.items.table_name,
        "pages_table": storage.pages.table_name,
        "models_table": storage.models.table_name,
        "bucket_name": storage.bucket.bucket_name,
        "event_types": deployment.event_types,
        "defence": deployment.defence,
        "rules": deployment.rules,
    }


def let_look_around(function: lambda_.Function, ground: Ground) -> None:
    """Read what is told of, and nothing more."""
    storage = ground.storage
    storage.grant(function, storage.users, "GetItem")
    storage.grant_changes(function)
    storage.grant(function, storage.pages, "Query")
    storage.grant(function, storage.models, "GetItem")
    storage.grant_look(function, layout.MODELS_PREFIX, layout.TRENDS_KEY, layout.CATALOG_KEY)
