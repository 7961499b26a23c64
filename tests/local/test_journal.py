import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from local import resources
from local.cloud import Cloud
from local.engine import Engine
from local.journal import Journal, JournalError
from local.template import ROOT
from tests.local.stage import template

# A loader as anyone would write it: one call after another, remembering how far it got.
LOADER = """
import sys
from pathlib import Path
from local.cloud import Cloud
from tests.local.stage import template

with Cloud(Path(sys.argv[1]), template=template(), window_scale=0.01) as cloud:
    with cloud.client() as client:
        for n in range(cloud.recall("loaded") or 0, int(sys.argv[2])):
            reply = client.call("POST", "/events", {"user_id": f"user {n % 7}", "n": n})
            assert reply.status == 202, reply
            cloud.remember("loaded", n + 1)
            print(n + 1, flush=True)
"""
USERS = 7


@contextmanager
def opened(folder: Path, fingerprint: str = "same") -> Iterator[tuple[Engine, Journal]]:
    """An engine with the stage's resources, and its journal, replayed."""
    engine = Engine("key", "secret")
    engine.start()
    try:
        resources.create(template(), engine)
        with closing(Journal(folder, engine, fingerprint)) as journal:
            journal.replay()
            yield engine, journal
    finally:
        engine.stop()


def seen(engine: Engine) -> dict[str, int]:
    """User -> how many records were counted."""
    items = engine.client("dynamodb").scan(TableName="Users")["Items"]
    return {item["subject"]["S"]: int(item["seen"]["N"]) for item in items}


def objects(engine: Engine) -> dict[str, bytes]:
    s3 = engine.client("s3")
    return {entry["Key"]: s3.get_object(Bucket="bucket", Key=entry["Key"])["Body"].read()
            for entry in s3.list_objects_v2(Bucket="bucket").get("Contents", [])}


def test_tables_streams_and_objects_come_back(tmp_path: Path) -> None:
    with opened(tmp_path) as (engine, _):
        dynamodb, kinesis, s3 = map(engine.client, ("dynamodb", "kinesis", "s3"))
        for user, count in (("a", 1), ("b", 2), ("c", 3)):
            dynamodb.put_item(TableName="Users", Item={
                "subject": {"S": user}, "seen": {"N": str(count)}, "raw": {"B": b"\xff\x00"}})
        dynamodb.update_item(TableName="Users", Key={"subject": {"S": "a"}},
                             UpdateExpression="ADD seen :n",
                             ExpressionAttributeValues={":n": {"N": "10"}})
        dynamodb.delete_item(TableName="Users", Key={"subject": {"S": "b"}})
        kinesis.put_records(StreamName="Stream", Records=[
            {"Data": b"\xff%d" % n, "PartitionKey": f"k{n}"} for n in range(9)])
        s3.put_object(Bucket="bucket", Key="a/ü %", Body=b"\xff")
        s3.put_object(Bucket="bucket", Key="gone", Body=b"")
        s3.put_object(Bucket="bucket", Key="over", Body=b"old")
        s3.put_object(Bucket="bucket", Key="over", Body=b"new")
        s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "over"})
        s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "gone"}]})
        before = (seen(engine), objects(engine), stream(engine))

    with opened(tmp_path) as (engine, _):
        after = (seen(engine), objects(engine), stream(engine))

    assert after == before
    assert after[0] == {"a": 11, "c": 3}
    assert after[1] == {"a/ü %": b"\xff", "over": b"new", "copy": b"new"}
    assert len(after[2]) == 9


