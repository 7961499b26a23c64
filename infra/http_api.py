"""The HTTP API over the same routes: a call costs less, and fewer things are done for it.

There are no API keys: an authorizer of ours demands the key (`infra.gate`). There are no usage
plans, so that throttles hold for each route, whoever calls, and no quota; no web ACL; no models; no
X-Ray of the API itself. Errors of API Gateway are `{"message": ...}` and cannot be shaped.
source: AWS, "Choose between REST APIs and HTTP APIs".
cost: $1.00 per million calls, a REST API's are $3.50, both less from some 300 million a month on
(us-east-1). source: AWS, "Amazon API Gateway pricing".
"""

import json
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer, HttpLambdaAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from domain.route import Route, Who
from infra.api import HEADERS, PREFLIGHT_KEPT, ROUTES, STAGE, Counted, routes_of, slower
from infra.deployment import Deployment
from infra.gate import Gate
from infra.log import make_log_group

# Nothing that names people. source: AWS, "Customize HTTP API access logs in API Gateway".
_LOGGED = ("requestId", "extendedRequestId", "requestTime", "routeKey", "status",
           "responseLatency", "responseLength", "error.responseType", "authorizer.error")


class HttpApi(Construct):
    """The routes over the functions of the deployment.

    counted: source: AWS, "Monitor CloudWatch metrics for HTTP APIs in API Gateway".
    """

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment,
        functions: Mapping[str, lambda_.IFunction], gate: Gate,
        signer: HttpLambdaAuthorizer | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._gate, self._signer = gate, signer
        self.http = apigateway.HttpApi(
            self, "Http", api_name=deployment.name, create_default_stage=False,
            description=f"{deployment.name}: events in, recommendations out",
            cors_preflight=_cors(deployment.allowed_origin))
        opened = routes_of(deployment)
        self._integrations = {verb: _integration(verb, functions[verb])
                              for verb in dict.fromkeys(route.verb for route in opened)}
        routes = [self._open(route) for route in opened]
        stage = self._stage(deployment)
        # A stage that is made before a route it limits is refused: "Unable to find Route by key".
        stage.node.add_dependency(*routes)
        self.key, self.url = gate.key, stage.url
        self.counted = Counted({"ApiId": self.http.api_id}, "5xx")

    def _open(self, route: Route) -> apigateway.HttpRoute:
        guards: dict[Who, apigateway.IHttpRouteAuthorizer | None] = {
            Who.ANYBODY: apigateway.HttpNoneAuthorizer(), Who.ADMIN: HttpIamAuthorizer(),
            Who.KEY: self._gate.of_callers, Who.USER: self._gate.of_users,
            Who.SERVER: self._signer}
        (opened,) = self.http.add_routes(
            path=route.path, methods=[apigateway.HttpMethod[route.method]],
            integration=self._integrations[route.verb],
            authorizer=guards[route.who])
        return opened

    def _stage(self, deployment: Deployment) -> apigateway.HttpStage:
        """source: AWS, "Throttle requests to your HTTP APIs"."""
        stage = apigateway.HttpStage(
            self, "Stage", http_api=self.http, stage_name=STAGE, auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=deployment.throttle_rate, burst_limit=deployment.throttle_burst))
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)
        resource.route_settings = {
            f"{route.method} {route.path}": {
                "ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
            for route, rate, burst in slower(deployment)}
        if deployment.access_log:
            resource.access_log_settings = self._access_log(deployment.log_days)
        return stage

    def _access_log(self, days: int) -> apigateway.CfnStage.AccessLogSettingsProperty:
        """Needs no role of the account. source: AWS, "Configure logging for HTTP APIs"."""
        group = make_log_group(self, "AccessLog", days)
        arn = cdk.Stack.of(self).format_arn(
            service="logs", resource="log-group", resource_name=group.log_group_name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME)
        return apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=arn,
            format=json.dumps({name: f"$context.{name}" for name in _LOGGED}))


def _integration(verb: str, function: lambda_.IFunction) -> HttpLambdaIntegration:
    """With the event of REST APIs, so that a function need not know which of both calls it.

    source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 1.0.
    """
    return HttpLambdaIntegration(
        verb, function, payload_format_version=apigateway.PayloadFormatVersion.VERSION_1_0)


def _cors(origin: str) -> apigateway.CorsPreflightOptions:
    """For the API as a whole: API Gateway answers preflights itself and sets the headers anew.

    source: AWS, "Configure CORS for HTTP APIs in API Gateway".
    """
    methods = dict.fromkeys(route.method for route in ROUTES if not route.admin)
    return apigateway.CorsPreflightOptions(
        allow_origins=[origin], allow_headers=list(HEADERS), max_age=PREFLIGHT_KEPT,
        allow_methods=[apigateway.CorsHttpMethod[method] for method in methods])
