"""Buckets keep the tags of their template, and hide what is missing from who may not list them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.emulator.account import LAMBDA, Account, new, trusting

pytestmark = pytest.mark.emulator
READS = ("get_object", "head_object")


def tagged(account: Account) -> dict[str, str]:
    """Tags of a bucket that a template made."""
    bucket = new("bucket")
    stack = account.deploy(Bucket={"Type": "AWS::S3::Bucket", "Properties": {
        "BucketName": bucket, "Tags": [{"Key": "may-be-emptied", "Value": "true"}]}})
    assert account.state(stack) == "CREATE_COMPLETE"
    found = account.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def refusal(account: Account, read: str, *may: str) -> Any:
    """The status with which a role that may do these misses an object."""
    bucket = new("bucket")
    account.client("s3").create_bucket(Bucket=bucket)
    role = account.role(trusting(LAMBDA), *(
        (action, f"arn:aws:s3:::{bucket}{'' if action == 's3:ListBucket' else '/*'}")
        for action in may))
    client = account.client("s3", account.engine.assume(role, "reader"))
    with pytest.raises(ClientError) as caught:
        getattr(client, read)(Bucket=bucket, Key="missing")
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_ministack_alone_forgets_the_tags_of_a_template(bare: Account) -> None:
    with pytest.raises(ClientError, match="NoSuchTagSet"):
        tagged(bare)


def test_a_bucket_keeps_the_tags_of_its_template(patched: Account) -> None:
    assert tagged(patched) == {"may-be-emptied": "true"}


@pytest.mark.parametrize("read", READS)
def test_ministack_alone_tells_who_may_not_list_what_is_missing(bare: Account, read: str) -> None:
    assert refusal(bare, read, "s3:GetObject") == 404


@pytest.mark.parametrize("read", READS)
def test_what_is_missing_is_forbidden_to_who_may_not_list(patched: Account, read: str) -> None:
    assert refusal(patched, read, "s3:GetObject") == 403


@pytest.mark.parametrize("read", READS)
def test_what_is_missing_is_missing_to_who_may_list(patched: Account, read: str) -> None:
    assert refusal(patched, read, "s3:GetObject", "s3:ListBucket") == 404


def test_what_is_missing_is_missing_to_the_accounts_root(patched: Account) -> None:
    bucket = new("bucket")
    patched.client("s3").create_bucket(Bucket=bucket)

    with pytest.raises(ClientError, match="NoSuchKey"):
        patched.client("s3").get_object(Bucket=bucket, Key="missing")
