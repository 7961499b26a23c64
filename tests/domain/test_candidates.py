"""What the second stage reads of candidates, number by number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import Blend
from domain.asker import Asker
from domain.candidates import FEATURES, LATELY_MS, FirstStage, features
from domain.catalog import Item
from domain.features import Interaction
from domain.graph import Votes
from domain.key import item_key
from domain.profile import HALF_LIFE_MS
from domain.row import Floats
from domain.snapshot import EMPTY, CatalogSnapshot
from domain.trends import HALF_LIVES_MS
from tests.domain.small_scene import clicked
from tests.domain.strategies import NOW_MS, VOCABULARY

CLICK, IMPRESSION = 2, 8
CATALOG = EMPTY.updated([
    Item("tea", {"item_id": "tea", "categories": ["food", "hot"], "price": 1.0}, 1),
    Item("rice", {"item_id": "rice", "categories": ["food"], "price": 3.0,
                  "attributes": {"weight": 5}}, 1),
    Item("pen", {"item_id": "pen", "tags": ["office"]}, 1),
])
QUIET = np.zeros((3, len(HALF_LIVES_MS)), np.float32)
LEVEL = FirstStage(*np.zeros((7, 3), np.float32))
NAMES = ("tea", "rice", "pen")


def told(
    *history: Interaction, now_ms: int = NOW_MS, catalog: CatalogSnapshot = CATALOG,
    first: FirstStage = LEVEL, strengths: Floats = QUIET, length: int = 50,
) -> dict[str, list[float]]:
    keys = np.array([item_key(name) for name in NAMES], np.uint64)
    found = features(Asker(history, VOCABULARY, now_ms), length, keys, first, strengths, catalog)
    assert found.shape == (len(NAMES), len(FEATURES))
    assert found.dtype == np.float32
    return dict(zip(FEATURES, found.T.tolist(), strict=True))


def click(name: str, ago_ms: int, kind: int = CLICK) -> Interaction:
    return Interaction(NOW_MS - ago_ms, item_key(name), kind)


def test_who_did_nothing_says_nothing() -> None:
    found = told()

    assert {name: values for name, values in found.items() if name.startswith(("own", "label_"))
            } == {name: [0, 0, 0] for name in FEATURES if name.startswith(("own", "label_"))}
    assert found["price_gap"] == [0, 0, 0]
    assert found["events"] == [0, 0, 0]


def test_what_the_user_did_with_the_very_item_fades() -> None:
    found = told(click("tea", HALF_LIFE_MS), click("tea", LATELY_MS))

    assert found["own"] == pytest.approx([0.5 + 2 ** (-LATELY_MS / HALF_LIFE_MS), 0, 0])
    assert found["own_lately"] == pytest.approx([0.5, 0, 0])


def test_labels_are_known_by_the_share_of_events_that_bear_them() -> None:
    found = told(click("rice", 0), click("pen", 0), click("pen", 0))

    assert found["label_most"] == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert found["label_least"] == pytest.approx([0, 1 / 3, 2 / 3])
    assert found["label_mean"] == pytest.approx([1 / 6, 1 / 3, 2 / 3])
    assert found["label_known"] == pytest.approx([0.5, 1, 1])
    assert found["label_lately"] == pytest.approx([1, 1, 1])
    assert found["labels"] == pytest.approx(np.log1p([2, 1, 1]).tolist())


def test_a_price_stands_beside_those_the_user_takes() -> None:
    found = told(click("rice", 0), click("pen", 0))

    assert found["price"] == pytest.approx([np.log(2), np.log(4), 0])
    assert found["price_gap"] == pytest.approx([np.log(2) - np.log(4), 0, 0])


def test_without_a_catalogue_prices_and_labels_say_nothing() -> None:
    found = told(click("rice", 0), catalog=EMPTY)

    assert found["price"] == found["price_gap"] == found["label_most"] == [0, 0, 0]


def test_what_merely_was_shown_counts_for_nothing() -> None:
    shown = told(click("tea", 5), click("rice", 0, IMPRESSION))
    alone = told(click("tea", 5))

    assert shown | {"idle": alone["idle"]} == alone


def test_only_the_newest_events_count() -> None:
    assert told(click("tea", 5), click("rice", 0), length=1) == told(click("rice", 0), length=1)


def test_the_trends_are_told_in_logarithms() -> None:
    found = told(strengths=np.array([[1, 2, 3], [-1, 0, 0], [0, 0, 0]], np.float32))

    assert [found[f"trend_{name}"][0] for name in HALF_LIVES_MS] == pytest.approx(
        np.log1p([1, 2, 3]).tolist())
    assert found["trend_1h"][1] == 0


def test_an_hour_and_a_weekday_are_places_on_a_circle() -> None:
    monday = 4 * 24 * 3_600_000  # 1970-01-05
    found = told(now_ms=monday)
    later = told(now_ms=monday + 6 * 3_600_000)

    assert [found[name][0] for name in ("hour_sin", "hour_cos")] == pytest.approx([0, 1])
    assert [later[name][0] for name in ("hour_sin", "hour_cos")] == pytest.approx([1, 0], abs=1e-6)
    assert told(now_ms=monday + 7 * 24 * 3_600_000)["week_sin"] == pytest.approx(found["week_sin"])


@given(st.lists(st.tuples(st.sampled_from([*NAMES, "gone"]), st.integers(0, 10**10)), max_size=8))
def test_every_number_is_finite(done: list[tuple[str, int]]) -> None:
    history = sorted(click(name, ago_ms) for name, ago_ms in done)

    assert np.isfinite(np.array([*told(*history).values()])).all()


def test_the_parts_of_the_first_stage_are_those_of_the_blend() -> None:
    vectors = np.array([[1, 0], [0, 2]], np.float32)
    votes = Votes(np.array([0, 1]), np.array([5, 6]), np.array([2, 1], np.float32))
    recent = np.array([[0, 1], [3, 0]], np.float32)

    found = FirstStage.of(Blend(encoder=2, graph=4), np.array([1, 0], np.float32), recent, votes,
                          np.array([0.5, 0], np.float32), np.array([5, 6]), vectors)

    assert found.taste.tolist() == [1, 0]
    assert found.covisit.tolist() == [1, 0.5]
    assert found.covisit_last.tolist() == [0, 1]
    assert found.near_last.tolist() == [1, 0]
    assert found.near_most.tolist() == [1, 1]
    assert found.score.tolist() == [2 * 1 + 4 * 1 + 0.5, 4 * 0.5]


def test_who_nobody_voted_for_has_no_share() -> None:
    found = FirstStage.of(Blend(), np.zeros(2, np.float32), np.zeros((1, 2), np.float32),
                          Votes.join([]), np.zeros(1, np.float32), np.array([5]),
                          np.zeros((1, 2), np.float32))

    assert found.covisit.tolist() == [0]


def test_the_history_of_who_was_idle_says_how_long() -> None:
    assert told(*clicked("i1"))["idle"] == pytest.approx([np.log1p(1)] * 3)
