import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from local.authorizer import Authorizer, RequestAuthorizer, TurnedAwayError, arn_of
from local.function import FunctionError
from local.gateway import Gateway
from local.proxy import Request
from local.routes import Refusals, Routes
from tests.local import stage

ARN = arn_of("local", "GET", "/echo/1")
AUTHORIZER = Authorizer("Guard", "Authorization", r"Bearer \w+")


class Leave:
    """Answers what an authorizer's function answers, or fails."""

    def __init__(self, answer: Any = None, failure: str = "", **statement: str) -> None:
        given = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*", **statement}
        self.answer = answer or {"principalId": "ann", "context": {"subject": "ann", "n": 1},
                                 "policyDocument": {"Statement": [given]}}
        self.failure = failure
        self.asked: list[Any] = []

    def __call__(self, function: str, event: Any) -> Any:
        if function == "Echo":
            return {"statusCode": 200, "body": json.dumps(event["requestContext"])}
        self.asked.append((function, event))
        if self.failure:
            raise FunctionError("failed") from RuntimeError(self.failure)
        return self.answer


def guarded(leave: Leave) -> Gateway:
    uri = {"Fn::Join": ["", ["arn:...:functions/", {"Fn::GetAtt": ["Hear", "Arn"]}, "/invoke"]]}
    template = stage.template(
        Guard={"Type": "AWS::ApiGateway::Authorizer", "Properties": {
            "Type": "TOKEN", "AuthorizerUri": uri,
            "IdentitySource": "method.request.header.Authorization"}},
        GetMine=stage.method("GET", "EchoMine", "Echo", AuthorizationType="CUSTOM",
                             AuthorizerId={"Ref": "Guard"}))
    return Gateway(Routes.of(template), Refusals(template), leave, api_key="right",
                   credentials=Credentials("LOCALKEY", "secret"))


def kind_of(leave: Leave, token: str = "Bearer good") -> str:
    with pytest.raises(TurnedAwayError) as raised:
        AUTHORIZER.ask(leave, {"authorization": [token]}, ARN)
    return raised.value.kind


def test_the_function_is_asked_as_api_gateway_asks_it() -> None:
    leave = Leave()

    told = AUTHORIZER.ask(leave, {"authorization": ["Bearer good"]}, ARN)

    assert leave.asked == [("Guard", {"type": "TOKEN", "authorizationToken": "Bearer good",
                                      "methodArn": ARN})]
    assert told == {"subject": "ann", "n": "1", "principalId": "ann"}  # all of it text


@pytest.mark.parametrize("token", ["", "good", "Basic good", "Bearer good evil"])
def test_a_token_of_another_shape_is_turned_away_unasked(token: str) -> None:
    leave = Leave()

    assert kind_of(leave, token) == "UNAUTHORIZED"
    assert leave.asked == []


@pytest.mark.parametrize(("failure", "kind"), [
    ("Unauthorized", "UNAUTHORIZED"), ("unauthorized", "AUTHORIZER_FAILURE"),
    ("the issuer is down", "AUTHORIZER_FAILURE")])
def test_only_one_word_is_a_refusal_and_all_else_a_failure(failure: str, kind: str) -> None:
    assert kind_of(Leave(failure=failure)) == kind


@pytest.mark.parametrize("statement", [{"Effect": "Deny"}, {"Resource": "arn:of:another/*"}])
def test_without_leave_for_this_method_access_is_denied(statement: dict[str, str]) -> None:
    assert kind_of(Leave(**statement)) == "ACCESS_DENIED"


@pytest.mark.parametrize("answer", [["no"], {"principalId": "ann"}, "leave"])
def test_an_answer_that_is_no_leave_is_a_misconfiguration(answer: Any) -> None:
    assert kind_of(Leave(answer)) == "AUTHORIZER_CONFIGURATION_ERROR"


def test_the_route_is_told_whom_the_authorizer_found() -> None:
    answer = guarded(Leave()).answer(Request(
        "GET", "/echo/mine", [("x-api-key", "right"), ("authorization", "Bearer good")]))

    assert answer.status == 200
    assert json.loads(answer.body)["authorizer"]["subject"] == "ann"


def test_a_token_does_not_stand_for_the_api_key() -> None:
    answer = guarded(Leave()).answer(Request(
        "GET", "/echo/mine", [("authorization", "Bearer good")]))

    assert answer.status == 403


@pytest.mark.parametrize(("failure", "status"), [("Unauthorized", 401), ("down", 500)])
def test_a_refusal_is_401_and_a_failure_500(failure: str, status: int) -> None:
    answer = guarded(Leave(failure=failure)).answer(Request(
        "GET", "/echo/mine", [("x-api-key", "right"), ("authorization", "Bearer good")]))

    assert answer.status == status


GATE = RequestAuthorizer("Gate", ("x-api-key", "Authorization"))
SENT = {"x-api-key": ["right"], "authorization": ["Bearer good"]}


def test_an_http_api_shows_its_authorizer_the_headers() -> None:
    leave = Leave()

    told = GATE.ask(leave, SENT, ARN)

    assert leave.asked == [("Gate", {
        "version": "1.0", "type": "REQUEST", "methodArn": ARN,
        "headers": {"x-api-key": "right", "authorization": "Bearer good"},
        "identitySource": "right,Bearer good", "authorizationToken": "right,Bearer good"})]
    assert told["subject"] == "ann"


def test_of_a_header_that_came_twice_headers_show_the_last_and_the_identity_all() -> None:
    leave = Leave()

    GATE.ask(leave, {**SENT, "x-api-key": ["right", "wrong"]}, ARN)

    ((_, event),) = leave.asked
    assert event["headers"]["x-api-key"] == "wrong"
    assert event["identitySource"] == "right,wrong,Bearer good"


@pytest.mark.parametrize("sent", [[], [""]])
@pytest.mark.parametrize("missing", SENT)
def test_without_one_of_the_headers_the_authorizer_of_an_http_api_is_not_asked(
    missing: str, sent: list[str]
) -> None:
    leave = Leave()

    with pytest.raises(TurnedAwayError, match="UNAUTHORIZED"):
        GATE.ask(leave, {**SENT, missing: sent}, ARN)
    assert leave.asked == []


@pytest.mark.parametrize(("leave", "kind"), [
    (Leave(Effect="Deny"), "ACCESS_DENIED"), (Leave(failure="Unauthorized"), "AUTHORIZER_FAILURE"),
    (Leave(failure="down"), "AUTHORIZER_FAILURE")], ids=["denied", "one word", "down"])
def test_an_http_api_knows_no_word_that_means_401(leave: Leave, kind: str) -> None:
    with pytest.raises(TurnedAwayError, match=kind):
        GATE.ask(leave, SENT, ARN)
