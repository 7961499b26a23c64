"""What every stage of the flow stands on."""

from dataclasses import dataclass

from infra.deployment import Deployment
from infra.runtime import Runtime
from infra.signing import Signing
from infra.storage import Storage


@dataclass(frozen=True)
class Ground:
    """The deployer's settings, the builder of functions, what is kept, and what signs models."""

    deployment: Deployment
    runtime: Runtime
    storage: Storage
    signing: Signing
