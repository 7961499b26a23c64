"""What the probe sends is a good event, and nothing but its own state knows of it."""

from domain import probe
from domain.erasure import Act, Forgotten, Mark
from domain.event import Batch, parse_batch
from domain.key import subject_hash
from domain.page import decode_page, encode_pages
from domain.record import Position, Record
from tests.domain.strategies import NOW_MS, VOCABULARY, record


def sent(event_id: str = "e1") -> Batch:
    batch, rejected = parse_batch(probe.body(event_id), NOW_MS, VOCABULARY)
    assert not rejected
    return batch


def test_what_the_probe_sends_is_taken() -> None:
    batch = sent("e1")

    assert [event.event_id for event in batch.events] == ["e1"]
    assert probe.is_probe(batch.subject)


def test_the_event_says_nothing_of_taste() -> None:
    assert VOCABULARY.by_name[probe.TYPE].weight == 0.0


def test_pages_do_not_know_the_probe() -> None:
    found = [Record(Position("s", 1), sent()), record(2, *sent().events, subject="ann")]

    pages = [page for _, data in encode_pages(found, VOCABULARY) for page in decode_page(data)]

    assert [page.sequence for page in pages] == [2]


def test_a_batch_of_the_probe_alone_makes_no_page() -> None:
    assert list(encode_pages([Record(Position("s", 1), sent())], VOCABULARY)) == []


def test_of_a_log_what_people_did_is_read_who_are_not_forgotten() -> None:
    found = [Record(Position("s", 1), sent()), record(2, *sent().events, subject="ann"),
             record(3, *sent().events, subject="bob")]
    forgotten = Forgotten.of([Mark(subject_hash("bob"), NOW_MS, Act.ERASED)])

    assert [batch.subject for batch in probe.by_people(found, forgotten)] == ["ann"]
