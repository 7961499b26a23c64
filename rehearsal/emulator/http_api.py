"""HTTP APIs hand functions the event they were told to; MiniStack knows payload format 2.0 alone.

Of what authorizers are shown in format 1.0 it lacks the identity.
source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 1.0; "Control
access to HTTP APIs with AWS Lambda authorizers".
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from ministack.services import apigateway

_format: ContextVar[str] = ContextVar("payload format of the integration", default="2.0")


def install() -> None:
    """Turn the event where an integration or an authorizer asks for format 1.0."""
    apigateway._invoke_request_authorizer_lambda = _ask_with_identity(
        apigateway._invoke_request_authorizer_lambda)
    call, run = apigateway._invoke_lambda_proxy, apigateway.run_reentrant

    async def call_in_format(integration: dict[str, Any], *of: Any, **options: Any) -> Any:
        _format.set(str(integration.get("payloadFormatVersion") or "2.0"))
        return await call(integration, *of, **options)

    async def run_with(act: Callable[..., Any], record: Any, event: Any, **options: Any) -> Any:
        turned = event.get("version") == "2.0" and _format.get() == "1.0"
        return await run(act, record, _as_rest(event) if turned else event, **options)

    apigateway._invoke_lambda_proxy, apigateway.run_reentrant = call_in_format, run_with


def _ask_with_identity(ask: Callable[..., Any]) -> Callable[..., Any]:
    async def ask_with_identity(authorizer: dict[str, Any], event: Any, *of: Any) -> Any:
        if authorizer.get("authorizerPayloadFormatVersion") == "1.0":
            names = [name.removeprefix("$request.header.") for name in authorizer["identitySource"]]
            identity = ",".join(event["headers"][name.lower()] for name in names)
            event |= {"version": "1.0", "identitySource": identity, "authorizationToken": identity}
        return await ask(authorizer, event, *of)

    return ask_with_identity


def _as_rest(event: dict[str, Any]) -> dict[str, Any]:
    request, given = event["requestContext"], parse_qs(event["rawQueryString"])
    method, path = request["http"]["method"], event["routeKey"].partition(" ")[2]
    headers = event["headers"]
    return {
        "version": "1.0", "resource": path, "path": event["rawPath"], "httpMethod": method,
        "headers": headers, "multiValueHeaders": {key: [text] for key, text in headers.items()},
        "queryStringParameters": {key: values[-1] for key, values in given.items()} or None,
        "multiValueQueryStringParameters": given or None,
        "pathParameters": event["pathParameters"] or None, "stageVariables": None,
        "body": event.get("body"), "isBase64Encoded": event["isBase64Encoded"],
        "requestContext": {
            "accountId": request["accountId"], "apiId": request["apiId"],
            "authorizer": request.get("authorizer", {}).get("lambda", {}),
            "domainName": request["domainName"], "httpMethod": method, "path": event["rawPath"],
            "protocol": "HTTP/1.1", "requestId": request["requestId"],
            "requestTime": request["time"], "requestTimeEpoch": request["timeEpoch"],
            "resourcePath": path, "stage": request["stage"],
            "identity": {"sourceIp": request["http"]["sourceIp"]}},
    }
