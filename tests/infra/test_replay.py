"""Who may call the consumers of the stream by hand."""

from tests.infra.synthesized import Stack

CONSUMERS = {"update_user_features", "update_item_features", "write_event_log"}


def called(stack: Stack, verb: str) -> set[str]:
    role_id = stack.functions()[verb]["Role"]["Fn::GetAtt"][0]
    return {stack.verb_of(statement["Resource"]["Fn::GetAtt"][0])
            for statement in stack.statements(role_id)
            if statement["Action"] == "lambda:InvokeFunction"
            and "Fn::GetAtt" in statement["Resource"]} | {
        stack.verb_of(resource["Fn::GetAtt"][0])
        for statement in stack.statements(role_id)
        if statement["Action"] == "lambda:InvokeFunction"
        and isinstance(statement["Resource"], list) for resource in statement["Resource"]}


def test_the_replay_calls_the_consumers_of_the_stream_and_nobody_else(stack: Stack) -> None:
    assert called(stack, "replay_events") == CONSUMERS


def test_it_is_given_the_names_of_those_that_it_may_call(stack: Stack) -> None:
    told = stack.functions()["replay_events"]["Environment"]["Variables"]

    named = {name: stack.verb_of(value["Ref"]) for name, value in told.items()
             if name.endswith("_FUNCTION")}
    assert named == {
        "HEADWATER_USERS_FUNCTION": "update_user_features",
        "HEADWATER_ITEMS_FUNCTION": "update_item_features",
        "HEADWATER_LOG_FUNCTION": "write_event_log"}


def test_nobody_calls_it_by_the_clock(stack: Stack) -> None:
    schedules = [stack.verb_of(found["Target"]["Arn"]["Fn::GetAtt"][0])
                 for found in stack.of("AWS::Scheduler::Schedule").values()]

    assert "replay_events" not in schedules
