"""What was given up in a local cloud is applied by a command, and found by the next start."""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from domain.event import Batch, Event
from domain.layout import PARKED
from domain.record import encode_batch
from functions.shelf import Shelf
from functions.users import Users
from local.cloud import Cloud
from local.replay import told
from local.template import ACCOUNT, REGION, ROOT

NOW_MS = 1_760_000_000_000
BATCH = Batch("ada", NOW_MS, (Event("1", "click", "lamp", NOW_MS),))


def parked(function: str, data: bytes) -> bytes:
    """As Lambda writes it when a mapping has tried long enough."""
    return json.dumps({
        "requestContext": {"functionArn":
                           f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:$LATEST"},
        "payload": {"Records": [{
            "eventSource": "aws:kinesis", "eventID": f"shardId-000000000000:{10**55}",
            "kinesis": {"partitionKey": "ada", "sequenceNumber": str(10**55),
                        "data": b64encode(data).decode(),
                        "approximateArrivalTimestamp": NOW_MS / 1000}}]}}).encode()


def replay(folder: Path) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "local", "replay", "--data", str(folder)],
                          cwd=ROOT, text=True, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_what_was_given_up_is_applied_and_what_cannot_be_is_named(tmp_path: Path) -> None:
    with Cloud(tmp_path, live=False) as cloud:
        updater = cloud.by_verb["update_user_features"]
        bucket = updater.environment["HEADWATER_BUCKET_NAME"]
        Shelf(bucket).put(f"{PARKED}1.json", parked(updater.name, encode_batch(BATCH)))
        Shelf(bucket).put(f"{PARKED}2.json", parked("Nobody", encode_batch(BATCH)))

    status, said, problems = replay(tmp_path)

    assert "1 batches replayed, 1 records" in said, problems
    assert f"left: {PARKED}2.json: " in said
    assert "Nobody:$LATEST does not read the stream" in said
    assert status == 1
    with Cloud(tmp_path, live=False) as cloud:
        table = cloud.by_verb["update_user_features"].environment["HEADWATER_USERS_TABLE"]
        assert len(Users(table).get("ada").state.history) == 1
        assert list(Shelf(bucket).listed(f"{PARKED}1")) == []


def test_a_folder_that_is_in_use_is_let_alone(tmp_path: Path) -> None:
    with Cloud(tmp_path, live=False):
        status, said, problems = replay(tmp_path)

    assert status == 1
    assert not said
    assert "Nothing was replayed" in problems


@pytest.mark.parametrize(("left", "lines"), [({}, 1), ({"a": "why", "b": "because"}, 3)])
def test_each_thing_that_is_left_has_a_line(left: dict[str, str], lines: int) -> None:
    assert len(list(told({"batches": 2, "records": 9, "left": left, "more": False}))) == lines
