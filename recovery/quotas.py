"""Before a first training: how many of its machines the account lets a deployment have at once."""

from typing import Any

import boto3

from functions.aws import CONFIG
from functions.settings import StartTraining
from functions.tries import Machine, Tries
from recovery.report import Report

SERVICE = "sagemaker"


class QuotaError(Exception):
    """The account lets a deployment have no machine to train on."""


def look(told: StartTraining, report: Report, client: Any = None) -> None:
    """Count what may be had of each machine that trainings ask for, in their order.

    source: AWS, "ListServiceQuotas" (Service Quotas API). raises: QuotaError, if it is nothing,
    naming what to ask for; a `WorldError`.
    """
    client = client or boto3.client("service-quotas", config=CONFIG.botocore())
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode=SERVICE)
    known = {found["QuotaName"]: int(found["Value"]) for page in pages for found in page["Quotas"]}
    names = [quota_of(machine) for machine in Tries.of(told.instance_types, told.spot).machines]
    report.counts.update({name: known.get(name, 0) for name in names})
    if not any(known.get(name) for name in names):
        raise QuotaError("no machine to train on: ask in Service Quotas, Amazon SageMaker, for one "
                         f"of {'; '.join(names)}; or set other instance_types")


def quota_of(machine: Machine) -> str:
    """As the console, and SageMaker's refusal, call the quota."""
    return f"{machine.instance_type} for {'spot ' if machine.spot else ''}training job usage"
