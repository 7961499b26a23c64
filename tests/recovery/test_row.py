"""A row without what was forgotten: nothing older is left in it, and nothing that is later goes."""

from hypothesis import given
from hypothesis import strategies as st

from domain.event import MAX_AHEAD_MS
from domain.features import EMPTY, fold_all
from functions.users import StoredUser
from recovery.row import forget_until, read_row
from recovery.stack import Adapters
from tests.domain.strategies import click, record
from tests.functions.stage import NOW_MS, VOCABULARY, Stage

UNTIL_MS = NOW_MS
times = st.integers(-3 * MAX_AHEAD_MS, 3 * MAX_AHEAD_MS)
ahead = st.integers(-3 * MAX_AHEAD_MS, MAX_AHEAD_MS)  # of the server's clock, a client's


@given(st.lists(st.tuples(times, ahead), min_size=1, max_size=5))
def test_a_state_that_holds_anything_received_until_then_is_begun_anew(
    found: list[tuple[int, int]]
) -> None:
    events = [click(f"item-{n}", UNTIL_MS + received + ahead)
              for n, (received, ahead) in enumerate(found)]
    row = StoredUser(fold_all(EMPTY, [record(1, *events)], VOCABULARY), 3, owner="ann")

    after = forget_until(row, UNTIL_MS)

    if any(received <= 0 for received, _ in found):
        assert after == StoredUser(EMPTY, 3, since_ms=UNTIL_MS, owner="ann")
    elif all(received + ahead > MAX_AHEAD_MS for received, ahead in found):
        assert after.state is row.state
    assert after.since_ms == UNTIL_MS


def test_a_row_that_was_begun_anew_then_or_later_is_left_alone() -> None:
    for since_ms in (UNTIL_MS, UNTIL_MS + 1):
        row = StoredUser(fold_all(EMPTY, [record(1, click("a", 5))], VOCABULARY), 3,
                         since_ms=since_ms)

        assert forget_until(row, UNTIL_MS) is row


def test_a_state_that_nobody_can_read_is_worth_nothing(stage: Stage, opened: Adapters) -> None:
    stage.client("dynamodb").put_item(TableName=stage.setting("users_table"), Item={
        "subject": {"S": "ann"}, "part": {"S": "state"}, "state": {"B": b"\x09damaged"},
        "revision": {"N": "4"}})

    assert read_row("ann", opened.users) == StoredUser(EMPTY, 4)
