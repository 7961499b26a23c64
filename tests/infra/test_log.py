from collections.abc import Callable

from tests.infra.synthesized import Stack


def test_a_log_forgets_after_the_days_that_were_set(synthesize: Callable[..., Stack]) -> None:
    logs = synthesize(log_days=7).of("AWS::Logs::LogGroup")

    assert logs
    assert {log["RetentionInDays"] for log in logs.values()} == {7}


def test_every_function_writes_to_a_log_of_the_stack(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(retain_data=False)  # CDK then adds a function that empties the bucket

    written = [function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
               for function in stack.of("AWS::Lambda::Function").values()]

    assert set(written) <= set(stack.of("AWS::Logs::LogGroup"))
