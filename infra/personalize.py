"""A door for callers of Amazon Personalize: their own clients, pointed at this API.

They sign each call with a secret, as clients of AWS do. Here that secret is a key of its own, which
CloudFormation draws and its owner reads as the other key; that one stands in pages, this one is for
servers alone, so that it opens catalogue and users too, and asks for no user's token. It is bound
to no usage plan: the routes are throttled each by itself.
source: AWS, "Use API Gateway Lambda authorizers", "Amazon API Gateway important notes".
"""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from constructs import Construct

from functions import settings
from infra.gate import let_read_key
from infra.ground import Ground
from infra.stream import EventStream
from infra.surroundings import let_look_around, size, surroundings

# Anything else gets its 401 without a function that runs.
SHAPE = r"^AWS4-HMAC-SHA256 +Credential=\S+/aws4_request, *SignedHeaders=\S+, *Signature=[0-9a-f]+$"
# A signature is of one call: an answer that was kept would be asked for by no other.
_NOT_KEPT = cdk.Duration.seconds(0)


class Personalize(Construct):
    """The key, the functions behind the routes, and the one that shows them the signature."""

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, events: EventStream
    ) -> None:
        super().__init__(scope, id_)
        self.key = apigateway.ApiKey(
            self, "Key", description=f"servers that call {ground.deployment.name} as Personalize")
        self._carry = ground.runtime.function(
            self, settings.CarrySignature(), memory_mb=256, timeout_s=5)
        for function in (self._put(ground, events), self._get(ground)):
            let_read_key(function, self.key)

    def of_rest(self) -> apigateway.IAuthorizer:
        """Who shows signatures to the functions of a REST API."""
        return apigateway.TokenAuthorizer(
            self, "Signer", handler=self._carry, results_cache_ttl=_NOT_KEPT,
            identity_source=apigateway.IdentitySource.header("Authorization"),
            validation_regex=SHAPE)

    def of_http(self) -> HttpLambdaAuthorizer:
        """The same, of an HTTP API, in format 1.0."""
        return HttpLambdaAuthorizer(
            "Signers", self._carry, authorizer_name="Signers", results_cache_ttl=_NOT_KEPT,
            response_types=[HttpLambdaResponseType.IAM],
            identity_source=["$request.header.Authorization"])

    def _put(self, ground: Ground, events: EventStream) -> lambda_.Function:
        storage = ground.storage
        function = ground.runtime.function(self, settings.PutPersonalize(
            signing_key_id=self.key.key_id,
            stream_name=events.stream.stream_name,
            users_table=storage.users.table_name,
            items_table=storage.items.table_name,
            event_types=ground.deployment.event_types,
        ), memory_mb=512, timeout_s=29, ceiling=ground.deployment.ingest_ceiling)
        events.stream.grant(function, "kinesis:PutRecord")
        storage.grant(function, storage.users, "GetItem", "PutItem", "UpdateItem", "DeleteItem",
                      "ConditionCheckItem")
        storage.grant(function, storage.items, "BatchWriteItem")
        return function

    def _get(self, ground: Ground) -> lambda_.Function:
        function = ground.runtime.function(self, settings.GetPersonalize(
            signing_key_id=self.key.key_id,
            **surroundings(ground),
        ), **size(ground.deployment), scoring=True, ceiling=ground.deployment.recommend_ceiling)
        let_look_around(function, ground)
        return function
