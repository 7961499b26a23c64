from tests.infra.synthesized import Stack


def test_ages_are_measured_without_any_request(stack: Stack) -> None:
    (schedule,) = (found for found in stack.of("AWS::Scheduler::Schedule").values()
                   if stack.verb_of(found["Target"]["Arn"]["Fn::GetAtt"][0]) == "measure_models")

    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
