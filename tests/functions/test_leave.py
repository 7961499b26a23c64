from functions.leave import allow, identity, refuse

EVENT = {"methodArn": "arn:aws:execute-api:eu-west-1:1:api/v1/GET/a",
         "identitySource": "k,Bearer t", "headers": {"x-api-key": "another"}}


def test_who_calls_is_what_api_gateway_keeps_the_answer_by() -> None:
    assert identity(EVENT) == "k,Bearer t"


def test_leave_and_refusal_hold_for_the_whole_stage() -> None:
    resources = [answer["policyDocument"]["Statement"][0]["Resource"]
                 for answer in (allow(EVENT, "ann"), refuse(EVENT))]

    assert resources == ["arn:aws:execute-api:eu-west-1:1:api/v1/*"] * 2
