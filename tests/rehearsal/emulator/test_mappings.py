"""The engine leaves streams to the pump of the local cloud."""

import json

import pytest

from local.template import ACCOUNT, REGION
from tests.rehearsal.emulator.account import LAMBDA, Account, allow, new, policy, trusting, wait

pytestmark = pytest.mark.emulator
TAKES = """
import base64

def handler(event, context):
    for record in event["Records"]:
        text = record["body"] if "body" in record else base64.b64decode(record["kinesis"]["data"])
        print("took", text)
"""
# Cannot handle the first record, and says so as Lambda wants to be told.
STUMBLES = """
import base64

def handler(event, context):
    told = []
    for record in event["Records"]:
        text = base64.b64decode(record["kinesis"]["data"])
        print("saw", text)
        if text == b"bad":
            told.append({"itemIdentifier": record["kinesis"]["sequenceNumber"]})
            break
    return {"batchItemFailures": told}
"""
FAILS = """
def handler(event, context):
    print("tried")
    raise ValueError("cannot")
"""
RETRIES = 1


class Stream:
    """One with a function that reads it from its beginning."""

    def __init__(self, account: Account, code: str) -> None:
        self.account, self.queue, self._name = account, account.queue(), new("stream")
        self.kinesis = account.client("kinesis")
        self.kinesis.create_stream(StreamName=self._name, ShardCount=1)
        wait("the stream", lambda: self.kinesis.describe_stream_summary(StreamName=self._name)[
            "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{self._name}"
        self.function = account.function(code, account.role(
            trusting(LAMBDA), ("kinesis:*", arn), ("sqs:*", self.queue), ("logs:*", "*")))
        account.client("lambda").create_event_source_mapping(
            FunctionName=self.function, EventSourceArn=arn, StartingPosition="TRIM_HORIZON",
            BatchSize=1, MaximumRetryAttempts=RETRIES,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            DestinationConfig={"OnFailure": {"Destination": self.queue}})

    def put(self, data: str) -> None:
        """A record."""
        self.kinesis.put_record(StreamName=self._name, Data=data.encode(), PartitionKey="one")

    def count(self, words: str) -> int:
        """How often the function printed this."""
        return sum(words in line for line in self.account.log(self.function))


def test_ministack_alone_reads_the_streams_itself(bare: Account) -> None:
    stream = Stream(bare, TAKES)

    stream.put("one")

    wait("the record", lambda: stream.count("one"))


def test_ministack_alone_loses_a_record_of_which_a_function_says_that_it_failed(
    bare: Account,
) -> None:
    stream = Stream(bare, STUMBLES)

    stream.put("bad")
    stream.put("good")

    wait("what comes after it", lambda: stream.count("good"))
    assert stream.count("bad") == 1
    assert bare.messages(stream.queue) == []


def test_ministack_alone_tries_more_often_than_it_may_and_parks_nothing(bare: Account) -> None:
    stream = Stream(bare, FAILS)

    stream.put("bad")

    wait("a retry too many", lambda: stream.count("tried") > 1 + RETRIES)
    assert bare.messages(stream.queue) == []


def test_the_engine_reads_no_stream(patched: Account) -> None:
    stream, rounds = Stream(patched, TAKES), patched.queue()
    patched.client("sqs").set_queue_attributes(QueueUrl=patched.url(rounds), Attributes={
        "Policy": policy(allow("sqs:*", rounds, Principal="*"))})
    patched.client("lambda").create_event_source_mapping(
        FunctionName=stream.function, EventSourceArn=rounds, BatchSize=1)

    stream.put("one")
    # The engine looks at queues, then at streams: at the second message it has looked at both.
    for message in ("first", "second"):
        patched.client("sqs").send_message(
            QueueUrl=patched.url(rounds), MessageBody=json.dumps(message))
        wait("a round", lambda found=message: stream.count(found))

    assert stream.count("one") == 0
