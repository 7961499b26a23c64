"""What training replays from the log is what the updaters saw: state for state, byte for byte."""


import numpy as np
import pytest

from domain.defence import Defence
from domain.features import EMPTY, MAX_HISTORY, fold
from domain.layout import EVENT_LOG, TRENDS_KEY
from domain.packing import pack
from domain.page import decode_page, encode_pages
from domain.record import Record, decode_log
from domain.roll_up import absorb, begin
from domain.row import RowIndex
from domain.trends import Trends, empty
from domain.vocabulary import Vocabulary
from domain.window import encode
from functions.users import Users
from local.cloud import Cloud
from model.dataset import read
from tests.visits import do_things

VOCABULARY = Vocabulary()


def logged(cloud: Cloud) -> list[Record]:
    s3 = cloud.engine.client("s3")
    bucket = cloud.by_verb["write_event_log"].environment["HEADWATER_BUCKET_NAME"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix=EVENT_LOG)["Contents"]]
    records = [r for key in keys
               for r in decode_log(s3.get_object(Bucket=bucket, Key=key)["Body"].read())]
    return sorted(records, key=lambda record: record.position)


def test_the_replayed_log_gives_the_live_states_byte_for_byte(cloud: Cloud) -> None:
    do_things(cloud, users=40)
    users = Users(cloud.by_verb["update_user_features"].environment["HEADWATER_USERS_TABLE"])

    states = {}
    for record in logged(cloud):
        subject = record.batch.subject
        states[subject] = fold(states.get(subject, EMPTY), record, VOCABULARY)

    assert len(states) == 40
    for subject, state in states.items():
        assert pack(users.get(subject).state) == pack(state)


def test_the_trainers_window_is_the_lambdas(
    cloud: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> None:
    do_things(cloud, users=40)
    users = Users(cloud.by_verb["update_user_features"].environment["HEADWATER_USERS_TABLE"])
    folder = tmp_path_factory.mktemp("log")
    s3 = cloud.engine.client("s3")
    bucket = cloud.by_verb["write_event_log"].environment["HEADWATER_BUCKET_NAME"]
    for number, found in enumerate(s3.list_objects_v2(Bucket=bucket, Prefix=EVENT_LOG)["Contents"]):
        body = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        (folder / f"{number}.jsonl.gz").write_bytes(body)

    dataset = read(folder, None, VOCABULARY)

    index = RowIndex(np.array(sorted(dataset.names), np.uint64))
    for number, history in enumerate(dataset.histories):
        live = users.get(dataset.histories.name(number)).state.history
        assert live == history[-MAX_HISTORY:]
        now_ms = history[-1].at_ms + 5000
        for ours, theirs in zip(encode(live, index, VOCABULARY, now_ms, 10),
                                encode(history, index, VOCABULARY, now_ms, 10), strict=True):
            assert (ours == theirs).all()


def test_trends_rebuilt_from_the_log_are_the_roll_up(cloud: Cloud) -> None:
    do_things(cloud, users=40)
    cloud.fire("roll_up_trends")
    bucket = cloud.by_verb["roll_up_trends"].environment["HEADWATER_BUCKET_NAME"]
    body = cloud.engine.client("s3").get_object(Bucket=bucket, Key=TRENDS_KEY)["Body"].read()
    live = Trends.from_bytes(body)

    records = logged(cloud)
    pages = [(records[0].position.shard_id, entry)
             for _, page in encode_pages(records, VOCABULARY) for entry in decode_page(page)]
    rebuilt = absorb(begin(empty(live.ref_ms)), pages, live.ref_ms, Defence())[0].trends

    assert (rebuilt.keys == live.keys).all()
    assert rebuilt.weights == pytest.approx(live.weights, rel=1e-4, abs=1e-6)
    assert rebuilt.covered == live.covered
