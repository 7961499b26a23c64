import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials

from local.signature import SignatureError, sign, verify

KEYS = Credentials("LOCALKEY", "secret/with+signs")
TARGET = "/items/a%2Fb?k=5&x=%C3%BC&empty="
BODY = b'{"items":[]}'


def signed(keys: Credentials = KEYS, body: bytes = BODY) -> list[tuple[str, str]]:
    headers = sign("PUT", "http://127.0.0.1:8080" + TARGET, body, keys)
    return [("Host", "127.0.0.1:8080"), ("User-Agent", "anything"), *headers.items()]


def check(headers: list[tuple[str, str]], **changes: Any) -> None:
    given = {"method": "PUT", "target": TARGET, "body": BODY, "now": datetime.now(UTC), **changes}
    verify(given["method"], given["target"], headers, given["body"], KEYS, given["now"])


def test_what_the_holder_of_the_key_signed_passes() -> None:
    check(signed())


@pytest.mark.parametrize("changes", [
    {"method": "DELETE"}, {"target": "/items/other?k=5&x=%C3%BC&empty="},
    {"target": TARGET.replace("k=5", "k=6")}, {"body": b'{"items":[1]}'},
])
def test_what_was_changed_on_the_way_does_not_pass(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureError, match="does not match"):
        check(signed(), **changes)


def test_a_signed_header_that_was_changed_does_not_pass() -> None:
    headers = [(n, "text/plain" if n.lower() == "content-type" else v) for n, v in signed()]

    with pytest.raises(SignatureError, match="does not match"):
        check(headers)


def test_another_secret_does_not_pass() -> None:
    with pytest.raises(SignatureError, match="does not match"):
        check(signed(Credentials("LOCALKEY", "guess")))


def test_another_key_is_unknown() -> None:
    with pytest.raises(SignatureError, match="security token"):
        check(signed(Credentials("OTHER", "secret/with+signs")))


@pytest.mark.parametrize("skew", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_signature_holds_five_minutes(skew: timedelta) -> None:
    with pytest.raises(SignatureError, match="expired"):
        check(signed(), now=datetime.now(UTC) + skew)


@pytest.mark.parametrize("authorization", [
    None, "", "Bearer token", "AWS4-HMAC-SHA256 Credential=LOCALKEY",
])
def test_a_request_without_signature_is_told_so(authorization: str | None) -> None:
    headers = [(n, v) for n, v in signed() if n != "Authorization"]
    if authorization is not None:
        headers.append(("Authorization", authorization))

    with pytest.raises(SignatureError, match="Missing Authentication Token"):
        check(headers)


def test_a_signature_for_another_service_does_not_pass() -> None:
    headers = [(n, v.replace("execute-api", "s3")) for n, v in signed()]

    with pytest.raises(SignatureError, match="scoped"):
        check(headers)


def test_a_request_without_date_does_not_pass() -> None:
    headers = [(n, v) for n, v in signed() if n != "X-Amz-Date"]

    with pytest.raises(SignatureError, match="x-amz-date"):
        check(headers)


def test_the_host_must_be_signed() -> None:
    headers = [(n, v.replace("host;", "")) for n, v in signed()]

    with pytest.raises(SignatureError, match="Host"):
        check(headers)


def test_a_hash_header_must_be_that_of_the_body() -> None:
    right = ("x-amz-content-sha256", hashlib.sha256(BODY).hexdigest())
    wrong = ("x-amz-content-sha256", hashlib.sha256(b"").hexdigest())

    check([*signed(), right])
    with pytest.raises(SignatureError, match="hash"):
        check([*signed(), wrong])
