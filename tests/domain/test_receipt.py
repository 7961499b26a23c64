"""What was taken of somebody, in words."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.erasure import Act
from domain.key import subject_hash
from domain.layout import PAGE_TTL_S, RECEIPTS
from domain.receipt import Receipt, Tally, asked_ms_of, receipts_of
from tests.domain.strategies import NOW_MS, times_ms

WHO = tuple(f"{subject_hash(who):032x}" for who in ("ann", "~visit"))
RECEIPT = Receipt(Act.ERASED, NOW_MS, WHO, rows=3)
tallies = st.builds(Tally, st.integers(0, 99), st.integers(0, 99))


@given(st.builds(Receipt, st.sampled_from(Act), times_ms, st.just(WHO), st.integers(0, 9), tallies,
                 st.none() | times_ms, st.integers(0, 9)))
def test_a_receipt_is_read_as_it_was_written(receipt: Receipt) -> None:
    assert Receipt.from_bytes(receipt.to_bytes()) == receipt


def test_it_is_found_by_whose_it_is_and_names_nobody() -> None:
    assert RECEIPT.key.startswith(receipts_of("ann"))
    assert RECEIPT.key.startswith(RECEIPTS)
    assert asked_ms_of(RECEIPT.key) == RECEIPT.asked_ms
    assert "ann" not in RECEIPT.key + RECEIPT.to_bytes().decode()


def test_what_was_taken_in_every_search_is_counted_together() -> None:
    found = [Tally(3, 1), Tally(4, 2)]

    swept = RECEIPT.swept(found, unread=1, now_ms=NOW_MS + 9)
    again = swept.swept([Tally(1, 1)], unread=0, now_ms=NOW_MS + 99)

    assert swept == replace(RECEIPT, log=Tally(7, 3), unread=1, swept_ms=NOW_MS + 9)
    assert again == replace(RECEIPT, log=Tally(8, 4), unread=1, swept_ms=NOW_MS + 99)


def test_it_tells_what_is_gone_and_what_will_be() -> None:
    assert RECEIPT.body() == {
        "forgotten": "all", "asked_ms": NOW_MS, "rows_deleted": 3, "sessions": 1,
        "event_log": {"rewritten_ms": None, "records": 0, "objects": 0, "unread_objects": 0},
        "pages_expire_ms": NOW_MS + PAGE_TTL_S * 1000}
    assert replace(RECEIPT, act=Act.FORGOTTEN).body()["forgotten"] == "events"