def stream(engine: Engine) -> list[tuple[str, str, bytes]]:
    """Shard, sequence number and data of every record."""
    kinesis = engine.client("kinesis")
    found = []
    for shard in kinesis.list_shards(StreamName="Stream")["Shards"]:
        start = kinesis.get_shard_iterator(StreamName="Stream", ShardId=shard["ShardId"],
                                           ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        found += [(shard["ShardId"], record["SequenceNumber"], record["Data"])
                  for record in kinesis.get_records(ShardIterator=start)["Records"]]
    return found


def test_calls_that_failed_are_not_made_again(tmp_path: Path) -> None:
    with opened(tmp_path) as (engine, _):
        dynamodb = engine.client("dynamodb")
        for _ in range(2):
            try:
                dynamodb.put_item(TableName="Users",
                                  Item={"subject": {"S": "a"}, "seen": {"N": "1"}},
                                  ConditionExpression="attribute_not_exists(subject)")
            except dynamodb.exceptions.ConditionalCheckFailedException:
                continue

    lines = (tmp_path / "journal.jsonl").read_text().splitlines()

    assert [json.loads(line).get("call") for line in lines] == [None, "dynamodb.PutItem"]


def test_the_last_note_of_a_name_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as (_, journal):
        for value in (1, {"two": [2]}):
            journal.note("loaded", value)
        journal.note("other", None)

    with opened(tmp_path) as (_, journal):
        assert journal.notes == {"loaded": {"two": [2]}, "other": None}


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_is_dropped_and_written_over(tmp_path: Path, cut: int) -> None:
    with opened(tmp_path) as (_, journal):
        journal.note("kept", 1)
        journal.note("torn", "x" * 50)
    path = tmp_path / "journal.jsonl"
    os.truncate(path, path.stat().st_size - cut)

    with opened(tmp_path) as (_, journal):
        during = dict(journal.notes)
        journal.note("next", 2)

    with opened(tmp_path) as (_, journal):
        assert during == {"kept": 1}
        assert journal.notes == {"kept": 1, "next": 2}


def test_a_line_damaged_in_the_middle_is_an_error_with_its_number(tmp_path: Path) -> None:
    with opened(tmp_path) as (_, journal):
        journal.note("a", 1)
        journal.note("b", 2)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'{"note":"a"', b'{"note:"a"'))

    with pytest.raises(JournalError, match="line 2 is damaged"), opened(tmp_path):
        pass


def test_another_template_cannot_go_on_from_it(tmp_path: Path) -> None:
    with opened(tmp_path, "old"):
        pass

    with pytest.raises(JournalError, match="another template"), opened(tmp_path, "new"):
        pass


def test_two_processes_cannot_share_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as (engine, _), pytest.raises(JournalError, match="in use"):
        Journal(tmp_path, engine, "same").replay()


def test_forgetting_leaves_an_empty_cloud(tmp_path: Path) -> None:
    with opened(tmp_path) as (engine, journal):
        engine.client("s3").put_object(Bucket="bucket", Key="a", Body=b"")
        journal.note("loaded", 1)
        journal.forget()
        journal.note("after", 2)

    with opened(tmp_path) as (engine, journal):
        assert objects(engine) == {}
        assert journal.notes == {"after": 2}


def test_what_is_synced_is_on_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as (_, journal):
        journal.note("a", 1)

        journal.sync()

        assert b'"note":"a"' in (tmp_path / "journal.jsonl").read_bytes()


def load(folder: Path, count: int, die_after: int | None = None) -> list[int]:
    """Run the loader in a process of its own; answers with the calls it saw accepted."""
    accepted: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-c", LOADER, str(folder), str(count)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            accepted.append(int(line))
            if len(accepted) == die_after:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == (0 if die_after is None else -signal.SIGKILL)
    return accepted


def test_nothing_is_lost_or_doubled_when_the_process_is_killed_while_loading(
    tmp_path: Path,
) -> None:
    first = load(tmp_path, 400, die_after=60)
    second = load(tmp_path, 400, die_after=90)
    third = load(tmp_path, 400)

    with Cloud(tmp_path, template=template(), live=False) as cloud:
        cloud.drain()
        counted = seen(cloud.engine)
        recorded = [json.loads(data)["n"] for _, _, data in stream(cloud.engine)]
    again = len(recorded) - 400  # a call that was killed before its answer is made once more
    assert first[-1] < second[0] <= first[-1] + 1 < third[0]
    assert sorted(set(recorded)) == list(range(400))
    assert 0 <= again <= 2
    assert sum(counted.values()) == 400 + again


def test_a_stopped_cloud_goes_on_where_it_was(tmp_path: Path) -> None:
    def run() -> tuple[Any, dict[str, int]]:
        with Cloud(tmp_path, template=template(), live=False) as cloud:
            with cloud.client() as client:
                for n in range(20):
                    client.call("POST", "/events", {"user_id": "u", "n": n})
            cloud.drain()
            return cloud.api_key, seen(cloud.engine)

    first_key, first = run()
    second_key, second = run()

    assert (first, second) == ({"u": 20}, {"u": 40})
    assert first_key == second_key
