"""Roles that Lambda takes for a function: whether they trust it, and what it then does with them.

MiniStack never says for whom a service acts, so that a trust policy against confused deputies
refuses everybody; here a caller tells it as the external id. It starts functions whatever their
role trusts, writes their logs and parks their failed background calls without asking the role.
"""

import logging
from collections.abc import Callable
from typing import Any

import ministack.core.iam_evaluator as evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from rehearsal.emulator.permissions import acting_for, may, trusts

logger = logging.getLogger(__name__)


def install() -> None:
    """Evaluate them as AWS does."""
    original = evaluator.evaluate_trust_policy

    def believes(document: Any, caller_arn: str, context: Any = None) -> bool:
        return bool(original(document, caller_arn, acting_for(context)))

    evaluator.evaluate_trust_policy = believes
    lambda_svc._provided_worker_env = _start_as_role(lambda_svc._provided_worker_env)
    lambda_svc._emit_lambda_logs = _log_as_role(lambda_svc._emit_lambda_logs)
    lambda_svc._route_async_failure = _park_as_role(lambda_svc._route_async_failure)


def _start_as_role(surround: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    def start_as_role(config: dict[str, Any], *of: Any) -> dict[str, str]:
        if not trusts(config["Role"], "lambda.amazonaws.com"):
            raise PermissionError(f"the role {config['Role']} cannot be assumed by Lambda")
        return surround(config, *of)

    return start_as_role


def _log_as_role(emit: Callable[..., None]) -> Callable[..., None]:
    """source: AWS, "Sending Lambda function logs to CloudWatch Logs"."""
    def log_as_role(function: dict[str, Any], *of: Any, **options: Any) -> None:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get(
            "LogGroup", f"/aws/lambda/{config['FunctionName']}")
        arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:any"
        if all(may(config["Role"], f"logs:{action}", arn)
               for action in ("CreateLogStream", "PutLogEvents")):
            emit(function, *of, **options)
        else:
            logger.error("Lambda may not log to %s as %s", group, config["Role"])

    return log_as_role


def _park_as_role(park: Callable[..., None]) -> Callable[..., None]:
    """A failed background call goes to its queue if the function's role may send there."""
    def park_as_role(queue_arn: str, function: str, event: Any, result: Any) -> None:
        role_arn = lambda_svc._functions[function]["config"]["Role"]
        if may(role_arn, "sqs:SendMessage", queue_arn):
            park(queue_arn, function, event, result)
        else:
            logger.error("Lambda may not send to %s as %s", queue_arn, role_arn)

    return park_as_role
