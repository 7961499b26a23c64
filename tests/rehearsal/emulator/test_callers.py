"""API Gateway calls a function whose own policy lets it."""

import pytest

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import Account, called_by, new

pytestmark = pytest.mark.emulator
GATEWAY = "apigateway.amazonaws.com"
ANSWERS = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'called'}"


def api(account: Account, function: str) -> str:
    """An API whose GET /things/{id} calls a function; its id."""
    client = account.client("apigateway")
    id_ = str(client.create_rest_api(name=new("api"))["id"])
    (root,) = client.get_resources(restApiId=id_)["items"]
    things = client.create_resource(restApiId=id_, parentId=root["id"], pathPart="things")
    thing = client.create_resource(restApiId=id_, parentId=things["id"], pathPart="{id}")
    of = {"restApiId": id_, "resourceId": thing["id"], "httpMethod": "GET"}
    client.put_method(**of, authorizationType="NONE")
    client.put_integration(
        **of, type="AWS_PROXY", integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations")
    client.create_deployment(restApiId=id_, stageName="v1")
    return id_


def test_ministack_alone_calls_a_function_that_lets_nobody(bare: Account) -> None:
    id_ = api(bare, bare.function(ANSWERS))

    assert bare.get(id_, "/v1/things/1") == (200, "called")


def test_a_method_calls_a_function_that_lets_it(patched: Account) -> None:
    function = patched.function(ANSWERS)
    id_ = api(patched, function)
    called_by(patched, function, GATEWAY,
              f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{id_}/v1/GET/things/*")

    assert patched.get(id_, "/v1/things/1") == (200, "called")


@pytest.mark.parametrize(("service", "method"), [
    (GATEWAY, "{id}/v1/POST/things/*"), (GATEWAY, "{id}/test/GET/things/*"),
    (GATEWAY, "other/v1/GET/things/*"), ("events.amazonaws.com", "{id}/v1/GET/things/*")])
def test_a_method_does_not_call_a_function_that_lets_others(
    patched: Account, service: str, method: str
) -> None:
    function = patched.function(ANSWERS)
    id_ = api(patched, function)
    called_by(patched, function, service,
              f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{method.format(id=id_)}")

    status, body = patched.get(id_, "/v1/things/1")

    assert status == 500
    assert "called" not in body
