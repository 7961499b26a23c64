"""Roles are asked whom they trust, and what Lambda may do with them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import LAMBDA, LOGS, Account, trusting, wait

pytestmark = pytest.mark.emulator
SAGEMAKER = "sagemaker.amazonaws.com"
JOB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/"
SPEAKS = "def handler(event, context):\n    print('spoken')\n    return 'done'"
FAILS = "def handler(event, context):\n    raise ValueError('cannot')"


def for_jobs_of_the_shop(account: Account) -> str:
    """A role that only these jobs may take."""
    return account.role(trusting(SAGEMAKER, JOB + "shop-*"))


def fail_in_background(account: Account, *, may_park: bool) -> tuple[str, str]:
    """A function that failed for good, and the queue for its failed calls."""
    queue = account.queue()
    allowed = [("sqs:SendMessage", queue)] if may_park else []
    function = account.function(FAILS, account.role(trusting(LAMBDA), *allowed, *LOGS))
    account.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}})
    account.call(function, {"asked": 1}, "Event")
    return function, queue


def spoken(account: Account, *allowed: tuple[str, str]) -> bool:
    """Is in the log of a function what it printed?"""
    function = account.function(SPEAKS, account.role(trusting(LAMBDA), *allowed))
    assert account.call(function) == "done"
    return any("spoken" in line for line in account.log(function))


def test_ministack_alone_never_says_for_what_a_service_acts(bare: Account) -> None:
    role = for_jobs_of_the_shop(bare)

    with pytest.raises(ClientError, match="AccessDenied"):
        bare.engine.assume(role, "job", JOB + "shop-1")


def test_a_role_is_taken_for_what_it_trusts_a_service_with(patched: Account) -> None:
    role = for_jobs_of_the_shop(patched)

    taken = patched.engine.assume(role, "job", JOB + "shop-1")

    who = patched.client("sts", taken).get_caller_identity()
    assert role.rpartition("/")[2] in who["Arn"]


@pytest.mark.parametrize("acting_for", [JOB + "blog-1", None])
def test_a_role_is_not_taken_for_anything_else(patched: Account, acting_for: str | None) -> None:
    role = for_jobs_of_the_shop(patched)

    with pytest.raises(ClientError, match="AccessDenied"):
        patched.engine.assume(role, "job", acting_for)


def test_ministack_alone_starts_a_function_whose_role_does_not_trust_lambda(
    bare: Account,
) -> None:
    assert bare.call(bare.function(SPEAKS, bare.role(trusting(SAGEMAKER)))) == "done"


def test_a_function_whose_role_does_not_trust_lambda_does_not_start(patched: Account) -> None:
    failed: Any = patched.call(patched.function(SPEAKS, patched.role(trusting(SAGEMAKER))))

    assert "cannot be assumed by Lambda" in failed["errorMessage"]


def test_ministack_alone_logs_for_a_role_that_may_not(bare: Account) -> None:
    assert spoken(bare)


def test_a_function_logs_if_its_role_may(patched: Account) -> None:
    assert spoken(patched, *LOGS)


@pytest.mark.parametrize("allowed", LOGS)
def test_a_function_does_not_log_if_its_role_may_not(
    patched: Account, allowed: tuple[str, str]
) -> None:
    assert not spoken(patched, allowed)


def test_ministack_alone_parks_for_a_role_that_may_not(bare: Account) -> None:
    _, queue = fail_in_background(bare, may_park=False)

    wait("the call", lambda: bare.messages(queue))


def test_a_failed_background_call_is_parked_if_the_role_may(patched: Account) -> None:
    _, queue = fail_in_background(patched, may_park=True)

    (parked,) = wait("the call", lambda: patched.messages(queue))
    assert parked["requestPayload"] == {"asked": 1}
    assert parked["responsePayload"]["errorMessage"] == "cannot"


def test_a_failed_background_call_is_lost_if_the_role_may_not(patched: Account) -> None:
    function, queue = fail_in_background(patched, may_park=False)

    role = patched.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    wait("the refusal", lambda: patched.said(f"Lambda may not send to {queue} as {role}"))
    assert patched.messages(queue) == []
