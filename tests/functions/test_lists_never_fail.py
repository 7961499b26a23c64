"""Whatever fails, a list comes: in time, from a source it names, and an alarm's metric tells of it.

Time is what calls wait by the timeouts that they are told, see `outage`; the machine's is not read.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import metric
from domain.artifact import FILES, MANIFEST, SIGNATURE
from domain.ask_schema import MAX_K
from domain.catalog import Item
from domain.event import Batch
from domain.layout import CATALOG_KEY, MODELS_PREFIX, REPLAYS, TRENDS_KEY
from domain.page import encode_pages
from domain.ranking import SOURCES
from domain.record import Position, Record
from domain.snapshot import EMPTY
from functions.desk import Desk
from functions.lists import metrics
from functions.opening import open_desk
from functions.recommend import logger, respond
from functions.settings import Recommend
from functions.surroundings import LOOK_MS
from functions.wire import TRIES
from local import planted
from local.cloud import Cloud
from tests.conftest import Trained
from tests.functions.artifacts import now_ms
from tests.functions.at_hand import Around, desk
from tests.functions.outage import TABLES, Clock, Outage
from tests.functions.stage import OPEN, VOCABULARY, Answer, Stage, clicks, proxy_event, record

LIST = "/users/{user_id}/recommendations"
UP = planted.walk(0, 3, 1, 4)
WARM_S, COLD_S = 1.0, 3.0  # that a list may wait in vain: a reader that has read before, and not
TOLD = (metric.STATES_UNREAD, metric.LOOKS_FAILED)


@pytest.fixture(scope="module")
def shop(running_cloud: Cloud, trained: Trained) -> Cloud:
    """A model, a user, trends and a catalogue, rolled up, and a page and an item after that."""
    there = Stage(running_cloud, None, None)  # type: ignore[arg-type]
    there.items().put([Item(i.item_id, {"item_id": i.item_id}, now_ms()) for i in planted.items()])
    there.deliver("update_user_features", [record(0, "user-1", *UP)])
    files = {path.name: path.read_bytes() for path in Path(trained.folder).iterdir()}
    assert there.end_job("first", files, now_ms())["promoted"]
    write_page(there, 0, UP[-1], "b5", "b6")
    for verb in ("roll_up_trends", "roll_up_catalog"):
        running_cloud.by_verb[verb].invoke({})
    write_page(there, 100, "b5", "b7")
    return running_cloud


def write_page(there: Stage, first: int, *item_ids: str) -> None:
    found = [Record(Position(REPLAYS, first + n), Batch(
        f"u-{first}-{n}", now_ms(), clicks(*item_ids, at_ms=now_ms(), tag=f"e-{first}-{n}")))
        for n in range(5)]
    ((last, page),) = encode_pages(found, VOCABULARY)
    there.pages().put(Position(REPLAYS, last), page, now_ms())


class Reader:
    """A copy of `recommend`, and the AWS that it reads."""

    def __init__(self, cloud: Cloud, out: pytest.CaptureFixture[str]) -> None:
        self._settings = Recommend.from_env(cloud.by_verb["recommend"].environment)
        self.outage = Outage({getattr(self._settings, f"{name}_table"): name for name in TABLES},
                             Clock())
        self._out = out
        self.desk = self.started()

    def started(self) -> Desk:
        return open_desk(self._settings, logger, clock=self.outage.clock).desk

    def list(self, desk: Desk, user_id: str = "user-1") -> Answer:
        event = proxy_event("GET", LIST, None, [], user_id=user_id)
        answered = metrics.log_metrics(lambda event, _: respond(event, desk, OPEN))(event, None)
        return Answer(answered["statusCode"], json.loads(answered["body"]))

    def waited_s(self) -> float:
        return self.outage.clock.now_s - Clock.now_s

    def told(self) -> set[str]:
        lines = [json.loads(line) for line in self._out.readouterr().out.splitlines()]
        return {name for line in lines for name in TOLD if name in line}


@pytest.fixture
def reader(shop: Cloud, capsys: pytest.CaptureFixture[str]) -> Iterator[Reader]:
    made = Reader(shop, capsys)
    shop.engine.intercept(made.outage)
    yield made
    shop.engine.intercept()


DYNAMODB, KMS = dict.fromkeys(TABLES), dict.fromkeys(["KMS"])
S3 = dict.fromkeys((MODELS_PREFIX, TRENDS_KEY, CATALOG_KEY))
# What fails -> the source of a list: of a reader that has read before, and of one that starts.
SOURCE = {
    "users": ("trending", "trending"), "models": ("personal", "session"),
    "pages": ("personal", "personal"), "items": ("personal", "personal"),
    MODELS_PREFIX: ("personal", "session"), TRENDS_KEY: ("personal", "personal"),
    CATALOG_KEY: ("personal", "personal"), "DynamoDB": ("trending", "trending"),
    "S3": ("personal", "catalogue"), "KMS": ("personal", "session"),
    "everything": ("trending", "catalogue")}
WHOLE = {"DynamoDB": DYNAMODB, "S3": S3, "KMS": KMS, "everything": {**DYNAMODB, **S3, **KMS}}
HOW = ["throttled", "fails", "hangs", "unreachable", "nowhere"]


# What is in hand is not fetched again, nor the model's signer asked.
IN_HAND = (MODELS_PREFIX, CATALOG_KEY, "S3", "KMS")
NOTHING = ("S3", "everything")  # a reader that starts without the bucket knows of no item


def struck(what: str, how: str) -> dict[str, str]:
    return dict.fromkeys(WHOLE.get(what, (what,)), how)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", SOURCE)
def test_a_reader_that_knew_all_answers_while_something_fails(
    reader: Reader, what: str, how: str
) -> None:
    assert reader.list(reader.desk).body["source"] == "personal"
    reader.desk.wake()  # whatever can be looked for is due
    reader.outage.strikes = struck(what, how)

    found = reader.list(reader.desk)

    assert (found.status, found.body["source"]) == (200, SOURCE[what][0])
    assert found.body["why"] == SOURCES[found.body["source"]]
    assert len(found.ids) == 10
    assert reader.waited_s() <= WARM_S
    assert all(tried <= TRIES for tried in reader.outage.tried.values())
    assert reader.told() or what in IN_HAND


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", SOURCE)
def test_a_reader_that_starts_while_something_fails_answers(
    reader: Reader, what: str, how: str
) -> None:
    reader.outage.strikes = struck(what, how)

    found = reader.list(reader.started())

    assert (found.status, found.body["source"]) == (200, SOURCE[what][1])
    assert len(found.ids) == (0 if what in NOTHING else 10)
    assert reader.waited_s() <= COLD_S
    assert all(tried <= TRIES for tried in reader.outage.tried.values())
    assert reader.told()


@pytest.mark.parametrize("how", ["gone", "flipped", "halved", "broken off"])
@pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
def test_a_model_of_which_a_file_is_not_whole_serves_nobody(
    reader: Reader, name: str, how: str
) -> None:
    """`gone` is also what a pointer to a deleted version finds."""
    reader.outage.strikes = {f"/{name}": how}

    found = reader.list(reader.started())

    assert (found.status, found.body["source"], found.body["model"]) == (200, "session", None)
    assert reader.told() == {metric.LOOKS_FAILED}


@pytest.mark.parametrize("how", ["gone", "flipped", "halved", "broken off"])
@pytest.mark.parametrize("key", [TRENDS_KEY, CATALOG_KEY])
def test_a_roll_up_that_is_not_whole_is_done_without(reader: Reader, key: str, how: str) -> None:
    reader.outage.strikes = {key: how}

    found = reader.list(reader.started())

    assert (found.status, found.body["source"]) == (200, "personal")
    assert len(found.ids) == 10


def test_what_fails_for_long_is_left_alone(reader: Reader) -> None:
    reader.list(reader.desk)
    reader.outage.strikes = struck("everything", "hangs")
    looks, at_ms = 20, now_ms()

    for n in range(looks):
        reader.desk.scene(at_ms + (n + 1) * LOOK_MS)
        reader.desk.state("user-1")

    assert 0 < reader.outage.tried[TRENDS_KEY] < looks / 2
    assert 0 < reader.outage.tried["users"] < looks * TRIES / 2


def test_what_is_well_again_is_found_to_be(reader: Reader) -> None:
    reader.outage.strikes = struck("everything", "hangs")
    for _ in range(5):
        reader.list(reader.desk)
    reader.outage.strikes = {}
    reader.outage.clock.now_s += 60
    reader.desk.scene(now_ms() + 60_000)

    assert reader.list(reader.desk).body["source"] == "personal"


def test_who_nobody_knows_gets_what_is_trending(reader: Reader) -> None:
    found = reader.list(reader.desk, "a stranger")

    assert (found.status, found.body["source"]) == (200, "trending")
    assert reader.told() == set()


HOUR_MS = 3_600_000


@pytest.mark.parametrize("jump_ms", [-400 * 24 * HOUR_MS, -HOUR_MS, HOUR_MS, 400 * 24 * HOUR_MS])
def test_whatever_the_clock_does_everything_is_looked_for_again(
    reader: Reader, jump_ms: int
) -> None:
    at_ms = now_ms()
    reader.desk.scene(at_ms)
    reader.outage.strikes = struck("everything", "fails")

    reader.desk.scene(at_ms + jump_ms)
    during = dict(reader.outage.tried)
    reader.desk.scene(at_ms + 1)

    tried = reader.outage.tried
    assert set(during) == {"models", TRENDS_KEY, CATALOG_KEY}
    assert all(tried[name] > during[name] for name in ("models", TRENDS_KEY))
    assert tried["items"]  # the file is an hour old at most again; what changed is asked for


def test_the_longest_answer_is_far_below_what_lambda_may_answer() -> None:
    """6 MB, of which API Gateway takes 10. source: AWS, "Lambda quotas"."""
    long = [Item("日" * 253 + f"{n:03}", {"item_id": "日" * 253 + f"{n:03}", "title": "日" * 512},
                 n) for n in range(MAX_K)]
    around = Around(EMPTY.updated(long))

    event = proxy_event("GET", LIST, None, [("k", str(MAX_K))], user_id="user-1")

    found = metrics.log_metrics(lambda event, _: respond(event, desk(around=around), OPEN))(
        event, None)

    assert len(json.loads(found["body"])["items"]) == MAX_K
    assert len(found["body"].encode()) < 3_000_000
