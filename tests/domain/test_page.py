"""Pages: round trips, bounds, damage, and reading overlapping ones."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import Batch, Event
from domain.features import interaction
from domain.key import event_hash, item_key, user_hash
from domain.page import (
    MAX_PAGE_BYTES,
    PageError,
    PageRecord,
    Touch,
    Unread,
    decode_page,
    encode_pages,
    read_pages,
)
from domain.record import SEQUENCE_DIGITS, Position, Record
from domain.vocabulary import MAX_WEIGHT, EventType, Vocabulary
from tests.domain.strategies import NOW_MS, SHARD, VOCABULARY, batches, click, record

OLD = Path(__file__).parent / "fixtures" / "page-1.bin"
THEN_MS = 1_750_000_000_000

records = st.lists(
    st.builds(Record, st.builds(Position, st.just(SHARD), st.integers(0, 10**SEQUENCE_DIGITS - 1)),
              batches),
    max_size=5, unique_by=lambda r: r.position.sequence,
).map(lambda found: sorted(found, key=lambda r: r.position))


def expected(found: Record) -> PageRecord:
    touches = tuple(map(touch, found.batch.events))
    return PageRecord(found.position.sequence, user_hash(found.batch.subject), touches)


def touch(event: Event) -> Touch:
    """The strength is that of the value as state keeps it, to the nearest sixteenth."""
    known = VOCABULARY.by_name[event.type]
    kept = interaction(event, VOCABULARY).value
    return Touch(item_key(event.item_id), event.at_ms, known.code,
                 round(16 * known.strength(kept)) / 16, event_hash(event.event_id))


def read(pages: list[tuple[int, bytes]]) -> list[PageRecord]:
    return [found for _, data in pages for found in decode_page(data)]


@given(records)
def test_every_event_is_on_a_page(found: list[Record]) -> None:
    pages = list(encode_pages(found, VOCABULARY))

    assert read(pages) == [expected(r) for r in found]
    assert [last for last, _ in pages] == [r.position.sequence for r in found[-1:]]


def test_an_event_takes_twenty_bytes_and_a_record_thirty() -> None:
    [(_, one)] = encode_pages([record(1, click("a"))], VOCABULARY)
    [(_, two)] = encode_pages([record(1, click("a"), click("b"))], VOCABULARY)

    assert (len(one), len(two) - len(one)) == (1 + 30 + 20, 20)


def test_no_records_make_no_page() -> None:
    assert list(encode_pages([], VOCABULARY)) == []


def test_a_page_ends_before_it_is_too_large_for_an_item() -> None:
    full = [record(n, *(click(f"i{m}") for m in range(25))) for n in range(1000)]

    pages = list(encode_pages(full, VOCABULARY))

    record_bytes = 30 + 25 * 20
    assert all(len(data) <= MAX_PAGE_BYTES for _, data in pages)
    assert all(len(data) > MAX_PAGE_BYTES - record_bytes for _, data in pages[:-1])
    assert read(pages) == [expected(r) for r in full]
    assert [last for last, _ in pages] == [decode_page(data)[-1].sequence for _, data in pages]
    assert len(pages) == 2


@given(st.lists(st.integers(1, 9), max_size=4), st.lists(st.integers(1, 9), max_size=4))
def test_pages_of_any_bounds_hold_the_same_records(first: list[int], second: list[int]) -> None:
    found = [record(n, click(f"i{n}")) for n in range(10)]

    def cut(bounds: list[int]) -> list[PageRecord]:
        edges = sorted({0, *bounds, len(found)})
        return read([p for a, b in pairwise(edges) for p in encode_pages(found[a:b], VOCABULARY)])

    assert cut(first) == cut(second)


@pytest.mark.parametrize("weight", [MAX_WEIGHT, -MAX_WEIGHT, 1 / 16, 0.0])
def test_any_weight_a_deployment_may_declare_fits(weight: float) -> None:
    vocabulary = Vocabulary([EventType("share", 255, weight)])

    [(_, data)] = encode_pages([record(1, click("a", kind="share"))], vocabulary)

    [read_back] = decode_page(data)[0].touches
    assert read_back[:3] == (item_key("a"), NOW_MS, 255)
    assert read_back.strength == pytest.approx(weight, abs=1 / 32)


def test_a_user_is_a_tag_and_not_a_name() -> None:
    [(_, data)] = encode_pages(
        [Record(Position(SHARD, 1), Batch("ann@example.com", NOW_MS, (click("a"),)))], VOCABULARY)

    assert b"ann" not in data
    assert decode_page(data)[0].user == user_hash("ann@example.com")


@given(st.binary())
def test_no_bytes_raise_anything_but_a_page_error(data: bytes) -> None:
    try:
        found = decode_page(data)
    except PageError:
        return

    touch_bytes = {1: 16, 2: 20}[data[0]]
    assert len(data) == 1 + sum(30 + touch_bytes * len(r.touches) for r in found)


def test_of_a_cut_page_nothing_is_told() -> None:
    [(_, data)] = encode_pages([record(n, click("a")) for n in range(2)], VOCABULARY)

    with pytest.raises(PageError, match="is damaged"):
        decode_page(data[:-1])


@pytest.mark.parametrize(("data", "version"), [(b"", "none"), (b"\x00", "00"), (b"\x03", "03")])
def test_a_page_of_another_version_is_refused(data: bytes, version: str) -> None:
    with pytest.raises(PageError, match=f"version {version} is not known"):
        decode_page(data)


def test_what_version_1_wrote_is_read() -> None:
    shard = 2**185

    ann, bob, again = decode_page(OLD.read_bytes())

    assert (ann.sequence, bob.sequence, again.sequence) == (shard, shard + 1, shard + 2)
    assert (ann.user, bob.user, again.user) == tuple(map(user_hash, ("ann", "bob", "ann")))
    assert ann.touches == (Touch(item_key("lamp"), THEN_MS, 1, 0.3125),
                           Touch(item_key("lamp"), THEN_MS + 1_000, 2, 1.0),
                           Touch(item_key("🚲 rad/日本"), THEN_MS + 61_000, 4, 5.0))
    assert bob.touches == (Touch(item_key("lamp"), THEN_MS + 62_000, 5, -1.1875),
                           Touch(item_key("chair"), THEN_MS + 63_000, 7, -2.0))
    assert again.touches == (Touch(item_key("chair"), THEN_MS + 64_000, 8, 0.0),)


def test_pages_that_cannot_be_read_hold_up_no_other() -> None:
    [(_, good)] = encode_pages([record(1, click("a")), record(2, click("b"))], VOCABULARY)
    bad = {3: b"\x03later", 4: good[:-1], 5: b"", 6: b"\x00"}
    found = [(Position(SHARD, n), data) for n, data in {1: good, **bad}.items()]

    records, unread = read_pages([*found, *found[1:]])

    assert [(shard, found.sequence) for shard, found in records] == [(SHARD, 1), (SHARD, 2)]
    assert unread == [Unread(3, Position(SHARD, 3)),
                      *(Unread(0, Position(SHARD, n)) for n in (4, 5, 6))]
