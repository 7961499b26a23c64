"""Calls are hit below botocore, in each of the ways that AWS and networks have."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.aws import CONFIG, WorldError
from local.engine import Engine
from soak.clock import Clock, without_pauses
from soak.dice import Dice, Kind
from soak.stream import Stream
from soak.wire import LATEST, OUTAGES, Invocation, Killed, Wire

CALL = Invocation("write_event_log", {})
TRIES = 4  # of one call, as the config says


class Loaded(Dice):
    """Strikes with chosen kinds at chosen calls, counted from 0; None = at each.

    high: of numbers between two, it draws the higher one; of several, the last.
    """

    def __init__(self, *, high: bool, **at: int | None) -> None:
        super().__init__(0)
        self._high = high
        self._at = {Kind(name.replace("_", "-")): number for name, number in at.items()}
        self._asked = dict.fromkeys(Kind, -1)

    def strikes(self, kind: Kind, chance: float) -> bool:
        self._asked[kind] += 1
        return kind in self._at and self._at[kind] in (None, self._asked[kind])

    def between(self, kind: Kind, low: int, high: int) -> int:
        return high if self._high else low

    def choice(self, kind: Kind, of: Sequence[Any]) -> Any:
        return of[-1]


@pytest.fixture
def s3(engine: Engine) -> Iterator[Any]:
    client = boto3.client("s3", config=CONFIG.botocore())
    client.create_bucket(Bucket="bucket")
    with without_pauses():
        yield client


def wire(engine: Engine, *, high: bool = True, **at: int | None) -> Wire:
    made = Wire(Loaded(high=high, **at), Stream(1, Clock()))
    engine.intercept(made)
    return made


def put(client: Any, data: bytes = b"data") -> None:
    client.put_object(Bucket="bucket", Key="k", Body=data)


def kept(client: Any) -> bytes | None:
    """What lies there, read outside of any function."""
    try:
        return bytes(client.get_object(Bucket="bucket", Key="k")["Body"].read())
    except client.exceptions.NoSuchKey:
        return None


def test_one_refusal_is_outlasted_by_the_client(engine: Engine, s3: Any) -> None:
    line = wire(engine, throttled=0)

    with line.during(CALL):
        put(s3)

    assert kept(s3) == b"data"
    assert line.dice.struck == {Kind.THROTTLED: 1}


def test_lasting_refusals_reach_the_function_and_nothing_is_done(engine: Engine, s3: Any) -> None:
    line = wire(engine, throttled=None)

    with line.during(CALL), pytest.raises(ClientError, match="SlowDown"):
        put(s3)

    assert kept(s3) is None
    assert line.dice.struck == {Kind.THROTTLED: TRIES}


@pytest.mark.parametrize("high", [True, False])
def test_a_failure_does_nothing(engine: Engine, s3: Any, high: bool) -> None:
    line = wire(engine, high=high, failed=None)

    with line.during(CALL), pytest.raises(WorldError):
        put(s3)

    assert kept(s3) is None


@pytest.mark.parametrize("high", [True, False])
def test_a_late_effect_is_done_though_its_caller_never_hears_of_it(
    engine: Engine, s3: Any, high: bool
) -> None:
    line = wire(engine, high=high, late_effect=None)

    with line.during(CALL), pytest.raises(WorldError):
        put(s3)

    assert kept(s3) == b"data"


@pytest.mark.parametrize(("at", "there"), [(0, None), (1, b"data")])
def test_a_killed_function_did_the_call_or_did_not(
    engine: Engine, s3: Any, at: int, there: bytes | None
) -> None:
    line = wire(engine, killed=at)

    with pytest.raises(Killed), line.during(CALL), suppress(Exception):
        put(s3)

    assert kept(s3) == there
    assert line.cut_off


def test_a_zombie_lands_when_nobody_waits_for_it_with_the_bytes_it_had(
    engine: Engine, s3: Any
) -> None:
    line = wire(engine, zombie=0)
    with pytest.raises(Killed), line.during(CALL):
        put(s3, b"of the zombie")
    before = kept(s3)

    put(s3, b"of the retry")
    line.land()

    assert before is None
    assert kept(s3) == b"of the zombie"
    assert line.zombies == []


def test_a_zombie_lands_by_itself_after_some_calls(engine: Engine, s3: Any) -> None:
    line = wire(engine, zombie=0)
    with pytest.raises(Killed), line.during(CALL):
        put(s3)

    for _ in range(LATEST):
        with line.during(CALL):
            s3.list_buckets()

    assert line.zombies == []
    assert kept(s3) == b"data"


@pytest.fixture
def table(engine: Engine) -> Any:
    """Three rows."""
    client = engine.client("dynamodb")
    client.create_table(TableName="t", BillingMode="PAY_PER_REQUEST",
                        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    for name in "abc":
        client.put_item(TableName="t", Item={"k": {"S": name}})
    return client


@pytest.mark.parametrize(("high", "read"), [(True, "ab"), (False, "a")])
def test_of_rows_that_are_read_together_some_are_left_unprocessed(
    engine: Engine, table: Any, high: bool, read: str
) -> None:
    line, keys = wire(engine, high=high, unprocessed=0), [{"k": {"S": name}} for name in "abcd"]

    with line.during(CALL):
        found = table.batch_get_item(RequestItems={"t": {"Keys": keys[:3]}})
        rest = table.batch_get_item(RequestItems=found["UnprocessedKeys"])

    assert found["Responses"]["t"] == [{"k": {"S": name}} for name in read]
    assert found["UnprocessedKeys"] == {"t": {"Keys": keys[len(read):3]}}
    assert rest["Responses"]["t"] == keys[len(read):3]
    assert rest["UnprocessedKeys"] == {}


def test_one_row_alone_is_never_left_unprocessed(engine: Engine, table: Any) -> None:
    line = wire(engine, unprocessed=None)

    with line.during(CALL):
        found = table.batch_get_item(RequestItems={"t": {"Keys": [{"k": {"S": "a"}}]}})

    assert found["Responses"]["t"] == [{"k": {"S": "a"}}]
    assert not line.dice.struck


def test_reads_are_no_zombies(engine: Engine, s3: Any) -> None:
    put(s3)
    line = wire(engine, zombie=None)

    with line.during(CALL):
        found = kept(s3)

    assert found == b"data"


def test_an_outage_refuses_one_service_for_a_while(engine: Engine, s3: Any) -> None:
    line = wire(engine, high=False, outage=0)
    calls = OUTAGES[-1][0]

    refused = 0
    with line.during(CALL):
        for _ in range(calls // TRIES + 1):
            try:
                put(s3)
            except ClientError:
                refused += 1

    assert refused == calls // TRIES
    assert kept(s3) == b"data"


def test_calls_outside_of_any_function_are_never_hit(engine: Engine, s3: Any) -> None:
    line = wire(engine, throttled=None, killed=None, zombie=None, failed=None, late_effect=None)

    put(s3)

    assert kept(s3) == b"data"
    assert not line.dice.struck


def test_a_second_run_begins_within_a_call_of_the_first_and_in_none_of_the_second(
    engine: Engine, s3: Any
) -> None:
    line, order = wire(engine, overlap=None), list[str]()

    def second(first: Invocation) -> None:
        order.append(f"second run of {first.verb}")
        with line.during(Invocation(first.verb, first.event, depth=1)):
            put(s3, b"second")

    line.overlap = second

    with line.during(CALL):
        put(s3, b"first")

    assert order == ["second run of write_event_log"]
    assert kept(s3) == b"first"


def test_nothing_is_hit_once_it_is_calm(engine: Engine, s3: Any) -> None:
    line = Wire(Dice(11), Stream(1, Clock()))
    engine.intercept(line)

    line.calm()
    with line.during(CALL):
        for _ in range(30):
            put(s3)

    assert not line.dice.struck


def test_a_client_that_gave_up_waiting_may_have_sent_it_four_times(
    engine: Engine, s3: Any
) -> None:
    line = wire(engine, high=False, zombie=None)  # each lands at the next call

    with line.during(CALL), pytest.raises(ReadTimeoutError):
        put(s3)

    assert line.dice.struck == {Kind.ZOMBIE: TRIES}
    assert len(line.zombies) == 1
    assert kept(s3) == b"data"
