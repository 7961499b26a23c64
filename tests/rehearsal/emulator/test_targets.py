"""Rules and schedules call what they may, again if it fails, and park what they may not."""

import json

import pytest

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import (
    LAMBDA,
    LOGS,
    Account,
    allow,
    called_by,
    new,
    policy,
    soon,
    trusting,
    wait,
)

pytestmark = pytest.mark.emulator
EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
GROUP = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/"
HEARS = "def handler(event, context):\n    print('heard')"
FAILS = "def handler(event, context):\n    print('heard')\n    raise ValueError('cannot')"


def rule(account: Account, function: str, queue: str = "") -> tuple[str, str]:
    """A rule that calls a function, and parks in a queue; its ARN, and the source it waits for."""
    events, name, source = account.client("events"), new("rule"), new("source")
    made = events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    parks = {"DeadLetterConfig": {"Arn": queue}} if queue else {}
    events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": function, **parks}])
    return str(made["RuleArn"]), source


def tell(account: Account, source: str) -> None:
    """An event."""
    account.client("events").put_events(
        Entries=[{"Source": source, "DetailType": "told", "Detail": "{}"}])


def let_in(account: Account, queue: str, rule_arn: str) -> None:
    """A rule may send to a queue."""
    account.client("sqs").set_queue_attributes(QueueUrl=account.url(queue), Attributes={
        "Policy": policy(allow(
            "sqs:SendMessage", queue, Principal={"Service": EVENTS},
            Condition={"ArnEquals": {"aws:SourceArn": rule_arn}}))})


def schedule(account: Account, function: str, role: str, queue: str) -> str:
    """A schedule that is due; its name."""
    name = new("schedule")
    account.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=soon(), FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": role, "Input": json.dumps({"due": name}),
                "DeadLetterConfig": {"Arn": queue}})
    return name


def heard(account: Account, function: str) -> int:
    """How often a function was called."""
    return sum(line.startswith("heard") for line in account.log(function))


def test_ministack_alone_lets_a_rule_call_a_function_that_lets_nobody(bare: Account) -> None:
    function = bare.function(HEARS)
    _, source = rule(bare, function)

    tell(bare, source)

    wait("the call", lambda: heard(bare, function))


def test_a_rule_calls_a_function_that_lets_it(patched: Account) -> None:
    function = patched.function(HEARS)
    arn, source = rule(patched, function)
    called_by(patched, function, EVENTS, arn)

    tell(patched, source)

    wait("the call", lambda: heard(patched, function))


def test_a_rule_does_not_call_a_function_that_lets_another(patched: Account) -> None:
    function, queue = patched.function(HEARS), patched.queue()
    other, _ = rule(patched, function)
    arn, source = rule(patched, function, queue)
    called_by(patched, function, EVENTS, other)
    let_in(patched, queue, arn)

    tell(patched, source)

    (parked,) = wait("the event", lambda: patched.messages(queue))
    assert (parked["source"], parked["detail-type"], parked["detail"]) == (source, "told", {})
    assert heard(patched, function) == 0


def test_what_a_rule_may_not_deliver_is_lost_where_it_may_not_park(patched: Account) -> None:
    function, queue = patched.function(HEARS), patched.queue()
    arn, source = rule(patched, function, queue)

    tell(patched, source)

    wait("the refusal", lambda: patched.said(f"{arn} may not park at {queue}"))
    assert patched.messages(queue) == []


def test_what_a_rule_may_not_deliver_is_lost_where_it_has_no_queue(patched: Account) -> None:
    function = patched.function(HEARS)
    arn, source = rule(patched, function)

    tell(patched, source)

    wait("the refusal", lambda: patched.said(f"{arn} may not call {function}"))
    assert heard(patched, function) == 0


def fail(account: Account, retries: int) -> tuple[str, str]:
    """A function that a rule calls in vain, and the queue for what no retry helps."""
    queue = account.queue()
    function = account.function(FAILS, account.role(
        trusting(LAMBDA), ("sqs:SendMessage", queue), *LOGS))
    account.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=retries,
        DestinationConfig={"OnFailure": {"Destination": queue}})
    arn, source = rule(account, function)
    called_by(account, function, EVENTS, arn)
    tell(account, source)
    return function, queue


def test_ministack_alone_parks_no_call_of_a_rule_that_fails(bare: Account) -> None:
    function, queue = fail(bare, retries=0)
    wait("the call", lambda: heard(bare, function))

    later, _ = fail(bare, retries=0)

    wait("the later call", lambda: heard(bare, later))
    assert bare.messages(queue) == []


def test_a_call_of_a_rule_that_fails_is_made_again_and_then_parked(patched: Account) -> None:
    function, queue = fail(patched, retries=1)

    (parked,) = wait("the call", lambda: patched.messages(queue))
    assert parked["requestPayload"]["detail-type"] == "told"
    assert heard(patched, function) == 2


@pytest.fixture(scope="module")
def due(bare: Account) -> tuple[str, str]:
    """The queue of a schedule of no function, and whom another calls though its role may not.

    MiniStack looks every 10 s, at the older schedule first.
    """
    function, queue = bare.function(HEARS), bare.queue()
    may = bare.role(trusting(SCHEDULER), ("lambda:InvokeFunction", "*"), ("sqs:*", "*"))
    schedule(bare, function + "-gone", may, queue)
    schedule(bare, function, bare.role(trusting(LAMBDA)), queue)
    return queue, function


def test_ministack_alone_lets_a_schedule_do_what_its_role_may_not(
    bare: Account, due: tuple[str, str]
) -> None:
    wait("the call", lambda: heard(bare, due[1]))


def test_ministack_alone_parks_nothing_for_a_schedule(
    bare: Account, due: tuple[str, str]
) -> None:
    queue, function = due

    wait("the later call", lambda: heard(bare, function))

    assert bare.messages(queue) == []


def test_a_schedule_calls_what_its_role_may(patched: Account) -> None:
    function, queue = patched.function(HEARS), patched.queue()
    role = patched.role(trusting(SCHEDULER, GROUP + "default"), ("lambda:InvokeFunction", function))

    schedule(patched, function, role, queue)

    wait("the call", lambda: heard(patched, function))


@pytest.mark.parametrize(("service", "source", "may_call"), [
    (LAMBDA, GROUP + "default", True),
    (SCHEDULER, GROUP + "other", True),
    (SCHEDULER, GROUP + "default", False),
], ids=["trusts another service", "trusts another group", "may not call"])
def test_a_schedule_parks_what_its_role_may_not_call(
    patched: Account, service: str, source: str, may_call: bool
) -> None:
    function, queue = patched.function(HEARS), patched.queue()
    allowed = [("lambda:InvokeFunction", function)] if may_call else []
    role = patched.role(trusting(service, source), ("sqs:SendMessage", queue), *allowed)

    name = schedule(patched, function, role, queue)

    (parked,) = wait("the call", lambda: patched.messages(queue))
    assert parked == {"due": name}
    assert heard(patched, function) == 0


def test_a_schedule_parks_nothing_where_its_role_may_not(patched: Account) -> None:
    function, queue = patched.function(HEARS), patched.queue()

    name = schedule(patched, function, patched.role(trusting(SCHEDULER)), queue)

    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{name}"
    wait("the refusal", lambda: patched.said(f"{arn} may not park at {queue}"))
    assert patched.messages(queue) == []
