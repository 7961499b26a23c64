"""Calls over loopback count as encrypted."""

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.emulator.account import LAMBDA, Account, new, policy, trusting

pytestmark = pytest.mark.emulator


def written(account: Account, denied_over_tls: str) -> None:
    """Write as a role, into a bucket that denies calls which came over TLS, or did not."""
    bucket, s3 = new("bucket"), account.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": denied_over_tls}}}))
    role = account.role(trusting(LAMBDA), ("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    account.client("s3", account.engine.assume(role, "writer")).put_object(
        Bucket=bucket, Key="one", Body=b"")


def test_ministack_alone_takes_loopback_for_what_it_is(bare: Account) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        written(bare, denied_over_tls="false")


def test_a_policy_that_demands_tls_lets_calls_pass(patched: Account) -> None:
    written(patched, denied_over_tls="false")


def test_a_policy_that_forbids_tls_denies_them(patched: Account) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        written(patched, denied_over_tls="true")
