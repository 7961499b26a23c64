"""HTTP APIs hand functions the event they were told to; MiniStack knows payload format 2.0 alone.

source: AWS, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 1.0.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from ministack.services import apigateway

_format: ContextVar[str] = ContextVar("payload format of the integration", default="2.0")


def install() -> None:
    """Turn the event where an integration asks for format 1.0."""
    call, run = apigateway._invoke_lambda_proxy, apigateway.run_reentrant

    async def call_in_format(integration: dict[str, Any], *of: Any, **options: Any) -> Any:
        _format.set(str(integration.get("payloadFormatVersion") or "2.0"))
        return await call(integration, *of, **options)

    async def run_with(act: Callable[..., Any], record: Any, event: Any, **options: Any) -> Any:
        turned = event.get("version") == "2.0" and _format.get() == "1.0"
        return await run(act, record, _as_rest(event) if turned else event, **options)

    apigateway._invoke_lambda_proxy, apigateway.run_reentrant = call_in_format, run_with


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
