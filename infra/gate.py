"""Who may call an HTTP API: whoever has its key, and where tokens are asked for, that user.

The key is one of API Gateway's own, as a REST API's is: CloudFormation draws it, its owner reads it
with the same command, and it costs nothing. An HTTP API does not look at it, so an authorizer does.
Without the headers nobody is asked and the answer is 401; an answer of the authorizer is kept for
`KEPT`, by their values, for every route. A route has one authorizer: that of users checks the key
as well. source: AWS, "Control access to HTTP APIs with AWS Lambda authorizers".
"""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from constructs import Construct

from functions import settings
from infra.ground import Ground
from infra.guard import KEPT, make_authorize

_HEADER = "$request.header."


class Gate(Construct):
    """The key and the authorizers. of_callers: of routes about nobody, of_users: about one user."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        deployment = ground.deployment
        self.key = apigateway.ApiKey(self, "Key", description=f"callers of {deployment.name}")
        key_id = self.key.key_id
        check_key = ground.runtime.function(
            self, settings.CheckKey(api_key_id=key_id), memory_mb=512, timeout_s=10)
        let_read_key(check_key, self.key)
        self.of_callers = self.of_users = _authorizer("Callers", check_key, "x-api-key")
        if deployment.jwt_issuer:
            authorize = make_authorize(self, ground, api_key_id=key_id)
            let_read_key(authorize, self.key)
            self.of_users = _authorizer("Users", authorize, "x-api-key", "Authorization")


def let_read_key(function: lambda_.Function, key: apigateway.IApiKey) -> None:
    """source: AWS, "Actions, resources, and condition keys for API Gateway Management"."""
    stack = cdk.Stack.of(function)
    arn = f"arn:{stack.partition}:apigateway:{stack.region}::/apikeys/{key.key_id}"
    function.add_to_role_policy(iam.PolicyStatement(actions=["apigateway:GET"], resources=[arn]))


def _authorizer(id_: str, function: lambda_.Function, *headers: str) -> HttpLambdaAuthorizer:
    """Asked in format 1.0, which has an answer for all routes and is that of REST APIs.

    headers: shown to the function in this order: `functions.leave.identity`.
    """
    return HttpLambdaAuthorizer(
        id_, function, authorizer_name=id_, results_cache_ttl=KEPT,
        response_types=[HttpLambdaResponseType.IAM],
        identity_source=[_HEADER + name for name in headers])
