"""What moto does otherwise than AWS is done as AWS does it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from local.engine import Engine
from local.invocations import body_of
from soak.account import Account, copy_of
from soak.clock import Clock, without_pauses
from soak.stream import Stream


@pytest.fixture
def stream() -> Stream:
    return Stream(2, Clock())


@pytest.fixture
def account(engine: Engine, stream: Stream) -> Iterator[Account]:
    made = Account(stream)
    engine.intercept(made.perform)
    with without_pauses():
        yield made


def counter(engine: Engine) -> Any:
    """A client of a table with one row that counts."""
    client = engine.client("dynamodb")
    client.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    return client


def count_up(client: Any) -> None:
    client.transact_write_items(TransactItems=[{"Update": {
        "TableName": "t", "Key": {"k": {"S": "row"}}, "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}}}])


def counted(client: Any) -> str:
    return str(client.get_item(TableName="t", Key={"k": {"S": "row"}})["Item"]["n"]["N"])


def test_records_and_shards_are_the_streams(
    engine: Engine, account: Account, stream: Stream
) -> None:
    client = engine.client("kinesis")

    told = client.put_record(StreamName="s", Data=b"\xff bytes", PartitionKey="ü")
    shards = client.list_shards(StreamName="s")["Shards"]

    (record,) = stream.shard(told["ShardId"]).records
    assert record["Data"] == b"\xff bytes"
    assert [shard["ShardId"] for shard in shards] == [shard.id for shard in stream.shards]


def test_a_transaction_sent_again_with_its_token_is_done_once(
    engine: Engine, account: Account
) -> None:
    client, answered = counter(engine), list[Any]()

    def lose_the_first_answer(call: str, request: Any, moto: Any) -> Any:
        answered.append(account.perform(call, request, moto))
        if len(answered) == 1:
            raise ReadTimeoutError(endpoint_url=request.url)
        return answered[-1]

    engine.intercept(lose_the_first_answer)
    count_up(client)

    assert len(answered) == 2
    assert counted(client) == "1"


def test_two_transactions_are_two(engine: Engine, account: Account) -> None:
    client = counter(engine)

    count_up(client)
    count_up(client)

    assert counted(client) == "2"


def test_a_transaction_that_failed_may_be_tried_again(engine: Engine, account: Account) -> None:
    client = counter(engine)
    token = "of-one-call"
    act = {"Put": {"TableName": "t", "Item": {"k": {"S": "row"}, "n": {"N": "7"}},
                   "ConditionExpression": "attribute_exists(k)"}}
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[act], ClientRequestToken=token)
    count_up(client)

    client.transact_write_items(TransactItems=[act], ClientRequestToken=token)

    assert counted(client) == "7"


def test_a_function_that_calls_another_gets_its_answer(engine: Engine, account: Account) -> None:
    account.functions.invoke = lambda function, event: {"of": function, "got": event}

    answer = engine.client("lambda").invoke(FunctionName="Other", Payload=json.dumps({"n": 1}))

    assert json.loads(answer["Payload"].read()) == {"of": "Other", "got": {"n": 1}}
    assert "FunctionError" not in answer


def test_a_copy_of_a_request_keeps_the_body_whatever_is_read_of_it(
    engine: Engine, account: Account
) -> None:
    kept = list[Any]()

    def keep(call: str, request: Any, moto: Any) -> Any:
        kept.append(copy_of(request))
        answer = moto(request)
        kept.append(body_of(request))
        return answer

    engine.client("s3").create_bucket(Bucket="bucket")
    engine.intercept(keep)
    engine.client("s3").put_object(Bucket="bucket", Key="k", Body=b"all of it")

    assert body_of(kept[0]) == b"all of it"
