"""The REST API over the routes: who may take each, and what is answered by itself.

The routes are stated in `domain.routes`. Those for administrators need an IAM signature, all others
but the API's own description the deployment's API key, and those about one user that user's token
as well where `jwt_issuer` is set. `infra.http_api` opens the same routes as an HTTP API.

Logs of API Gateway need a role that is set once for a whole account and region, which the next
stack to set it overwrites; so no deployment sets it, and `access_log` is off by default. Turn it
on where the account has such a role. source: AWS, "AWS::ApiGateway::Account".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from domain import routes
from domain.route import Route, Who
from infra.deployment import Deployment
from infra.firewall import Firewall
from infra.log import make_log_group
from infra.refusals import answer_in_json

ROUTES = routes.ROUTES
# The paths are those of Amazon Personalize's clients, below one of ours; AWS describes its shapes.
# Whoever signs brings no key that a plan could limit, and API Gateway lets whatever looks signed
# through to the function.
PERSONALIZE = tuple(
    Route("POST", f"/personalize/{name}", verb, f"As Amazon Personalize's {operation}.",
          who=Who.SERVER, rate_s=rate_s)
    for name, verb, operation, rate_s in (
        ("events", "put_personalize", "PutEvents", 200),
        ("items", "put_personalize", "PutItems", 20),
        ("users", "put_personalize", "PutUsers", 20),
        ("recommendations", "get_personalize", "GetRecommendations", 200),
        ("personalize-ranking", "get_personalize", "GetPersonalizedRanking", 200)))

STAGE = "v1"
HEADERS = ("Content-Type", "X-Api-Key", "Authorization")  # that pages may send
PREFLIGHT_KEPT = cdk.Duration.hours(1)

_NOT_DRAFT_4 = ("propertyNames",)  # the function checks what API Gateway cannot
_LOGGED = ("requestId", "extendedRequestId", "requestTime", "httpMethod", "resourcePath", "status",
           "responseLatency", "responseLength", "error.responseType")  # nothing that names people


@dataclass(frozen=True)
class Counted:
    """How CloudWatch counts the calls of one API: its dimensions, and its name for 5xx."""

    dimensions: Mapping[str, str]
    failed: str


class RestApi(Construct):
    """The routes over the functions of the deployment.

    counted: source: AWS, "Amazon API Gateway dimensions and metrics".
    """

    def __init__(
        self, scope: Construct, id_: str, *, deployment: Deployment,
        functions: Mapping[str, lambda_.IFunction],
        authorizer: apigateway.IAuthorizer | None = None,
        signer: apigateway.IAuthorizer | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._authorizer, self._signer = authorizer, signer
        self._origin = deployment.allowed_origin
        self.rest = self._rest_api(deployment)
        for route in routes_of(deployment):
            self._open(route, functions[route.verb])
        self._allow_browsers()
        answer_in_json(self.rest, self._origin)
        self.key = self._plan(deployment)
        self.url = self.rest.url
        self.counted = Counted({"ApiName": deployment.name}, "5XXError")
        if deployment.web_acl:
            Firewall(self, "Firewall", name=deployment.name, stage=self.rest.deployment_stage,
                     rate_limit_5min=deployment.rate_limit_5min)

    def _rest_api(self, deployment: Deployment) -> apigateway.RestApi:
        access_log = (make_log_group(self, "AccessLog", deployment.log_days)
                      if deployment.access_log else None)
        api = apigateway.RestApi(
            self, "Rest", rest_api_name=deployment.name, cloud_watch_role=False,
            description=f"{deployment.name}: events in, recommendations out",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE, tracing_enabled=deployment.tracing,
                access_log_destination=(apigateway.LogGroupLogDestination(access_log)
                                        if access_log else None),
                access_log_format=_log_format() if access_log else None,
                throttling_rate_limit=deployment.throttle_rate,
                throttling_burst_limit=deployment.throttle_burst,
                method_options=_method_throttles(deployment)))
        api.node.try_remove_child("Endpoint")  # CDK's own output of the URL; the stack has one
        return api

    def _open(self, route: Route, function: lambda_.IFunction) -> None:
        self.rest.root.resource_for_path(route.path).add_method(
            route.method, apigateway.LambdaIntegration(function, allow_test_invoke=False),
            **self._guard(route),
            api_key_required=route.keyed,
            request_models={"application/json": self._model(route)} if route.body else None)

    def _guard(self, route: Route) -> dict[str, Any]:
        guard = (self._signer if route.who is Who.SERVER else
                 self._authorizer if route.about_user else None)
        if guard:
            return {"authorization_type": apigateway.AuthorizationType.CUSTOM, "authorizer": guard}
        return {"authorization_type": (apigateway.AuthorizationType.IAM if route.admin
                                       else apigateway.AuthorizationType.NONE)}

    def _model(self, route: Route) -> apigateway.IModel:
        """What the route takes, for exported definitions and SDKs.

        The function checks it: API Gateway's own refusal could not name the field, and would spoil
        a whole batch for one bad event.
        """
        nouns = [part.title() for part in route.path.split("/") if part and part[0] != "{"]
        id_ = f"{route.method.title()}{''.join(nouns)}Body"
        schema = {"$schema": "http://json-schema.org/draft-04/schema#", **_draft_4(route.body)}
        model = apigateway.CfnModel(self.rest, id_, rest_api_id=self.rest.rest_api_id,
                                    content_type="application/json", schema=schema)
        deployed = self.rest.latest_deployment
        assert deployed is not None
        deployed.add_to_logical_id(schema)  # a changed schema is deployed anew
        return apigateway.Model.from_model_name(self.rest, id_ + "Ref", model.ref)

    def _allow_browsers(self) -> None:
        """Preflight answers for whatever needs no signature."""
        for path in dict.fromkeys(route.path for route in ROUTES if not route.admin):
            methods = [r.method for r in ROUTES if r.path == path and not r.admin]
            self.rest.root.resource_for_path(path).add_cors_preflight(
                allow_origins=[self._origin], allow_methods=methods,
                allow_headers=list(HEADERS), max_age=PREFLIGHT_KEPT)

    def _plan(self, deployment: Deployment) -> apigateway.IApiKey:
        key = self.rest.add_api_key("Key", description=f"callers of {deployment.name}")
        quota = apigateway.QuotaSettings(
            limit=deployment.quota_per_month, period=apigateway.Period.MONTH)
        plan = self.rest.add_usage_plan(
            "Plan", name=deployment.name,
            throttle=apigateway.ThrottleSettings(
                rate_limit=deployment.throttle_rate, burst_limit=deployment.throttle_burst),
            quota=quota if deployment.quota_per_month else None,
            api_stages=[apigateway.UsagePlanPerApiStage(
                api=self.rest, stage=self.rest.deployment_stage)])
        plan.add_api_key(key)
        return key


def routes_of(deployment: Deployment) -> tuple[Route, ...]:
    """Those that a deployment opens."""
    return (*ROUTES, *PERSONALIZE) if deployment.personalize else ROUTES


def slower(deployment: Deployment) -> Iterator[tuple[Route, int, int]]:
    """Routes that take less than the others, with rate and burst; never more than those."""
    for route in routes_of(deployment):
        if route.rate_s and route.burst:
            yield (route, min(route.rate_s, deployment.throttle_rate),
                   min(route.burst, deployment.throttle_burst))


def _method_throttles(deployment: Deployment) -> dict[str, apigateway.MethodDeploymentOptions]:
    """source: AWS, "Throttle requests to your REST APIs for better throughput in API Gateway"."""
    return {
        f"{route.path}/{route.method}": apigateway.MethodDeploymentOptions(
            throttling_rate_limit=rate, throttling_burst_limit=burst)
        for route, rate, burst in slower(deployment)}


def _draft_4(schema: Any) -> Any:
    """The schema without what API Gateway's draft does not know."""
    if isinstance(schema, list):
        return [_draft_4(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {key: _draft_4(part) for key, part in schema.items() if key not in _NOT_DRAFT_4}


def _log_format() -> apigateway.AccessLogFormat:
    return apigateway.AccessLogFormat.custom(
        json.dumps({name.split(".")[-1]: f"$context.{name}" for name in _LOGGED}))
