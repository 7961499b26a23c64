"""API Gateway calls a function if the function's own policy lets it; MiniStack never asks."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway_v1, lambda_svc

from rehearsal.emulator.permissions import lets

logger = logging.getLogger(__name__)
Call = Callable[..., Coroutine[Any, Any, tuple[Any, str | None]]]


def install() -> None:
    """Ask it at each call of a method."""
    apigateway_v1._call_lambda_raw = _ask_first(apigateway_v1._call_lambda_raw)


def _ask_first(call: Call) -> Call:
    async def call_if_allowed(function_arn: str, event: Any, **of: Any) -> tuple[Any, str | None]:
        function, _config, _name = lambda_svc._get_func_record_for_ref(function_arn)
        source = _source(event["requestContext"])
        if function and not lets(function["policy"], "apigateway.amazonaws.com",
                                 "lambda:InvokeFunction", function_arn, source):
            logger.error("%s may not call %s", source, function_arn)
            return None, "Invalid permissions on Lambda function"
        return await call(function_arn, event, **of)

    return call_if_allowed


def _source(request: dict[str, Any]) -> str:
    """The method that calls, as API Gateway names it."""
    return (f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{request['apiId']}/"
            f"{request['stage']}/{request['httpMethod']}{request['resourcePath']}")
