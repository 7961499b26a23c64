"""SageMaker training jobs, which MiniStack lacks: what was asked for is kept, and told.

The jobs themselves run outside, in the runner of the local cloud, which comes back with each end:
the target `Rehearsal.Tell` takes an event and hands it to EventBridge as a service of AWS would;
PutEvents refuses sources that begin with `aws.`, as AWS does.
"""

import json
import os
import sys
import time
from typing import Any

import ministack.app as app
import ministack.core.router as router
from ministack import services
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
)
from ministack.services import eventbridge

from rehearsal.emulator.permissions import caller_may

_jobs = AccountRegionScopedDict()
_SUMMARY = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingJobStatus")


def install() -> None:
    """Stand beside the services that MiniStack has."""
    module = sys.modules[__name__]
    sys.modules["ministack.services.sagemaker"] = module
    services.sagemaker = module
    app.SERVICE_REGISTRY["sagemaker"] = {"module": "sagemaker"}
    app.SERVICE_HANDLERS["sagemaker"] = handle_request
    router.SERVICE_PATTERNS["sagemaker"] = {
        "target_prefixes": ["SageMaker", "Rehearsal"], "host_patterns": [r"sagemaker\."]}


def reset() -> None:
    """Asked for by MiniStack."""
    _jobs.clear()


def get_state() -> dict[str, Any]:
    """Asked for by MiniStack; jobs do not outlive it."""
    return {}


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Any:
    """One call of the JSON protocol."""
    action = (headers.get("x-amz-target") or "").rpartition(".")[2]
    if action not in _ACTIONS:
        return error_response_json("UnknownOperationException", action, 400)
    return _ACTIONS[action](json.loads(body or b"{}"))


def _create(asked: dict[str, Any]) -> Any:
    name = asked["TrainingJobName"]
    if name in _jobs:
        return error_response_json("ResourceInUse", f"{name} exists already", 400)
    arn = f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:training-job/{name}"
    if refused := _refusal(asked, arn):
        return refused
    now_s = time.time()
    _jobs[name] = {
        **asked, "TrainingJobArn": arn, "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting", "CreationTime": now_s, "LastModifiedTime": now_s}
    return json_response({"TrainingJobArn": arn})


def _refusal(asked: dict[str, Any], arn: str) -> Any:
    """source: AWS, "Amazon SageMaker API permissions", CreateTrainingJob."""
    role_arn = asked["RoleArn"]
    if not caller_may("sagemaker:CreateTrainingJob", arn):
        return error_response_json("AccessDeniedException", f"CreateTrainingJob on {arn}", 400)
    if not caller_may("iam:PassRole", role_arn, iam_passedtoservice="sagemaker.amazonaws.com"):
        return error_response_json("AccessDeniedException", f"PassRole on {role_arn}", 400)
    return None


def _describe(asked: dict[str, Any]) -> Any:
    job = _jobs.get(asked["TrainingJobName"])
    if job is None:
        return error_response_json("ValidationException", "Requested resource not found.", 400)
    return json_response(job)


def _list(_asked: dict[str, Any]) -> Any:
    summaries = [{key: job[key] for key in _SUMMARY} for job in _jobs.values()]
    return json_response({"TrainingJobSummaries": summaries})


def _tell(event: dict[str, Any]) -> Any:
    detail = event["detail"]
    _jobs[detail["TrainingJobName"]] |= {
        key: detail[key] for key in ("TrainingJobStatus", "SecondaryStatus")}
    eventbridge._dispatch_event({
        "EventId": os.urandom(8).hex(), "Source": event["source"],
        "DetailType": event["detail-type"], "Detail": json.dumps(detail, default=str),
        "EventBusName": "default", "Time": int(time.time()), "Resources": event["resources"],
        "Account": get_account_id(), "Region": get_region()})
    return json_response({})


_ACTIONS = {"CreateTrainingJob": _create, "DescribeTrainingJob": _describe,
            "ListTrainingJobs": _list, "Tell": _tell}
