"""What a role or a resource lets a service of AWS do; asked by the patches that play one."""

import dataclasses
import json
from typing import Any

import ministack.core.iam_evaluator as evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam


def may(role_arn: str, action: str, resource_arn: str, **context: str) -> bool:
    """Do the policies of a role allow it? context: keys of conditions, `_` for `:`."""
    account, role = _split(role_arn)
    asked = dataclasses.replace(
        _question(action, resource_arn), principal_type="AssumedRole",
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/service",
        service_context={key.replace("_", ":"): value for key, value in context.items()})
    found = evaluator.evaluate(asked, evaluator._gather_role_policies(role, account))
    return bool(found.decision == "Allow")


def caller_may(action: str, resource_arn: str, **context: str) -> bool:
    """The same of whoever made the request that is answered; the account's root may all."""
    account, _, session = evaluator.caller_arn().partition(":assumed-role/")
    role_arn = f"arn:aws:iam::{account.rpartition(':')[2]}:role/{session.partition('/')[0]}"
    return not session or may(role_arn, action, resource_arn, **context)


def trusts(role_arn: str, service: str, source_arn: str = "") -> bool:
    """May a service take the role, for what it acts on behalf of?"""
    account, role = _split(role_arn)
    trust = _document(iam._roles.get_scoped(account, None, role)["AssumeRolePolicyDocument"])
    statements = [{**statement, "Resource": "*"} for statement in trust["Statement"]]
    return lets({"Statement": statements}, service, "sts:AssumeRole", role_arn, source_arn)


def lets(policy: Any, service: str, action: str, resource_arn: str, source_arn: str = "") -> bool:
    """Does a resource's own policy let a service in, for what it acts on behalf of?"""
    asked = dataclasses.replace(
        _question(action, resource_arn), service_context=_acting(source_arn))
    found = evaluator.evaluate_resource_policy(_document(policy), asked, service)
    return bool(found.decision == "Allow")


def acting_for(context: Any) -> Any:
    """A question whose external id is an ARN, as AWS would ask it on behalf of that."""
    source = str((context.service_context if context else {}).get("sts:externalid") or "")
    if not source.startswith("arn:"):
        return context
    return dataclasses.replace(
        context, service_context={**context.service_context, **_acting(source)})


def _acting(source_arn: str) -> dict[str, str]:
    if not source_arn:
        return {}
    return {"aws:sourcearn": source_arn,
            "aws:sourceaccount": source_arn.split(":")[4] or str(get_account_id())}


def _question(action: str, resource_arn: str) -> Any:
    return evaluator.EvalContext(
        principal_arn="service", principal_type="Service", principal_account=get_account_id(),
        action=action, resource_arn=resource_arn, region=get_region())


def _split(role_arn: str) -> tuple[str, str]:
    return role_arn.split(":")[4], role_arn.rpartition("/")[2]


def _document(policy: Any) -> dict[str, Any]:
    return dict(json.loads(policy) if isinstance(policy, str) else policy or {})
