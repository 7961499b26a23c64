"""A list of a state that was read; that both users of it agree is held in test_make_batch.py."""

import pytest

from domain.event import EventError
from domain.features import EMPTY
from functions.personal import listing_of, seen_by, told_of, wish_of
from tests.functions.at_hand import Around, desk
from tests.functions.stage import NOW_MS
from tests.functions.test_lists import shop


def test_a_list_is_under_the_rules_of_its_moment() -> None:
    at_hand = desk(around=Around(shop()), rules='[{"name": "none", "filter": "price < 0"}]')
    wish = wish_of(at_hand, {"k": 3}, NOW_MS)
    seen = seen_by(at_hand, "ann", NOW_MS)

    told = told_of(seen, listing_of(seen, EMPTY, wish, "list-1"), wish, "list-1")

    assert (told["rules"], told["items"]) == (["none"], [])


def test_what_cannot_be_asked_for_is_named() -> None:
    with pytest.raises(EventError, match="price"):
        wish_of(desk(), {"filter": "prize < 0"}, NOW_MS)
