from local.engine import Engine
from rehearsal.remains import standing


def test_nothing_stands_in_an_empty_account(engine: Engine) -> None:
    assert standing(engine) == set()


def test_what_stands_is_named_with_its_kind(engine: Engine) -> None:
    engine.client("s3").create_bucket(Bucket="data")
    engine.client("kinesis").create_stream(StreamName="events", ShardCount=1)
    engine.client("logs").create_log_group(logGroupName="/shop/door")
    engine.client("sqs").create_queue(QueueName="parked")

    found = standing(engine)

    (queue,) = [name for kind, name in found if kind == "sqs QueueUrls"]
    assert queue.endswith("/parked")
    assert found - {("sqs QueueUrls", queue)} == {
        ("s3 Buckets", "data"), ("kinesis StreamNames", "events"),
        ("logs logGroups", "/shop/door")}


def test_a_key_stands_until_it_is_to_be_deleted(engine: Engine) -> None:
    kms = engine.client("kms")
    ids = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]

    kms.schedule_key_deletion(KeyId=ids[0])

    assert standing(engine) == {("kms Keys", ids[1])}
