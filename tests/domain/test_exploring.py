"""What one list explores, and that every rule it is under still holds."""

from collections.abc import Sequence

import numpy as np
import pytest

from domain import listing
from domain.ask import Ask, parse_ask
from domain.budget import Budget
from domain.catalog import Item
from domain.exploration import SOURCE, Pool
from domain.exploring import Exploring
from domain.features import Interaction
from domain.key import item_key
from domain.listing import Listing, Question
from domain.scene import Scene, compose
from domain.snapshot import EMPTY
from domain.trends import empty
from tests.domain.strategies import NOW_MS, VOCABULARY

OLD = [f"old-{n}" for n in range(30)]
NEW = [f"new-{n}" for n in range(8)]
# The newest are ranked first, where nothing has happened yet; so old ones are to be explored here.
ITEMS = [Item(one, {"item_id": one, "price": n, "categories": ["x" if n % 2 else "y"]}, n)
         for n, one in enumerate([*NEW, *OLD])]
POOL = Pool(np.array([item_key(one) for one in NEW], np.uint64), np.full(len(NEW), 1 / len(NEW)))


@pytest.fixture
def scene() -> Scene:
    return compose(None, None, empty(NOW_MS), EMPTY.updated(ITEMS), NOW_MS)


def asked(said: dict[str, object], seed: str, share: float = 0.2,
          history: Sequence[Interaction] = ()) -> Question:
    return Question(history, VOCABULARY, NOW_MS, parse_ask(said, VOCABULARY),
                    Exploring(POOL, Budget(share), seed))


def shown(found: Listing) -> list[str]:
    return [place.item_id for place in found.places]


def explored(found: Listing) -> list[str]:
    return [place.item_id for place in found.places
            if place.reasons and place.reasons[0]["signal"] == SOURCE]


def lists(scene: Scene, said: dict[str, object], n: int = 60) -> list[Listing]:
    return [listing.recommend(scene, asked(said, f"list-{seed}")) for seed in range(n)]


def test_a_share_of_the_places_goes_to_the_pool_and_each_place_has_its_odds(scene: Scene) -> None:
    for found in lists(scene, {}):
        come = explored(found)
        assert len(come) == 2
        assert set(come) <= set(NEW)
        assert shown(found)[0] == "old-29"
        assert {place.item_id: place.propensity for place in found.places} == pytest.approx(
            {one: 0.25 if one in come else 1.0 for one in shown(found)})
        assert [place.rank for place in found.places] == list(range(1, 11))
        assert found.offered == pytest.approx({item_key(one): 0.25 for one in NEW})


def test_without_exploring_no_place_has_odds(scene: Scene) -> None:
    found = listing.recommend(scene, Question((), VOCABULARY, NOW_MS, Ask()))

    assert {place.propensity for place in found.places} == {None}
    assert found.offered == {}


def test_what_the_list_may_not_show_is_not_explored(scene: Scene) -> None:
    history = [Interaction(NOW_MS - 1, item_key("new-0"), 2)]
    said: dict[str, object] = {"exclude": ["new-1"], "filter": "price < 6 or price > 10"}

    found = listing.recommend(scene, asked(said, "x", history=history))

    assert set(found.offered) == {item_key(f"new-{n}") for n in range(2, 6)}
    assert found.offered[item_key("new-2")] == pytest.approx(0.5)


def test_a_filter_that_asks_what_the_user_did_holds_too(scene: Scene) -> None:
    history = [Interaction(NOW_MS - 1, item_key("new-0"), 2)]

    found = listing.recommend(scene, asked(
        {"exclude_seen": False, "filter": "not did('click')"}, "x", history=history))

    assert set(found.offered) == {item_key(one) for one in NEW[1:]}


def test_pins_keep_their_places(scene: Scene) -> None:
    said: dict[str, object] = {"pins": [{"item_id": "old-3", "position": 9},
                                        {"item_id": "old-4", "position": 10},
                                        {"item_id": "old-5", "position": 2}]}

    for found in lists(scene, said):
        assert [shown(found)[n] for n in (1, 8, 9)] == ["old-5", "old-3", "old-4"]
        assert len(explored(found)) == 2


def test_a_quota_without_room_lets_none_of_its_items_in(scene: Scene) -> None:
    said: dict[str, object] = {"quotas": [{"filter": "'x' in categories", "at_most": 5}]}
    room: dict[str, object] = {"quotas": [{"filter": "'x' in categories", "at_most": 7}]}

    for found in lists(scene, said):
        assert all(int(one[-1]) % 2 == 0 for one in explored(found))
    assert any(int(one[-1]) % 2 for found in lists(scene, room) for one in explored(found))


def test_nothing_moves_above_the_end_of_a_quota_that_asks_for_items(scene: Scene) -> None:
    first: dict[str, object] = {"quotas": [{"filter": "price < 12", "at_least": 3, "first": 6}]}
    whole: dict[str, object] = {"quotas": [{"filter": "price < 12", "at_least": 3}]}
    plain = listing.recommend(scene, Question((), VOCABULARY, NOW_MS, parse_ask(first, VOCABULARY)))

    for found in lists(scene, first):
        assert shown(found)[:6] == shown(plain)[:6]
        assert len(explored(found)) == 2
    assert not any(explored(found) for found in lists(scene, whole, 5))


def test_no_item_comes_twice_on_the_pages_of_a_list(scene: Scene) -> None:
    for seed in range(20):
        said: dict[str, object] = {"k": 8}
        come = list[str]()
        while True:
            found = listing.recommend(scene, asked(said, f"list-{seed}-{len(come)}", 0.25))
            come += shown(found)
            if found.cursor is None:
                break
            said = {**said, "cursor": found.cursor}
        assert sorted(come) == sorted([*NEW, *OLD])


def test_a_list_with_nothing_to_show_explores_nothing() -> None:
    found = listing.recommend(compose(None, None, empty(NOW_MS), EMPTY, NOW_MS), asked({}, "x"))

    assert found == Listing("catalogue", [])
