import pytest

from functions.leave import allow, refuse, sent

EVENT = {"methodArn": "arn:aws:execute-api:eu-west-1:1:api/v1/GET/a", "headers": {"X-One": "1"}}


def test_a_header_is_found_whatever_its_case() -> None:
    assert sent(EVENT, "x-one") == "1"


@pytest.mark.parametrize("headers", [None, {}, {"X-Other": "1"}])
def test_a_header_that_is_absent_is_empty(headers: dict[str, str] | None) -> None:
    assert sent({"headers": headers}, "x-one") == ""


def test_leave_and_refusal_hold_for_the_whole_stage() -> None:
    resources = [answer["policyDocument"]["Statement"][0]["Resource"]
                 for answer in (allow(EVENT, "ann"), refuse(EVENT))]

    assert resources == ["arn:aws:execute-api:eu-west-1:1:api/v1/*"] * 2
