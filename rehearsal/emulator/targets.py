"""How EventBridge and Scheduler call their targets: allowed, retried, or parked.

MiniStack calls a target once, whatever the function's own policy or the schedule's role say, and
knows no dead-letter queue. Here a function that a rule or a schedule may call gets the event as
any background call, with retries; what may not be delivered goes to the target's queue, if that
may be.
"""

import json
import logging
from typing import Any

from ministack.core.arn import parse_arn
from ministack.services import eventbridge, lambda_svc, scheduler, sqs

from rehearsal.emulator.permissions import lets, may, trusts

logger = logging.getLogger(__name__)
_RULES, _SCHEDULES = "events.amazonaws.com", "scheduler.amazonaws.com"


def install() -> None:
    """Send targets the way of AWS."""
    call = eventbridge._invoke_target

    def call_if_allowed(target: dict[str, Any], event: dict[str, Any], of: Any, *more: Any) -> None:
        scheduled = event["Source"] == "aws.scheduler"
        called = _schedule_may_call(target, of) if scheduled else _rule_may_call(target, of)
        if called:
            call(target, event, of, *more)
        else:
            logger.error("%s may not call %s", of["Arn"], target["Arn"])
            _park(target, event, of, scheduled)

    eventbridge._invoke_target = call_if_allowed
    eventbridge._dispatch_to_lambda = _call_in_background
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # seconds between looks; 10 otherwise


def _schedule_may_call(target: dict[str, Any], schedule: dict[str, Any]) -> bool:
    """By its role, which is taken for a group of schedules, not for one.

    source: AWS, "Cross-service confused deputy prevention in EventBridge Scheduler".
    """
    group = schedule["Arn"].rpartition("/")[0].replace(":schedule/", ":schedule-group/")
    role = target["RoleArn"]
    return (trusts(role, _SCHEDULES, group)
            and may(role, "lambda:InvokeFunction", target["Arn"]))


def _rule_may_call(target: dict[str, Any], rule: dict[str, Any]) -> bool:
    function, _config, _name = lambda_svc._get_func_record_for_ref(target["Arn"])
    return bool(function) and lets(
        function["policy"], _RULES, "lambda:InvokeFunction", target["Arn"], rule["Arn"])


def _park(target: dict[str, Any], event: Any, of: dict[str, Any], scheduled: bool) -> None:
    """What the target would have got, in the queue that the target has, if it has one."""
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if not arn:
        return
    if scheduled:
        allowed = may(target["RoleArn"], "sqs:SendMessage", arn)
    else:
        policy = sqs._queue_by_arn(arn)["attributes"].get("Policy")
        allowed = lets(policy, _RULES, "sqs:SendMessage", arn, of["Arn"])
    if allowed:
        whole = eventbridge._pattern_event_view(event).event_with_detail()
        eventbridge._dispatch_to_sqs(parse_arn(arn), target.get("Input") or json.dumps(whole))
    else:
        logger.error("%s may not park at %s", of["Arn"], arn)


def _call_in_background(arn: str, payload: str) -> None:
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        logger.error("EventBridge knows no function %s", name)
        return
    lambda_svc.invoke_async_with_retry(function, json.loads(payload))
