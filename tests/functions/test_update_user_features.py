"""Records become user states, exactly once whatever fails and however batches are cut."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import Batch
from domain.features import EMPTY, UserState, fold_all
from domain.packing import pack
from domain.record import Position, Record
from functions import update_user_features
from functions.update_user_features import MAX_JOINS, Outcome, apply
from functions.users import StoredUser
from local.function import FunctionError
from tests.functions.faults import Faulty, Unprocessing, Unreachable
from tests.functions.stage import FIRST, NOW_MS, SHARD, VOCABULARY, Stage, record

VERB = "update_user_features"
# Three users, interleaved, each with an item of its own and some that all share.
RECORDS = [record(n, f"user-{n % 3}", f"item-{n}", "shared") for n in range(9)]
SUBJECTS = ("user-0", "user-1", "user-2")


def expected(records: list[Record], subject: str) -> UserState:
    return fold_all(EMPTY, (r for r in records if r.batch.subject == subject), VOCABULARY)


def states(stage: Stage, *subjects: str) -> list[bytes]:
    return [pack(stage.state(subject)) for subject in subjects]


def clean(*subjects: str) -> list[bytes]:
    return [pack(expected(RECORDS, subject)) for subject in subjects]


def test_a_batch_is_folded_into_each_user_by_one_write(stage: Stage) -> None:
    again = stage.deliver(VERB, RECORDS)

    assert again is None
    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)
    assert [stage.users().get(s).revision for s in SUBJECTS] == [1, 1, 1]
    assert stage.counted("EventsFolded") == 18
    assert stage.counted("RecordsQuarantined") == 0


def test_a_batch_that_comes_twice_changes_nothing(stage: Stage) -> None:
    stage.deliver(VERB, RECORDS)

    stage.deliver(VERB, RECORDS)

    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)
    assert [stage.users().get(s).revision for s in SUBJECTS] == [1, 1, 1]


@pytest.mark.parametrize("bounds", [(0, 9, 3, 9), (0, 4, 0, 9), (0, 2, 0, 5, 1, 9), (0, 9, 0, 1)])
def test_other_batch_bounds_give_the_same_states(stage: Stage, bounds: tuple[int, ...]) -> None:
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        stage.deliver(VERB, RECORDS[start:end])

    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)


def test_a_write_whose_answer_was_lost_is_not_done_again(stage: Stage) -> None:
    client = Faulty(stage.client("dynamodb"), {"transact_write_items": [1]}, late=True)

    outcome = apply(RECORDS, stage.users(client), VOCABULARY)
    stage.deliver(VERB, RECORDS[1:])

    assert outcome.failed == RECORDS[1].position
    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)
    assert stage.users().get("user-1").revision == 1


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_the_first_record_that_was_not_applied_is_reported(stage: Stage, failing: int) -> None:
    client = Faulty(stage.client("dynamodb"), {"transact_write_items": [failing]})

    outcome = apply(RECORDS, stage.users(client), VOCABULARY)

    assert outcome.failed == RECORDS[failing].position
    assert outcome.folded == 6 * failing
    assert states(stage, *SUBJECTS[:failing]) == clean(*SUBJECTS[:failing])
    assert stage.state(SUBJECTS[2]) == EMPTY


def test_states_of_a_batch_are_read_together(stage: Stage) -> None:
    for start in (0, 9):
        client = Faulty(stage.client("dynamodb"), {"batch_get_item": (), "get_item": ()})

        apply([record(start + n, f"user-{n % 3}", "a") for n in range(9)], stage.users(client),
              VOCABULARY)

        assert client.calls == {"batch_get_item": 0}  # the first, and no other


def test_nothing_is_folded_when_states_cannot_be_read(stage: Stage) -> None:
    client = Faulty(stage.client("dynamodb"), {"batch_get_item": None})

    outcome = apply(RECORDS, stage.users(client), VOCABULARY)

    assert outcome == Outcome(0, 0, RECORDS[0].position)
    assert states(stage, *SUBJECTS) == [pack(EMPTY)] * 3


def test_who_was_not_answered_is_read_alone(stage: Stage) -> None:
    stage.deliver(VERB, RECORDS[:3])
    client = Unprocessing(stage.client("dynamodb"), "user-1")

    outcome = apply(RECORDS, stage.users(client), VOCABULARY)

    assert outcome.failed is None
    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)


def test_who_is_not_answered_alone_either_stops_the_batch_there(stage: Stage) -> None:
    stage.deliver(VERB, RECORDS[:3])
    busy = Faulty(stage.client("dynamodb"), {"get_item": None})

    outcome = apply(RECORDS[3:], stage.users(Unprocessing(busy, "user-1")), VOCABULARY)

    assert outcome == Outcome(4, 0, RECORDS[4].position)
    assert states(stage, "user-0") == clean("user-0")
    assert stage.users().get("user-1").revision == stage.users().get("user-2").revision == 1


def test_the_answer_to_lambda_names_that_record(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("users_table"))

    again = stage.deliver(VERB, RECORDS[2:])

    assert again == str(FIRST + 2)


class Rival:
    """A client whose user is written by another one before each of the first puts."""

    def __init__(self, client: Any, write: Callable[[], None], times: int) -> None:
        self._client, self._write, self._left = client, write, times

    def __getattr__(self, name: str) -> Any:
        if name in ("put_item", "transact_write_items") and self._left:
            self._left -= 1
            self._write()
        return getattr(self._client, name)


def other_shards(stage: Stage) -> Iterator[Callable[[], None]]:
    """Writes of one more record of user-0 each, from other shards."""
    for n in range(9):
        found = record(100 + n, "user-0", f"other-{n}", shard_id="shardId-000000000001")
        yield lambda found=found: apply([found], stage.users(), VOCABULARY) and None  # type: ignore[misc]


@pytest.mark.parametrize("times", [1, 4])
def test_a_faster_writer_is_read_and_folded_upon(stage: Stage, times: int) -> None:
    writes = other_shards(stage)
    client = Rival(stage.client("dynamodb"), lambda: next(writes)(), times)

    outcome = apply(RECORDS[:1], stage.users(client), VOCABULARY)

    assert outcome.failed is None
    found = {entry.item for entry in stage.state("user-0").history}
    assert len(found) == 2 + times


def test_a_writer_that_is_always_faster_is_reported_as_a_failure(stage: Stage) -> None:
    writes = other_shards(stage)
    client = Rival(stage.client("dynamodb"), lambda: next(writes)(), 9)

    outcome = apply(RECORDS[:1], stage.users(client), VOCABULARY)

    assert outcome.failed == RECORDS[0].position


def test_who_is_erased_is_dropped_and_counted(stage: Stage) -> None:
    stage.users().erase("user-1", NOW_MS)

    again = stage.deliver(VERB, RECORDS)

    assert again is None
    assert stage.users().get("user-1") == StoredUser()
    assert states(stage, "user-0", "user-2") == clean("user-0", "user-2")
    assert stage.counted("EventsOfErasedUsers") == 6
    assert stage.counted("EventsFolded") == 12


def test_poison_is_kept_aside_and_the_rest_applied(stage: Stage) -> None:
    poison = (Position(SHARD, FIRST + 100), b"not a record")

    again = stage.deliver(VERB, [*RECORDS, poison])

    assert again is None
    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)
    assert stage.counted("RecordsQuarantined") == 1
    assert len(stage.keys("quarantine/")) == 2


def test_poison_counts_once_though_its_batch_comes_again(stage: Stage) -> None:
    before, after = (Position(SHARD, FIRST - 1), b"?"), (Position(SHARD, FIRST + 100), b"?")
    table, dynamodb = stage.setting("users_table"), stage.client("dynamodb")
    described = dynamodb.describe_table(TableName=table)["Table"]
    dynamodb.delete_table(TableName=table)

    again = stage.deliver(VERB, [before, *RECORDS, after])
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=described["KeySchema"],
        AttributeDefinitions=described["AttributeDefinitions"])
    stage.deliver(VERB, [*RECORDS, after])

    assert again == str(FIRST)
    assert stage.counted("RecordsQuarantined") == 2
    assert states(stage, *SUBJECTS) == clean(*SUBJECTS)


def test_no_log_line_names_a_user(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName=stage.setting("users_table"))

    stage.deliver(VERB, RECORDS)

    assert stage.logged()
    assert all("user-" not in line for line in stage.logged())


def test_a_world_without_a_table_fails_at_the_first_record(stage: Stage) -> None:
    outcome = apply(RECORDS, stage.users(Unreachable()), VOCABULARY)

    assert outcome == (0, 0, RECORDS[0].position)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_state_that_cannot_be_read_fails_its_batch_so_that_lambda_halves_it(
    stage: Stage,
) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "user-1"}, "part": {"S": "state"}, "state": {"B": b"\x09"},
        "revision": {"N": "1"}})

    with pytest.raises(FunctionError, match="PackingError"):
        stage.deliver(VERB, RECORDS)

    assert states(stage, "user-0") == clean("user-0")  # who comes before


FRESH = count()


class Try(NamedTuple):
    """One invocation: how many records it is given, and which call fails, late or not at all."""

    records: int
    operation: str
    call: int
    late: bool


TRIES = st.lists(st.builds(Try, st.integers(1, 6), st.sampled_from(
    ["batch_get_item", "put_item", "transact_write_items"]),
                           st.integers(0, 3), st.booleans()), max_size=5)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(users=st.lists(st.integers(0, 2), min_size=1, max_size=6), tries=TRIES)
def test_a_retry_from_the_reported_record_ends_where_a_clean_run_ends(
    stage: Stage, users: list[int], tries: list[Try]
) -> None:
    """Wherever calls fail, before or after they took effect, and however the retry is cut."""
    tag = next(FRESH)  # one table for all examples
    records = [record(n, f"{tag}-{user}", f"item-{n % 4}") for n, user in enumerate(users)]
    start = 0

    for tried in tries:
        client = Faulty(stage.client("dynamodb"), {tried.operation: [tried.call]}, late=tried.late)
        given_now = records[start:start + tried.records]
        outcome = apply(given_now, stage.users(client), VOCABULARY)
        start = (start + len(given_now) if outcome.failed is None
                 else outcome.failed.sequence - FIRST)
    apply(records[start:], stage.users(), VOCABULARY)

    for subject in {r.batch.subject for r in records}:
        assert pack(stage.state(subject)) == pack(expected(records, subject))


def test_a_user_who_joins_more_sessions_than_a_transaction_holds_is_folded_in_portions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_user_features, "MAX_JOINS", 2)
    for n in range(5):
        stage.deliver(VERB, [record(n, f"~{n}", f"item-{n}")])
        stage.sessions().join(f"~{n}", "ann")
    client = Counting(stage)
    joined = [joins(20 + n, n) for n in range(5)]
    found = [record(10, "ann", "own"), *joined, record(30, "ann", "b")]

    outcome = apply(found, stage.users(client), VOCABULARY)

    assert outcome == Outcome(2, 0, None)
    assert stage.state("ann").counts == {2: 7}
    assert client.acts == [1 + 1 + 2, 1 + 2, 1 + 1]  # with the check that it may be begun


def test_as_many_sessions_as_may_be_joined_at_once_fit_into_a_transaction(stage: Stage) -> None:
    """moto holds a transaction to a hundred acts, as AWS does."""
    for n in range(MAX_JOINS + 1):
        stage.deliver(VERB, [record(n, f"~{n}", f"item-{n}")])
        stage.sessions().join(f"~{n}", "ann")

    again = stage.deliver(VERB, [joins(200 + n, n) for n in range(MAX_JOINS + 1)])

    assert again is None
    assert stage.state("ann").counts == {2: MAX_JOINS + 1}


def test_a_portion_that_fails_is_asked_for_again_and_nothing_before_it_is_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_user_features, "MAX_JOINS", 1)
    for n in range(2):
        stage.deliver(VERB, [record(n, f"~{n}", f"item-{n}")])
        stage.sessions().join(f"~{n}", "ann")
    found = [joins(20, 0), record(21, "bob", "a"), joins(22, 1), record(23, "cy", "a")]
    client = Faulty(stage.client("dynamodb"), {"transact_write_items": [2]})

    outcome = apply(found, stage.users(client), VOCABULARY)

    assert outcome.failed == found[2].position
    assert [stage.state(who).counts for who in ("ann", "bob", "cy")] == [{2: 1}, {2: 1}, {}]
    assert apply(found[2:], stage.users(), VOCABULARY).failed is None
    assert [stage.state(who).counts for who in ("ann", "bob", "cy")] == [{2: 2}, {2: 1}, {2: 1}]


def test_what_the_batch_itself_wrote_is_read_again(stage: Stage) -> None:
    stage.deliver(VERB, [record(0, "~0", "item")])
    stage.sessions().join("~0", "ann")

    outcome = apply([record(10, "ann", "own"), joins(20, 0), record(21, "~0", "b"),
                     record(22, "bob", "b")], stage.users(), VOCABULARY)

    assert outcome == Outcome(3, 0, None)
    assert [stage.state(who).counts for who in ("ann", "~0", "bob")] == [{2: 3}, {}, {2: 1}]


def joins(n: int, session: int) -> Record:
    batch = Batch("ann", NOW_MS + n * 60_000, (), joins=f"~{session}")
    return Record(Position(SHARD, FIRST + n), batch)


class Counting:
    """A client that notes how many acts each transaction has."""

    def __init__(self, stage: Stage) -> None:
        self._client = stage.client("dynamodb")
        self.acts: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, TransactItems: list[Any]) -> Any:
        self.acts.append(len(TransactItems))
        return self._client.transact_write_items(TransactItems=TransactItems)
