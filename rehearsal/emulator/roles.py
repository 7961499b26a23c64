"""Roles that a service of AWS takes: for whom it acts, and what it may then do.

MiniStack never says for whom a service acts, so that a trust policy against confused deputies
refuses everybody; here a caller tells it as the external id. MiniStack's Scheduler calls its
targets without asking the schedule's role, and its Lambda parks failed background calls without
asking the function's.
"""

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import ministack.core.iam_evaluator as evaluator
from ministack.services import eventbridge, lambda_svc, scheduler

logger = logging.getLogger(__name__)


def install() -> None:
    """Evaluate them as AWS does."""
    original = evaluator.evaluate_trust_policy

    def trusts(document: Any, caller_arn: str, context: Any = None) -> bool:
        return bool(original(document, caller_arn, _acting_for(context)))

    evaluator.evaluate_trust_policy = trusts
    call = eventbridge._invoke_target

    def call_as_role(target: dict[str, Any], event: dict[str, Any], *of: Any) -> None:
        scheduled = event["Source"] == "aws.scheduler"
        if scheduled and not may(target["RoleArn"], "lambda:InvokeFunction", target["Arn"]):
            logger.error("Scheduler may not call %s as %s", target["Arn"], target["RoleArn"])
        else:
            call(target, event, *of)

    eventbridge._invoke_target = call_as_role
    lambda_svc._route_async_failure = _park_as_role(lambda_svc._route_async_failure)
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # seconds between looks; 10 otherwise


def _park_as_role(park: Callable[..., None]) -> Callable[..., None]:
    """A failed background call goes to its queue if the function's role may send there."""
    def park_as_role(queue_arn: str, function: str, event: Any, result: Any) -> None:
        role_arn = lambda_svc._functions[function]["config"]["Role"]
        if may(role_arn, "sqs:SendMessage", queue_arn):
            park(queue_arn, function, event, result)
        else:
            logger.error("Lambda may not send to %s as %s", queue_arn, role_arn)

    return park_as_role


def may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Do the policies of a role allow it?"""
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    context = evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/service",
        principal_type="AssumedRole", principal_account=account, action=action,
        resource_arn=resource_arn, region=resource_arn.split(":")[3])
    found = evaluator.evaluate(context, evaluator._gather_role_policies(role, account))
    return bool(found.decision == "Allow")


def _acting_for(context: Any) -> Any:
    source = str((context.service_context if context else {}).get("sts:externalid") or "")
    if not source.startswith("arn:"):
        return context
    known = {**context.service_context, "aws:sourcearn": source,
             "aws:sourceaccount": source.split(":")[4]}
    return dataclasses.replace(context, service_context=known)
