"""API Gateway calls a function if the function's own policy lets it; MiniStack never asks."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, apigateway_v1, lambda_svc

from rehearsal.emulator.permissions import lets

logger = logging.getLogger(__name__)
Call = Callable[..., Awaitable[Any]]
_FAILED = (500, {"Content-Type": "application/json"}, b'{"message": "Internal Server Error"}')


def install() -> None:
    """Ask it at each call of a method, a route, or an authorizer."""
    apigateway_v1._call_lambda_raw = _ask_of_method(apigateway_v1._call_lambda_raw)
    apigateway._invoke_lambda_proxy = _ask_of_route(apigateway._invoke_lambda_proxy)
    for api, name in ((apigateway_v1, "_invoke_authorizer_lambda"),
                      (apigateway, "_invoke_request_authorizer_lambda")):
        setattr(api, name, _ask_of_authorizer(getattr(api, name)))


def _ask_of_method(call: Call) -> Call:
    async def call_if_allowed(function_arn: str, event: Any, **of: Any) -> Any:
        request = event["requestContext"]
        source = (f"{request['apiId']}/{request['stage']}/"
                  f"{request['httpMethod']}{request['resourcePath']}")
        if not _lets(function_arn, source):
            return None, "Invalid permissions on Lambda function"
        return await call(function_arn, event, **of)

    return call_if_allowed


def _ask_of_route(call: Call) -> Call:
    async def call_if_allowed(
        integration: dict[str, Any], api_id: str, stage: str, *of: Any, **options: Any
    ) -> Any:
        _path, _method, _headers, _body, _query, route_key, *_ = of
        method, _, path = route_key.partition(" ")
        if not _lets(integration["integrationUri"], f"{api_id}/{stage}/{method}{path}"):
            return _FAILED
        return await call(integration, api_id, stage, *of, **options)

    return call_if_allowed


def _ask_of_authorizer(call: Call) -> Call:
    async def call_if_allowed(authorizer: dict[str, Any], event: Any, *of: Any) -> Any:
        id_ = authorizer.get("authorizerId") or authorizer["id"]
        source = f"{event['requestContext']['apiId']}/authorizers/{id_}"
        if not _lets(authorizer["authorizerUri"], source):
            return None
        return await call(authorizer, event, *of)

    return call_if_allowed


def _lets(uri: str, source: str) -> bool:
    arn = uri.partition("/functions/")[2].removesuffix("/invocations") or uri
    _version, _config, name = lambda_svc._get_func_record_for_ref(arn)
    function = lambda_svc._functions.get(name)  # an alias has its statements in the same policy
    source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{source}"
    allowed = bool(function) and lets(
        function["policy"], "apigateway.amazonaws.com", "lambda:InvokeFunction", arn, source)
    if not allowed:
        logger.error("%s may not call %s", source, arn)
    return allowed
