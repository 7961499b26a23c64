"""What botocore signs is verified; what differs in anything is not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from functions.signature import SignatureError, Signed, verify
from tests.flow.signing import signed

NOW_S = 1_760_000_000
NOW = datetime.fromtimestamp(NOW_S, UTC)
SECRET = "a-secret"
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


def sign(
    body: bytes = b"{}", secret: str = SECRET, host: str = "api.example", path: str = "/v1/x"
) -> Signed:
    headers = signed(f"https://{host}{path}", body, Credentials("any", secret), NOW)
    told = headers.pop("Authorization")
    return Signed("POST", path, {name.lower(): value for name, value in headers.items()}
                  | {"host": host}, body, told)


@given(st.binary(max_size=200), TEXT, st.from_regex(r"(/[a-z0-9-]{1,9}){1,4}", fullmatch=True))
def test_what_botocore_signs_is_verified(body: bytes, secret: str, path: str) -> None:
    verify(sign(body, secret, path=path), secret, "personalize", NOW_S)


@pytest.mark.parametrize("change", [
    {"method": "PUT"}, {"path": "/v1/y"}, {"body": b"{ }"},
    {"headers": {**sign().headers, "host": "other.example"}},
    {"headers": {**sign().headers, "content-type": "text/plain"}},
    {"authorization": sign(secret="b-secret").authorization},
    {"authorization": sign().authorization[:-64] + "0" * 64}])
def test_what_differs_from_what_was_signed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SignatureError, match="the signature is not that of this request"):
        verify(replace(sign(), **change), SECRET, "personalize", NOW_S)


@pytest.mark.parametrize(("change", "reason"), [
    ({"authorization": ""}, "not signed with Signature Version 4"),
    ({"authorization": "Bearer a.b.c"}, "not signed with Signature Version 4"),
    ({"headers": {"host": "api.example"}}, "x-amz-date is no time"),
    ({"headers": {"x-amz-date": sign().headers["x-amz-date"]}}, "not sent: content-type, host"),
    ({"authorization": sign().authorization.replace("host;", "")}, "not signed, .*: host"),
    ({"authorization": sign().authorization.replace("/20251009/", "/20251008/")},
     "the credential's date is not that")])
def test_what_is_missing_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SignatureError, match=reason):
        verify(replace(sign(), **change), SECRET, "personalize", NOW_S)


@pytest.mark.parametrize(("late_s", "holds"), [(-301, False), (-300, True), (300, True),
                                               (301, False)])
def test_a_signature_holds_for_five_minutes(late_s: int, holds: bool) -> None:
    if holds:
        verify(sign(), SECRET, "personalize", NOW_S + late_s)
        return
    with pytest.raises(SignatureError, match="signature expired"):
        verify(sign(), SECRET, "personalize", NOW_S + late_s)


def test_a_signature_for_another_service_is_refused() -> None:
    with pytest.raises(SignatureError, match="must be scoped to execute-api"):
        verify(sign(), SECRET, "execute-api", NOW_S)
