"""A role that may put events of one source puts those, and no others."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.emulator.account import LAMBDA, Account, new, policy, trusting

pytestmark = pytest.mark.emulator
OWN = "shop.headwater"


def put(account: Account, *sources: str) -> int:
    """How many events failed, of one of each source, put by a role that may put its own."""
    iam, role = account.client("iam"), account.role(trusting(LAMBDA))
    iam.put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName=new("policy"),
        PolicyDocument=policy({"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
                               "Condition": {"StringEquals": {"events:source": OWN}}}))
    events = account.client("events", account.engine.assume(role, "speaker"))
    answer = events.put_events(Entries=[
        {"Source": source, "DetailType": "spoken", "Detail": json.dumps({})} for source in sources])
    return int(answer["FailedEntryCount"])


def test_ministack_alone_refuses_whoever_may_put_events_of_one_source(bare: Account) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        put(bare, OWN)


def test_events_of_that_source_are_put(patched: Account) -> None:
    assert put(patched, OWN, OWN) == 0


@pytest.mark.parametrize("sources", [("blog.headwater",), (OWN, "blog.headwater")])
def test_events_of_another_source_are_not(patched: Account, sources: tuple[str, ...]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        put(patched, *sources)
