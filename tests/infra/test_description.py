from tests.infra.synthesized import Stack


def test_it_knows_what_it_describes(stack: Stack, gated: Stack) -> None:
    rest, http = (found.environment("describe_api") for found in (stack, gated))

    assert (rest["HEADWATER_API"], http["HEADWATER_API"]) == ("rest", "http")
    assert (rest["HEADWATER_TOKENS_REQUIRED"], http["HEADWATER_TOKENS_REQUIRED"]) == (
        "false", "true")


def test_it_may_do_nothing_but_log(stack: Stack) -> None:
    assert stack.actions_of("describe_api") == {"logs:CreateLogStream", "logs:PutLogEvents"}
