import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.api import ROUTES
from tests.infra.synthesized import Stack
from tests.infra.test_api import methods

ORIGIN = "https://shop.example"
# Errors that are of no kind we shape by name still are one of these two.
DEFAULTS = {"DEFAULT_4XX", "DEFAULT_5XX"}


@pytest.fixture(scope="module")
def shop(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize(allowed_origin=ORIGIN)


def refusals(stack: Stack) -> dict[str, Any]:
    return {found["ResponseType"]: found
            for found in stack.of("AWS::ApiGateway::GatewayResponse").values()}


def test_what_api_gateway_refuses_by_itself_reads_like_our_errors(stack: Stack) -> None:
    for answer in refusals(stack).values():
        text = answer["ResponseTemplates"]["application/json"]
        error = json.loads(text.replace("$context.error.messageString", '"Forbidden"'))["error"]

        assert set(error) == {"code", "message", "field"}


def test_a_page_of_the_origin_may_read_every_refusal_and_no_other_page_may(shop: Stack) -> None:
    found = refusals(shop)

    assert set(found) >= DEFAULTS
    assert {str(answer["ResponseParameters"]) for answer in found.values()} == {str({
        "gatewayresponse.header.Access-Control-Allow-Origin": f"'{ORIGIN}'"})}


def test_a_preflight_names_the_origin(shop: Stack) -> None:
    preflights = [method for (verb, _), method in methods(shop).items() if verb == "OPTIONS"]
    answers = [method["Integration"]["IntegrationResponses"][0]["ResponseParameters"]
               for method in preflights]

    assert {answer["method.response.header.Access-Control-Allow-Origin"]
            for answer in answers} == {f"'{ORIGIN}'"}
    assert not any("method.response.header.Access-Control-Allow-Credentials" in answer
                   for answer in answers)


def test_every_function_behind_the_api_answers_to_the_origin(shop: Stack) -> None:
    assert {shop.environment(verb)["HEADWATER_ALLOWED_ORIGIN"]
            for verb in {route.verb for route in ROUTES}} == {ORIGIN}
