"""Both stages together: order, parts, objectives, and what was counted where."""

from pathlib import Path

import numpy as np
import pytest

from domain import shortlist, sources
from domain.ask import Ask, parse_ask
from domain.asker import Asker
from domain.explaining import explain
from domain.filter import EVERYTHING
from domain.given import rank_given
from domain.key import item_key
from domain.listing import Listing, Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene
from domain.shortlist import POPULARITY
from domain.trends import HALF_LIVES_MS
from tests.domain.small_model import COUNTS, IDS, N, opened, opened_with_ranker
from tests.domain.small_scene import clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY

DAY_MS = 24 * 3_600_000
ANYTHING = Ask()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened_with_ranker(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("bare"))


def asked(ask: Ask = ANYTHING) -> Question:
    return Question(clicked("i1", "i4"), VOCABULARY, NOW_MS, ask)


def listed(moment: Scene, ask: Ask = ANYTHING) -> Listing:
    return recommend(moment, asked(ask))


def ids(listing: Listing) -> list[str]:
    return [place.item_id for place in listing.places]


def test_the_second_stage_has_the_last_word(model: Recommender, bare: Recommender) -> None:
    before, after = listed(scene(bare)), listed(scene(model))

    assert ids(after)[:8] == ids(before)[:8][::-1]  # of the small model it turns the order around


def test_scores_fall_and_stay_in_the_range_of_the_first_stage(
    model: Recommender, bare: Recommender
) -> None:
    before = [place.score for place in listed(scene(bare)).places[:8]]
    after = [place.score for place in listed(scene(model)).places[:8]]

    assert after == sorted(after, reverse=True)
    assert max(after) <= max(before) + 2
    assert min(after) >= min(before) - 1e-4


def test_the_parts_still_sum_to_the_score_and_the_second_stage_is_one(model: Recommender) -> None:
    found = explain(scene(model), asked(), "i3")

    assert found.standing.score is not None
    assert sum(part.score for part in found.parts) == pytest.approx(found.standing.score, abs=1e-4)
    assert [part.signal for part in found.parts] == ["taste", "co-visit", "popular", "ranker"]


def test_a_model_without_a_second_stage_has_no_such_part(bare: Recommender) -> None:
    found = explain(scene(bare), asked(), "i3")

    assert [part.signal for part in found.parts] == ["taste", "co-visit", "popular"]


def test_a_list_is_the_beginning_of_a_longer_one(model: Recommender) -> None:
    moment = scene(model)

    assert ids(listed(moment, Ask(k=3))) == ids(listed(moment, Ask(k=8)))[:3]


def test_what_lies_behind_the_shortlist_keeps_its_place(model: Recommender) -> None:
    moment, asker = scene(model), asked().asker
    window = model.window(asker.history, VOCABULARY, NOW_MS)
    assert moment.base is not None
    ranked = model.rank(window, moment.base, N)
    strengths = shortlist.strengths_of(model, moment.trends, ranked.rows[:4], NOW_MS)

    lifted = shortlist.lifted(model, asker, window, ranked,
                              shortlist.Around(moment.base, strengths, moment.catalog), {})

    order = np.argsort(-(ranked.scores + lifted), kind="stable")
    assert order.tolist() == [3, 2, 1, 0, *range(4, N)]


def test_objectives_order_by_what_they_are_worth(model: Recommender) -> None:
    moment, asker = scene(model), asked().asker
    near, far = (
        [one.key for one in sources.personal(moment, asker, EVERYTHING, N, {name: 1.0})]
        for name in ("click", "rate.value"))

    window = model.window(asker.history, VOCABULARY, NOW_MS)
    rows = model.rows(np.array(near, np.uint64))
    cosines = model.item_vectors(rows) @ model.runtime.encode([window])[0]
    assert (np.diff(cosines) <= 1e-6).all()
    assert near == far[::-1]


def test_a_request_says_what_outcomes_are_worth(model: Recommender) -> None:
    clicks, values = (listed(scene(model), parse_ask({"objectives": {name: 1}}, VOCABULARY))
                      for name in ("click", "rate.value"))

    assert ids(clicks)[:8] == ids(values)[:8][::-1]


def test_a_callers_own_list_is_put_in_order_as_well(model: Recommender) -> None:
    ask = parse_ask({"exclude_seen": False, "objectives": {"click": 1}}, VOCABULARY)

    found = rank_given(scene(model, None, "i2"), asked(ask), ["i5", "i2", "i3", "i9"])

    assert {place.item_id for place in found.listing.places} == {"i5", "i3", "i9"}
    assert {part.signal for part in found.listing.places[0].parts} >= {"ranker"}


def test_what_was_seen_takes_nobodys_place(model: Recommender) -> None:
    twice = model.window(clicked("i1", "i1", "i2"), VOCABULARY, NOW_MS)

    assert shortlist.size(twice) == shortlist.SHORTLIST + 2


def test_the_model_remembers_what_the_trends_no_longer_hold(model: Recommender) -> None:
    moment = scene(model, [["i2"]])
    rows = np.arange(1, 3)

    now = shortlist.strengths_of(model, moment.trends, rows, NOW_MS)
    later = shortlist.strengths_of(model, moment.trends, rows, NOW_MS + 7 * DAY_MS)

    assert now[0].tolist() == [0, 0, COUNTS[1]]
    assert now[1] == pytest.approx([1, 1, COUNTS[2]], rel=0.05)
    assert later[0, POPULARITY] == pytest.approx(COUNTS[1] / 2)
    assert later[1, list(HALF_LIVES_MS).index("24h")] < 0.01


def test_newcomers_are_known_by_their_own_keys(model: Recommender) -> None:
    moment = scene(model)
    assert moment.model is not None
    late = moment.model.card.rows + np.arange(3)
    rows = np.concatenate([[4], late])

    keys = shortlist.keys_of(moment.model, rows)

    assert keys.tolist() == [item_key(IDS[3]), *moment.model.newcomers.keys.tolist()]
    assert not shortlist.strengths_of(moment.model, moment.trends, rows, NOW_MS)[1:].any()


def test_a_second_stage_may_be_tried_before_it_serves(
    model: Recommender, bare: Recommender
) -> None:
    window = model.window(clicked("i1"), VOCABULARY, NOW_MS)
    ranked = model.rank(window, model.unmoved(), 3)

    assert shortlist.tried(model, ranked).shape == (9,)
    assert shortlist.tried(bare, ranked).shape == (0,)


def test_who_has_no_model_asks_no_second_stage(tmp_path: Path) -> None:
    asker = Asker(clicked("i1"), VOCABULARY, NOW_MS)

    assert list(sources.personal(scene(None), asker, EVERYTHING, 3)) == []
