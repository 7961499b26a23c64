from collections import Counter

from domain.event import parse_batch
from domain.vocabulary import Vocabulary
from local import planted


def test_half_of_the_users_walk_up_and_half_walk_down() -> None:
    steps: Counter[int] = Counter()
    for record in planted.records(users=400):
        places = [int(event.item_id[1:]) for event in record.batch.events]
        steps[(places[1] - places[0]) % planted.RING] += 1

    assert set(steps) == {1, planted.RING - 1}
    assert min(steps.values()) > 150


def test_every_item_that_is_walked_on_is_in_the_catalogue() -> None:
    known = {item.item_id for item in planted.items()}

    walked = {event.item_id for record in planted.records() for event in record.batch.events}

    assert walked <= known
    assert len(known) == planted.RINGS * planted.RING


def test_a_page_that_sends_a_record_sends_all_of_it() -> None:
    (record,) = planted.records(users=1)

    batch, rejected = parse_batch(planted.body(record), record.batch.received_ms, Vocabulary())

    assert (batch, rejected) == (record.batch, [])
