from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.synthesized import Stack

CONSUMERS = ("update_user_features", "update_item_features", "write_event_log")


def mappings(stack: Stack) -> dict[str, Any]:
    return {stack.verb_of(mapping["FunctionName"]["Ref"]): mapping
            for mapping in stack.of("AWS::Lambda::EventSourceMapping").values()}


def test_three_functions_read_the_stream(stack: Stack) -> None:
    assert set(mappings(stack)) == set(CONSUMERS)


@pytest.mark.parametrize("verb", CONSUMERS)
def test_a_batch_that_cannot_be_applied_is_kept_whole_and_the_shard_goes_on(
    stack: Stack, verb: str
) -> None:
    mapping = mappings(stack)[verb]

    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert stack.resources[destination["Fn::GetAtt"][0]]["Type"] == "AWS::S3::Bucket"
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 5
    assert mapping["MaximumRecordAgeInSeconds"] == 6 * 3600
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MetricsConfig"] == {"Metrics": ["EventCount"]}


@pytest.mark.parametrize("verb", CONSUMERS)
def test_a_consumer_starts_with_the_oldest_record(stack: Stack, verb: str) -> None:
    assert mappings(stack)[verb]["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("verb", ["update_item_features", "write_event_log"])
def test_what_is_named_by_its_first_record_is_read_one_batch_at_a_time(
    stack: Stack, verb: str
) -> None:
    assert mappings(stack)[verb]["ParallelizationFactor"] == 1


def test_retries_end_before_the_stream_forgets(stack: Stack) -> None:
    (stream,) = stack.of("AWS::Kinesis::Stream").values()

    assert stream["RetentionPeriodHours"] == 48
    assert all(mapping["MaximumRecordAgeInSeconds"] < 48 * 3600
               for mapping in mappings(stack).values())


def test_the_stream_is_encrypted_and_provisioned(stack: Stack) -> None:
    (stream,) = stack.of("AWS::Kinesis::Stream").values()

    assert stream["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    assert stream["ShardCount"] == 1


def test_no_shards_means_on_demand(synthesize: Callable[..., Stack]) -> None:
    (stream,) = synthesize(shards=0).of("AWS::Kinesis::Stream").values()

    assert stream["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert "ShardCount" not in stream
