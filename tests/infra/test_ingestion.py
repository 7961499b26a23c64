from collections.abc import Callable

from domain import layout
from tests.infra.synthesized import Stack


def test_the_door_puts_on_the_stream_and_keeps_nothing(stack: Stack) -> None:
    actions = stack.actions_of("ingest_events")

    assert actions == {"kinesis:PutRecord", "dynamodb:GetItem", "logs:CreateLogStream",
                       "logs:PutLogEvents"}


def test_the_log_is_written_once_a_minute_and_shard(stack: Stack) -> None:
    mapping = stack.mapping_of("write_event_log")

    assert mapping["MaximumBatchingWindowInSeconds"] == 60
    assert mapping["BatchSize"] == 10_000


def test_the_log_writer_only_adds_to_the_log(stack: Stack) -> None:
    written = stack.keys_of("write_event_log", "s3:PutObject")

    assert written == {layout.EVENT_LOG + "*", layout.QUARANTINE + "*"}
    assert not stack.keys_of("write_event_log", "s3:GetObject")


def test_the_door_may_be_given_a_ceiling(synthesize: Callable[..., Stack]) -> None:
    functions = synthesize(ingest_ceiling=5, recommend_ceiling=9).functions()

    assert functions["ingest_events"]["ReservedConcurrentExecutions"] == 5
    assert functions["recommend"]["ReservedConcurrentExecutions"] == 9
