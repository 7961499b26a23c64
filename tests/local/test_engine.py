import io
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.engine import Engine, EngineError
from local.template import ACCOUNT, REGION


def test_clients_of_the_process_speak_to_it(engine: Engine) -> None:
    engine.client("s3").create_bucket(Bucket="made-here")

    buckets = boto3.client("s3").list_buckets()["Buckets"]

    assert [bucket["Name"] for bucket in buckets] == ["made-here"]


def test_every_call_is_made_once(engine: Engine) -> None:
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="bucket")

    s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), "bucket", "key")  # in parts, completed once

    assert s3.head_object(Bucket="bucket", Key="key")["ContentLength"] == 9_000_000


def test_a_copy_of_an_object_in_parts_can_be_read(engine: Engine) -> None:
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.upload_fileobj(io.BytesIO(b"x" * 9_000_000), "bucket", "key")

    s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "key"})

    assert len(s3.get_object(Bucket="bucket", Key="copy")["Body"].read()) == 9_000_000


def test_watchers_hear_of_calls_that_succeed_and_of_no_others(engine: Engine) -> None:
    heard: list[str] = []
    engine.watch(lambda call, _: heard.append(call))
    kinesis = engine.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)

    kinesis.put_record(StreamName="s", Data=b"", PartitionKey="k")
    with pytest.raises(ClientError):
        kinesis.put_record(StreamName="missing", Data=b"", PartitionKey="k")

    assert heard == ["kinesis.CreateStream", "kinesis.PutRecord"]


def test_a_reset_empties_it(engine: Engine) -> None:
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="bucket")

    engine.reset()

    assert s3.list_buckets()["Buckets"] == []


def test_no_credentials_of_the_user_are_left_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "real")
    engine = Engine("dead", "dead")

    engine.start()
    during = {name: os.environ.get(name) for name in
              ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE")}
    engine.stop()

    assert during == {"AWS_ACCESS_KEY_ID": "dead", "AWS_SESSION_TOKEN": None, "AWS_PROFILE": None,
                      "AWS_CONFIG_FILE": os.devnull}
    assert os.environ["AWS_PROFILE"] == os.environ["AWS_SESSION_TOKEN"] == "real"


def test_it_can_be_started_again_and_is_empty() -> None:
    for _ in range(2):
        engine = Engine("key", "secret")
        engine.start()
        s3 = engine.client("s3")

        assert s3.list_buckets()["Buckets"] == []

        s3.create_bucket(Bucket="bucket")
        engine.stop()


def test_a_process_holds_one_engine_at_a_time(engine: Engine) -> None:
    with pytest.raises(EngineError, match="already"):
        Engine("key", "secret").start()

    assert engine.client("s3").list_buckets()["Buckets"] == []


def test_an_api_key_of_a_given_id_can_be_made_again_after_a_reset(engine: Engine) -> None:
    for _ in range(2):
        engine.reset()
        engine.make_api_key("the-id", "a-key-that-is-long-enough")

    [key] = engine.client("apigateway").get_api_keys()["items"]

    assert key["id"] == "the-id"


def test_a_signing_key_of_the_same_secret_is_the_same_in_the_next_process() -> None:
    said: Any = {"KeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/the-id",
                 "Message": b"a manifest", "SigningAlgorithm": "ECDSA_SHA_256"}
    signatures, valid = list[bytes](), list[list[bool]]()
    for secret in ("a", "a", "b"):
        engine = Engine("key", "secret")
        engine.start()
        engine.make_signing_key("the-id", secret)
        kms = engine.client("kms")
        signatures.append(kms.sign(**said)["Signature"])
        valid.append([kms.verify(**said, Signature=found)["SignatureValid"]
                      for found in signatures])
        engine.stop()

    assert valid == [[True], [True, True], [False, False, True]]
