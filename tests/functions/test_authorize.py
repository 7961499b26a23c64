"""A good token is leave for the routes of its user; no good token is 401, no issuer is an error."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.authorize import UnauthorizedError, respond
from functions.issuer import Issuer, IssuerError
from tests.functions.issuing import AUDIENCE, LocalIssuer, issuing
from tests.functions.key_store import KEY, one_key

METHOD = "arn:aws:execute-api:eu-west-1:123456789012:api/v1/GET/users/ann/recommendations"


@pytest.fixture
def local() -> Iterator[LocalIssuer]:
    with issuing() as made:
        yield made


def ask(local: LocalIssuer, sent: str) -> dict[str, Any]:
    event = {"type": "TOKEN", "authorizationToken": sent, "methodArn": METHOD}
    return respond(event, Issuer(local.url, AUDIENCE), None, now_s=0)


def ask_over_http(local: LocalIssuer, authorization: str, key: str = KEY) -> dict[str, Any]:
    return ask_as(local, f"{key},{authorization}", authorization, key)


def ask_as(local: LocalIssuer, identity: str, authorization: str, key: str) -> dict[str, Any]:
    event = {"type": "REQUEST", "methodArn": METHOD, "identitySource": identity,
             "headers": {"Authorization": authorization, "X-Api-Key": key}}
    return respond(event, Issuer(local.url, AUDIENCE), one_key(), now_s=0)


def effect_of(answer: dict[str, Any]) -> str:
    return str(answer["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_a_good_token_is_leave_for_every_route_that_asks_for_one(
    local: LocalIssuer, scheme: str
) -> None:
    leave = ask(local, f"{scheme} {local.token()}")

    assert leave["policyDocument"]["Statement"] == [{
        "Action": "execute-api:Invoke", "Effect": "Allow",
        "Resource": "arn:aws:execute-api:eu-west-1:123456789012:api/v1/*"}]


def test_the_function_behind_the_route_is_told_whom_the_token_names(local: LocalIssuer) -> None:
    leave = ask(local, f"Bearer {local.token(exp=2_000_000_000)}")

    assert leave["principalId"] == "ann"
    assert leave["context"] == {"subject": "ann", "expires_s": "2000000030"}


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi"])
def test_what_is_no_bearer_token_is_401(local: LocalIssuer, sent: str) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        ask(local, sent)


def test_a_token_for_somebody_else_is_401(local: LocalIssuer) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        ask(local, f"Bearer {local.token(aud='another shop')}")


def test_a_refusal_is_logged_with_its_reason_and_without_the_token(
    local: LocalIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    token = local.token(aud="another shop")

    with pytest.raises(UnauthorizedError):
        ask(local, f"Bearer {token}")

    [line] = [vars(entry) for entry in caplog.records]
    assert "Audience" in line["reason"]
    assert token not in str(line)


def test_an_issuer_that_is_down_is_no_401() -> None:
    with issuing() as local:
        token = local.token()

    with pytest.raises(IssuerError):
        ask(local, f"Bearer {token}")


def test_an_http_api_is_given_leave_for_the_key_and_a_good_token(local: LocalIssuer) -> None:
    leave = ask_over_http(local, f"Bearer {local.token(exp=2_000_000_000)}")

    assert effect_of(leave) == "Allow"
    assert leave["context"] == {"subject": "ann", "expires_s": "2000000030"}


def test_over_an_http_api_token_and_key_may_come_in_either_order(local: LocalIssuer) -> None:
    bearer = f"Bearer {local.token()}"

    assert effect_of(ask_as(local, f"{bearer},{KEY}", bearer, KEY)) == "Allow"


def test_over_an_http_api_a_token_does_not_stand_for_the_key(local: LocalIssuer) -> None:
    leave = ask_over_http(local, f"Bearer {local.token()}", key="wrong")

    assert effect_of(leave) == "Deny"
    assert "context" not in leave


@pytest.mark.parametrize("sent", ["", "Bearer a.b.c", "Basic YTpi"])
def test_over_an_http_api_a_bad_token_is_refused_and_not_an_error(
    local: LocalIssuer, sent: str
) -> None:
    assert effect_of(ask_over_http(local, sent)) == "Deny"


@pytest.mark.parametrize(("wrong", "in_headers"), [("key", False), ("token", False),
                                                   ("key", True), ("token", True)])
def test_no_answer_is_kept_for_another_key_or_token_than_it_judges(
    local: LocalIssuer, wrong: str, in_headers: bool
) -> None:
    good = {"key": KEY, "token": f"Bearer {local.token()}"}
    bad = {**good, wrong: "Bearer a.b.c"}
    headers, identity = (bad, good) if in_headers else (good, bad)

    answer = ask_as(local, f"{identity['key']},{identity['token']}", headers["token"],
                    headers["key"])

    assert effect_of(answer) == ("Allow" if in_headers else "Deny")


def test_a_key_or_a_token_that_is_sent_twice_is_refused(local: LocalIssuer) -> None:
    token = f"Bearer {local.token()}"

    effects = [effect_of(ask_as(local, identity, token, KEY))
               for identity in (f"{KEY},{KEY},{token}", f"{KEY},{token},{token}",
                                f"no,{KEY},{token}", f"{KEY},no,{token}")]

    assert effects == ["Deny"] * 4
