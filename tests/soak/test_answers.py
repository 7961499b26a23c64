"""A client understands each answer as what AWS means by it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.engine import Engine
from soak import answers
from soak.clock import without_pauses

CALLS: dict[str, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.get_item(TableName="t", Key={"k": {"S": "v"}}),
    "kinesis": lambda client: client.list_shards(StreamName="s"),
    "s3": lambda client: client.put_object(Bucket="bucket", Key="k", Body=b""),
    "lambda": lambda client: client.invoke(FunctionName="f"),
}
THROTTLED = {"dynamodb": "ProvisionedThroughputExceededException", "s3": "SlowDown",
             "kinesis": "ProvisionedThroughputExceededException",
             "lambda": "TooManyRequestsException"}


def told(engine: Engine, service: str, answered: Any) -> tuple[str, int]:
    """Code and status as the client raises them."""
    engine.intercept(lambda _call, request, _perform: answered(service, request))
    with without_pauses(), pytest.raises(ClientError) as raised:
        CALLS[service](engine.client(service))
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("service", CALLS)
def test_throttling_is_throttling(engine: Engine, service: str) -> None:
    code, status = told(engine, service, answers.throttled)

    assert code == THROTTLED[service]
    assert status in (400, 429, 503)


@pytest.mark.parametrize("service", CALLS)
def test_a_failure_is_the_servers(engine: Engine, service: str) -> None:
    _, status = told(engine, service, answers.failed)

    assert status == 500


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("broken", [answers.unreachable, answers.silence])
def test_a_broken_line_is_an_error_of_the_client(
    engine: Engine, broken: Callable[..., Exception], number: int
) -> None:
    def fail(_call: str, request: Any, _perform: Any) -> Any:
        raise broken(request, number)

    engine.intercept(fail)

    with without_pauses(), pytest.raises(BotoCoreError):
        CALLS["dynamodb"](engine.client("dynamodb"))
