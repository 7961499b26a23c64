"""Which list is given, from which source, and what it may never hold."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import listing
from domain.ask import ANYTHING_EVER, Ask
from domain.features import Interaction, merge
from domain.key import item_key
from domain.listing import Listing, Question
from domain.ranking import SOURCES
from domain.recommender import Recommender
from domain.scene import Scene
from domain.sources import LIVE_VOTERS
from domain.trends import HALF_LIVES_MS
from tests.domain.small_model import BLEND, IDS, KEYS, opened
from tests.domain.small_scene import ALL, clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def ask(found: Scene, *ids: str, k: int = 5, exclude_seen: bool = True) -> Listing:
    return listing.recommend(found, asked(clicked(*ids), k, exclude_seen))


def asked(
    history: tuple[Interaction, ...], k: int, exclude_seen: bool = True
) -> Question:
    seen = ANYTHING_EVER if exclude_seen else None
    return Question(history, VOCABULARY, NOW_MS, Ask(k=k, seen=seen))


def shown(found: Listing) -> list[str]:
    return [place.item_id for place in found.places]


def because(found: Listing, item_id: str, signal: str) -> list[str]:
    [place] = [p for p in found.places if p.item_id == item_id]
    return [name for why in place.reasons if why["signal"] == signal for name in why["because"]]


def test_a_user_the_model_can_read_gets_a_personal_list(model: Recommender) -> None:
    found = ask(scene(model), "n1", "i1", "i2", k=8)

    assert found.source == "personal"
    assert sorted(shown(found)) == sorted(set(IDS) - {"i1", "i2"})
    scores = [place.score for place in found.places]
    assert scores == sorted(scores, reverse=True)
    assert found.places[0].facts["title"] == shown(found)[0].upper()


def test_a_reason_names_the_events_that_brought_the_item(model: Recommender) -> None:
    found = ask(scene(model), "i9", "i1", k=8)

    assert because(found, "i2", "co-visit") == ["i1"]
    assert because(found, "i10", "co-visit") == ["i9"]
    assert {name for place in found.places for why in place.reasons
            for name in why["because"]} <= {"i9", "i1"}


def test_what_others_do_after_an_item_right_now_counts(model: Recommender) -> None:
    walks = [["i1", "i7"]] * 50

    found = ask(scene(model, walks), "i1", k=9)

    assert because(found, "i7", "co-visit") == ["i1"]


def test_the_shares_of_the_reasons_are_those_of_the_parts_that_ranked_the_item(
    model: Recommender
) -> None:
    moment = scene(model)
    window = model.window(clicked("i9", "i1"), VOCABULARY, NOW_MS)
    assert moment.base is not None
    ranked = model.rank(window, moment.base, 10)
    place = ranked.rows.tolist().index(2)
    voted = BLEND.graph  # no row has more votes than i2
    parts = {"taste": ranked.scores[place] - ranked.bias[place], "co-visit": voted,
             "popular": ranked.bias[place] - voted}

    [found] = [p for p in ask(moment, "i9", "i1", k=8).places if p.item_id == "i2"]

    raised = {signal: score for signal, score in parts.items() if score > 0}
    assert {why["signal"]: why["share"] for why in found.reasons} == pytest.approx(
        {signal: score / sum(raised.values()) for signal, score in raised.items()}, abs=1e-3)


def test_the_events_behind_the_taste_are_those_that_moved_it_most(model: Recommender) -> None:
    events = ("i4", "i6", "i9")
    moment = scene(model)
    window = model.window(clicked(*events), VOCABULARY, NOW_MS)
    assert moment.base is not None
    ranked = model.rank(window, moment.base, 10)
    influence = model.influence(window, ranked)[::-1]  # oldest first, as the events

    found = ask(moment, *events, k=7)

    for place in found.places:
        moved = influence[:, ranked.rows.tolist().index(IDS.index(place.item_id) + 1)]
        wanted = [events[i] for i in np.argsort(-moved) if moved[i] > 0][:2]
        taste = [why["because"] for why in place.reasons if why["signal"] == "taste"]
        assert taste in ([], [wanted])


def test_only_the_newest_events_ask_what_others_do_right_now(model: Recommender) -> None:
    walks = [["i2", "i7"], ["i3", "i1"]] * 50
    events = ["i2", "i3", *["i5"] * (LIVE_VOTERS - 1)]

    found = ask(scene(model, walks), *events, k=9)

    assert because(found, "i1", "co-visit") == ["i3"]
    assert because(found, "i7", "co-visit") == []
    assert shown(ask(scene(None, walks), *events))[0] == "i1"


def test_what_was_done_after_the_newest_event_comes_first() -> None:
    walks = [["n1", "n2"], ["n3", "i6"]]

    found = ask(scene(None, walks), "n1", "n3")

    assert shown(found)[:2] == ["i6", "n2"]
    assert found.places[1].score == pytest.approx(0.8 * found.places[0].score)


def test_an_item_seen_before_is_shown_when_asked_for(model: Recommender) -> None:
    found = ask(scene(model), "i1", k=10, exclude_seen=False)

    assert sorted(shown(found)) == sorted(IDS)


def test_a_lone_event_is_the_reason_for_the_taste(model: Recommender) -> None:
    found = ask(scene(model), "i1", k=9)

    names = [why["because"] for place in found.places for why in place.reasons
             if why["signal"] == "taste"]
    assert names
    assert all(name == ["i1"] for name in names)


def test_events_the_model_does_not_know_ask_what_others_did_next() -> None:
    walks = [["n1", "n2"], ["n1", "n2"], ["n1", "n3"], ["i5", "i6"]]

    found = ask(scene(None, walks), "i5", "n1")

    assert found.source == "session"
    assert shown(found)[:3] == ["n2", "i6", "n3"]
    assert because(found, "n2", "co-visit") == ["n1"]
    assert because(found, "i6", "co-visit") == ["i5"]


def test_a_stranger_gets_what_everybody_does_now(model: Recommender) -> None:
    walks = [["i3"], ["n2"], ["n2"]]

    found = ask(scene(model, walks))

    assert found.source == "trending"
    assert shown(found)[:2] == ["n2", "i3"]


def test_a_short_list_is_filled_up_from_the_next_sources(model: Recommender) -> None:
    found = ask(scene(model, [["n2"]]), k=9)

    signals = [place.reasons[0]["signal"] for place in found.places]
    assert found.source == "trending"
    assert list(dict.fromkeys(signals)) == ["trending", "popular", "new"]
    assert [place.rank for place in found.places] == list(range(1, 10))


def test_where_nothing_happens_now_a_stranger_gets_what_was_done_most(model: Recommender) -> None:
    found = ask(scene(model, None, "i2"), k=9)

    assert found.source == "popular"
    assert shown(found)[:5] == ["i1", "i3", "i4", "i5", "i10"]


def test_before_anything_happened_the_newest_items_are_shown() -> None:
    found = ask(scene(None, None, "n3"), k=3)

    assert found.source == "catalogue"
    assert shown(found) == ["n2", "n1", "i10"]
    assert found.places[0].reasons == [{"signal": "new", "share": 0.0, "because": []}]


def test_with_nothing_to_show_the_list_is_empty() -> None:
    assert ask(scene(known=False), "i1") == Listing("catalogue", [])


def test_what_only_the_model_knows_has_a_name_and_no_facts(model: Recommender) -> None:
    found = ask(scene(model, known=False), "i1")

    assert found.source == "personal"
    assert all(place.facts == {} for place in found.places)


def test_similar_items_are_near_it_or_done_after_it(model: Recommender) -> None:
    found = listing.similar(scene(model), item_key("i1"), asked((), 9))

    assert found.source == "similar"
    assert sorted(shown(found)) == sorted(set(IDS) - {"i1"})
    assert because(found, "i2", "co-visit") == ["i1"]


@pytest.mark.parametrize(("item_id", "source"), [("n1", "session"), ("nowhere", "trending")])
def test_an_item_the_model_does_not_know_has_what_is_done_next(
    model: Recommender, item_id: str, source: str
) -> None:
    found = listing.similar(scene(model, [["n1", "n2"]]), item_key(item_id), asked((), 5))

    assert found.source == source
    assert shown(found)[0] == ("n2" if item_id == "n1" else shown(found)[0])


def test_similar_items_of_a_quiet_catalogue_are_popular_or_new(model: Recommender) -> None:
    assert listing.similar(scene(model), item_key("n1"), asked((), 5)).source == "popular"
    assert listing.similar(scene(None), item_key("n1"), asked((), 5)).source == "catalogue"


@pytest.mark.parametrize("half_life", HALF_LIVES_MS)
def test_trending_is_what_everybody_does_now(model: Recommender, half_life: str) -> None:
    busy = scene(model, [["n2"], ["n2"], ["i3"]], "i3")

    assert shown(listing.trending_list(busy, half_life, asked((), 5)))[0] == "n2"
    assert listing.trending_list(scene(model), half_life, asked((), 5)).source == "popular"
    assert listing.trending_list(scene(None), half_life, asked((), 5)).source == "catalogue"


moments: Any = st.fixed_dictionaries({
    "with_model": st.booleans(), "known": st.booleans(),
    "walks": st.lists(st.lists(st.sampled_from([*ALL, "gone"]), max_size=4), max_size=4),
    "hidden": st.sets(st.sampled_from(ALL)),
})
histories = st.lists(st.builds(
    Interaction, st.integers(NOW_MS - 10**6, NOW_MS + 1000),
    st.sampled_from([*KEYS, item_key("n1"), item_key("gone")]),
    st.sampled_from([0, 1, 2, 7, 8])), max_size=12).map(lambda found: merge((), found))


@given(moments, histories, st.integers(1, 30), st.booleans(), st.sampled_from([*ALL, "gone"]))
def test_no_list_fails_repeats_an_item_or_shows_a_hidden_one(
    model: Recommender, moment: dict[str, Any], history: tuple[Interaction, ...], k: int,
    exclude_seen: bool, like: str,
) -> None:
    hidden = moment["hidden"] if moment["known"] else set()
    found = scene(model if moment["with_model"] else None, moment["walks"], *hidden,
                  known=moment["known"])
    # Being shown is not being seen.
    seen = {entry.item for entry in history if entry.type != 8} if exclude_seen else set()

    mine = listing.recommend(found, asked(history, k, exclude_seen))
    others = (listing.similar(found, item_key(like), asked((), k)),
              listing.trending_list(found, "1h", asked((), k)))

    for given_list in (mine, *others):
        ids = shown(given_list)
        assert len(ids) == len(set(ids)) <= k
        assert not set(ids) & hidden
        assert [place.rank for place in given_list.places] == list(range(1, len(ids) + 1))
        assert given_list.source in SOURCES
    assert not {item_key(i) for i in shown(mine)} & seen
    assert like not in shown(others[0])
    may_be_shown = {i for i in ALL if i not in hidden and item_key(i) not in seen}
    assert bool(mine.places) or not (moment["known"] and may_be_shown)
