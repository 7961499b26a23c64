"""Ids as numbers: stable for ever, since they are written into state, pages and artifacts."""

from hypothesis import given
from hypothesis import strategies as st

from domain.key import (
    event_hash,
    item_key,
    shard_hash,
    share_of,
    spelled,
    subject_hash,
    user_hash,
)

any_string = st.text(st.characters())  # half surrogate pairs included


def test_the_numbers_of_known_ids_never_change() -> None:
    assert item_key("i1") == 0xacf11baff1e2aae
    assert item_key("日本") == 0x3a9b54e1cf3533e8
    assert user_hash("ann") == 0x74b4a8ea
    assert event_hash("e1") == 0x8c96c256
    assert subject_hash("ann") == 0x152704b9e79b36058ccf0890893d96d8
    assert shard_hash("shardId-000000000000") == 0xbd97a05457381bc2
    assert share_of("more-graph", "ann") == 0.12779074795050394


@given(any_string)
def test_every_string_has_a_key_of_the_stated_width(text: str) -> None:
    assert 0 <= item_key(text) < 2**64
    assert 0 <= shard_hash(text) < 2**64
    assert 0 <= subject_hash(text) < 2**128
    assert 0 <= user_hash(text) < 2**32
    assert 0 <= event_hash(text) < 2**32


@given(st.sets(any_string, max_size=50))
def test_different_items_have_different_keys(item_ids: set[str]) -> None:
    assert len({item_key(item_id) for item_id in item_ids}) == len(item_ids)


@given(any_string)
def test_a_tag_of_a_subject_is_spelled_at_one_length_and_read_back(subject: str) -> None:
    text = spelled(subject_hash(subject))

    assert len(text) == 32
    assert int(text, 16) == subject_hash(subject)


@given(st.lists(any_string, max_size=3))
def test_words_have_a_share_below_one(words: list[str]) -> None:
    assert 0 <= share_of(*words) < 1
