"""A web ACL before an API is taken from a template, and goes with it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import Account

pytestmark = pytest.mark.emulator


def association() -> dict[str, Any]:
    """A web ACL put before the stage of an API."""
    return {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {
        "WebACLArn": f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/guard/1",
        "ResourceArn": f"arn:aws:apigateway:{REGION}::/restapis/api1/stages/v1"}}


def test_ministack_alone_puts_no_web_acl_before_an_api(bare: Account) -> None:
    with pytest.raises(ClientError, match="WebACLAssociation"):
        bare.deploy(Guard=association())


def test_a_web_acl_comes_and_goes_with_its_stack(patched: Account) -> None:
    stack = patched.deploy(Guard=association())
    assert patched.state(stack) == "CREATE_COMPLETE"

    patched.client("cloudformation").delete_stack(StackName=stack)

    assert patched.state(stack) == "DELETE_COMPLETE"
