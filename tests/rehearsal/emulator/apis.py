"""APIs of one path, GET /things/{id}, in front of a function and perhaps of an authorizer."""

from dataclasses import dataclass
from typing import Any

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import Account, new

PATH = "/v1/things/1?color=red"
HEADERS = {"X-Key": "secret", "Cookie": "one=1"}


@dataclass(frozen=True)
class Api:
    """Ids of an API and of its authorizer, if it has one."""

    id: str
    authorizer: str = ""

    @property
    def method(self) -> str:
        """The ARN of its path, as a function's policy names it."""
        return self.arn("v1/GET/things/{id}")

    def arn(self, part: str) -> str:
        """Of something in it."""
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/{part}"

    @property
    def authorizers(self) -> str:
        """The ARN of its authorizer, as a function's policy names it."""
        return self.arn(f"authorizers/{self.authorizer}")


def rest(account: Account, function: str, authorizer: str = "") -> Api:
    """A REST API."""
    client = account.client("apigateway")
    id_ = str(client.create_rest_api(name=new("api"))["id"])
    (root,) = client.get_resources(restApiId=id_)["items"]
    things = client.create_resource(restApiId=id_, parentId=root["id"], pathPart="things")
    thing = client.create_resource(restApiId=id_, parentId=things["id"], pathPart="{id}")
    of = {"restApiId": id_, "resourceId": thing["id"], "httpMethod": "GET"}
    guard = client.create_authorizer(
        restApiId=id_, name="guard", type="REQUEST", authorizerUri=_uri(authorizer),
        identitySource="method.request.header.x-key")["id"] if authorizer else ""
    guarded: dict[str, Any] = (
        {"authorizationType": "CUSTOM", "authorizerId": guard} if guard
        else {"authorizationType": "NONE"})
    client.put_method(**of, **guarded)
    client.put_integration(
        **of, type="AWS_PROXY", integrationHttpMethod="POST", uri=_uri(function))
    client.create_deployment(restApiId=id_, stageName="v1")
    return Api(id_, guard)


def http(account: Account, function: str, authorizer: str = "", version: str = "2.0") -> Api:
    """An HTTP API. version: of the payload, for both."""
    client = account.client("apigatewayv2")
    id_ = str(client.create_api(Name=new("api"), ProtocolType="HTTP")["ApiId"])
    integration = client.create_integration(
        ApiId=id_, IntegrationType="AWS_PROXY", IntegrationUri=function,
        PayloadFormatVersion=version)["IntegrationId"]
    guard = client.create_authorizer(
        ApiId=id_, Name="guard", AuthorizerType="REQUEST", AuthorizerUri=_uri(authorizer),
        IdentitySource=["$request.header.X-Key", "$request.header.Cookie"],
        EnableSimpleResponses=version == "2.0",
        AuthorizerPayloadFormatVersion=version)["AuthorizerId"] if authorizer else ""
    guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": guard} if guard else {}
    client.create_route(ApiId=id_, RouteKey="GET /things/{id}",
                        Target=f"integrations/{integration}", **guarded)
    client.create_stage(ApiId=id_, StageName="v1", AutoDeploy=True)
    return Api(id_, guard)


def _uri(function: str) -> str:
    return (f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
            f"{function}/invocations")
