"""Recommendations out: history, catalogue, trends and model read, and of a rollout counts written.
"""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions import settings
from infra.ground import Ground
from infra.surroundings import let_look_around, size, surroundings


class Serving(Construct):
    """The function that answers every list.

    entry: what the API calls: the function, or an alias of its newest version where copies start
           ahead of calls.
    """

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        deployment = ground.deployment
        self.recommend = ground.runtime.function(self, settings.Recommend(
            **surroundings(ground),
            experiments=deployment.experiments,
            exploration=deployment.exploration,
            allowed_origin=deployment.allowed_origin,
            tokens_required=deployment.tokens_required,
        ), **size(deployment), scoring=True, ceiling=deployment.recommend_ceiling,
            snap_start=deployment.snap_start, reports=True)
        let_look_around(self.recommend, ground)
        ground.storage.grant_counts(self.recommend)
        self.entry: lambda_.IFunction = self.recommend
        copies = deployment.provisioned_concurrency
        if deployment.snap_start:
            cdk.Validations.of(self.recommend).acknowledge(cdk.Acknowledgment(
                id="Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish",
                reason="the API calls the alias of a published version"))
        if deployment.snap_start or copies:  # only published versions have either
            self.entry = lambda_.Alias(
                self, "Live", alias_name="live", version=self.recommend.current_version,
                provisioned_concurrent_executions=copies or None)
