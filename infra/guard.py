"""Who a caller is: the authorizer that API Gateway asks before a call about one user goes on."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions import settings
from infra.ground import Ground

# Three parts in base64url; anything else gets its 401 without a function that runs. source: AWS,
# "AWS::ApiGateway::Authorizer", IdentityValidationExpression.
SHAPE = r"^[Bb][Ee][Aa][Rr][Ee][Rr] +[-\w]+\.[-\w]+\.[-\w]+$"
# For how long API Gateway keeps an answer. A token's own end is held against every call by the
# function behind the route, so that no kept answer outlives it.
KEPT = cdk.Duration.minutes(5)


class Guard(Construct):
    """The function that verifies tokens as an authorizer of a REST API."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        # A REST API demands the key by itself.
        self.authorize = make_authorize(self, ground, api_key_id="")
        self.authorizer = apigateway.TokenAuthorizer(
            self, "Authorizer", handler=self.authorize, results_cache_ttl=KEPT,
            identity_source=apigateway.IdentitySource.header("Authorization"),
            validation_regex=SHAPE)


def make_authorize(scope: Construct, ground: Ground, *, api_key_id: str) -> lambda_.Function:
    """The function that verifies tokens, with a layer of its own."""
    deployment, runtime = ground.deployment, ground.runtime
    # At most two fetches of 3 s; half a vCPU verifies a signature within milliseconds.
    return runtime.function(scope, settings.Authorize(
        jwt_issuer=deployment.jwt_issuer, jwt_audience=deployment.jwt_audience,
        api_key_id=api_key_id,
    ), memory_mb=1024, timeout_s=10, layers=[runtime.layer("Tokens", "tokens")])
