"""The CDK app: the only reader of the context, in cdk.json and on the command line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra import security
from infra.deployment import Deployment, DeploymentError
from infra.stack import HeadwaterStack

CONTEXT = Path(__file__).parent.parent / "cdk.json"


def build(context: Mapping[str, Any] | None = None, outdir: str | None = None) -> cdk.App:
    """The app of one deployment: the context of cdk.json with the given one laid over it.

    outdir: where `synth` writes; the CLI says so by itself.
    raises: DeploymentError, naming a key that is unknown or wrong.
    """
    defaults = json.loads(CONTEXT.read_text())["context"]
    app = cdk.App(context={**defaults, **(context or {})}, outdir=outdir,
                  analytics_reporting=False)
    deployment = Deployment.from_context(app.node.get_all_context())
    stack = HeadwaterStack(app, deployment.name, deployment=deployment)
    if deployment.security_rules:
        security.enforce(app, stack, deployment)
    return app


if __name__ == "__main__":
    try:
        build().synth()
    except DeploymentError as error:
        raise SystemExit(f"cdk.json, or -c: {error}") from None
