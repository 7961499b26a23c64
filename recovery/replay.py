"""What was given up is applied after all: here the deployment's own function is asked to."""

import json
from typing import Any

import boto3
from botocore.config import Config

from recovery.report import Report

# The function may take a quarter of an hour, and is not asked twice for one thing.
_PATIENT = Config(read_timeout=910, retries={"total_max_attempts": 1})


class ReplayError(RuntimeError):
    """The function that replays failed."""


def replay(function: str, report: Report, client: Any = None) -> None:
    """Ask until nothing is left that could be applied; what stays is named with its reason.

    raises: ReplayError; a `WorldError`. Again from the beginning is no harm.
    """
    client = client or boto3.client("lambda", config=_PATIENT)
    more = True
    while more:
        answer = client.invoke(FunctionName=function)
        told = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise ReplayError(f"{function}: {told.get('errorType')}: {told.get('errorMessage')}")
        report.counts["batches replayed"] += told["batches"]
        report.counts["records replayed"] += told["records"]
        more = told["more"] and told["batches"] > 0
    report.problems += [f"{key}: {reason}" for key, reason in told["left"].items()]
    if told["more"]:
        report.problems.append("batches for which no time was left: call it again")
