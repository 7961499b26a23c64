"""What EventBridge and Scheduler hand to Lambda is retried, then parked, as any background call.

MiniStack does so for the Invoke API, but calls the targets of rules and schedules once.
"""

import json
import logging

from ministack.services import eventbridge, lambda_svc

logger = logging.getLogger(__name__)


def install() -> None:
    """Send targets the way of background calls."""
    eventbridge._dispatch_to_lambda = _call


def _call(arn: str, payload: str) -> None:
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        logger.error("EventBridge knows no function %s", name)
        return
    lambda_svc.invoke_async_with_retry(function, json.loads(payload))
