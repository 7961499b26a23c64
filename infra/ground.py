"""What every stage of the flow stands on."""

from dataclasses import dataclass

from infra.deployment import Deployment
from infra.runtime import Runtime
from infra.storage import Storage


@dataclass(frozen=True)
class Ground:
    """The deployer's settings, the builder of functions, and what is kept."""

    deployment: Deployment
    runtime: Runtime
    storage: Storage
