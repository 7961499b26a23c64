"""Who may call an HTTP API: the key is API Gateway's own, and authorizers look at it."""

import json
from typing import Any

import pytest

from tests.infra.synthesized import Stack

FUNCTIONS = {"Callers": "check_key", "Users": "authorize"}


def authorizers(stack: Stack) -> dict[str, dict[str, Any]]:
    """Those of the gate; `test_personalize` has the other one."""
    return {found["Name"]: found for found in stack.of("AWS::ApiGatewayV2::Authorizer").values()
            if found["Name"] != "Signers"}


def function_of(stack: Stack, found: dict[str, Any]) -> str:
    (id_,) = [part["Fn::GetAtt"][0] for part in found["AuthorizerUri"]["Fn::Join"][1]
              if "Fn::GetAtt" in part]
    return stack.verb_of(id_)


def test_the_key_is_drawn_by_cloudformation_and_read_with_the_same_command(cheap: Stack) -> None:
    ((id_, key),) = cheap.of("AWS::ApiGateway::ApiKey").items()

    assert key["Enabled"] is True
    assert "Value" not in key
    assert cheap.document["Outputs"]["ApiKeyId"]["Value"] == {"Ref": id_}


def test_without_an_issuer_the_key_alone_is_looked_at(cheap: Stack) -> None:
    assert {name: function_of(cheap, found) for name, found in authorizers(cheap).items()} == {
        "Callers": "check_key"}
    assert "authorize" not in cheap.functions()


def test_with_an_issuer_users_are_asked_for_by_another(gated: Stack) -> None:
    assert {name: function_of(gated, found)
            for name, found in authorizers(gated).items()} == FUNCTIONS


def test_an_answer_is_kept_for_the_headers_it_was_given_for(gated: Stack) -> None:
    for found in authorizers(gated).values():
        assert found["AuthorizerPayloadFormatVersion"] == "1.0"
        assert found["AuthorizerResultTtlInSeconds"] == 300


def test_an_authorizer_is_shown_the_key_and_then_the_token(gated: Stack) -> None:
    assert {name: found["IdentitySource"] for name, found in authorizers(gated).items()} == {
        "Callers": ["$request.header.x-api-key"],
        "Users": ["$request.header.x-api-key", "$request.header.Authorization"]}


@pytest.mark.parametrize("verb", FUNCTIONS.values())
def test_an_authorizer_may_read_this_key_and_log(gated: Stack, verb: str) -> None:
    (key,) = (id_ for id_ in gated.of("AWS::ApiGateway::ApiKey") if id_.startswith("Gate"))

    (resource,) = [s["Resource"] for s in gated.statements_of(verb)
                   if s["Action"] == "apigateway:GET"]

    assert gated.actions_of(verb) == {
        "apigateway:GET", "logs:CreateLogStream", "logs:PutLogEvents"}
    assert resource["Fn::Join"][1][-2:] == ["::/apikeys/", {"Ref": key}]
    assert gated.environment(verb)["HEADWATER_API_KEY_ID"] == {"Ref": key}


def test_a_rest_api_leaves_the_key_to_api_gateway(guarded: Stack) -> None:
    assert guarded.environment("authorize")["HEADWATER_API_KEY_ID"] == ""
    assert "check_key" not in guarded.functions()


def test_only_the_authorizers_of_this_api_may_call_them(gated: Stack) -> None:
    ids = {function_of(gated, found): id_
           for id_, found in gated.of("AWS::ApiGatewayV2::Authorizer").items()}

    let = [(verb, json.dumps(permission["SourceArn"]))
           for permission in gated.of("AWS::Lambda::Permission").values()
           if (verb := gated.verb_of(permission["FunctionName"]["Fn::GetAtt"][0])) in ids]

    assert {verb for verb, _ in let} == set(ids)
    for verb, source in let:
        assert json.dumps({"Ref": ids[verb]}) in source


def test_an_authorizer_that_is_not_let_run_counts_as_a_call_that_is_not(gated: Stack) -> None:
    (id_,) = [id_ for id_ in gated.of("AWS::CloudWatch::Alarm") if "CallsThrottled" in id_]
    watched = {gated.verb_of(part["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"])
               for part in gated.of("AWS::CloudWatch::Alarm")[id_]["Metrics"]
               if "MetricStat" in part}

    assert set(FUNCTIONS.values()) <= watched
