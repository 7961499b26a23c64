"""Two rankers draft one list, where a draft breaks no promise; else it is the control's."""


import pytest

from domain import cursor
from domain.ask import Ask, Boost, Pin
from domain.budget import Budget
from domain.drafting import draft
from domain.exploration import Pool
from domain.exploring import Exploring
from domain.filter import EVERYTHING
from domain.key import item_key
from domain.listing import Listing, Question, recommend
from domain.recommender import Recommender
from domain.scene import Scene, weighed
from domain.teams import A, B, Slot, teams
from tests.domain.small_model import opened
from tests.domain.small_scene import clicked, scene
from tests.domain.strategies import NOW_MS, VOCABULARY

ID = "0123456789abcdef" * 2
ASKED = Question(clicked("i1", "i2"), VOCABULARY, NOW_MS, Ask(k=4))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Scene]:
    """The small model, and the same that goes by what is popular."""
    model: Recommender = opened(tmp_path_factory.mktemp("model"))
    control = scene(model, [["i6", "i5"], ["i6", "i4"], ["i6"]])
    return control, weighed(control, {"encoder": 0.0, "graph": 0.0, "popularity": 9.0}, NOW_MS)


def drafted(both: tuple[Scene, Scene], asked: Question, list_id: str = ID) -> Listing:
    return draft(*both, asked, "duel", list_id)


def keys(listing: Listing) -> list[int]:
    return [item_key(place.item_id) for place in listing.places]


def test_each_item_is_somebody_s_pick_and_the_id_says_whose(both: tuple[Scene, Scene]) -> None:
    own, others = (recommend(moment, ASKED) for moment in both)
    assert keys(own) != keys(others)

    found = drafted(both, ASKED)

    known = teams(ID + found.teams, "duel")
    assert known is not None
    by_team = {A: own, B: others}
    picked = [known.of(key) for key in keys(found)]
    assert abs(picked.count(A) - picked.count(B)) <= 1
    assert [place.rank for place in found.places] == [1, 2, 3, 4]
    for place, team in zip(found.places, picked, strict=True):
        [as_picked] = [p for p in by_team[team].places if p.item_id == place.item_id]
        assert place._replace(rank=0) == as_picked._replace(rank=0)


def test_the_page_after_a_draft_holds_nothing_of_it(both: tuple[Scene, Scene]) -> None:
    first = drafted(both, ASKED)
    assert first.cursor is not None

    after = ASKED.ask._replace(k=2, passed=cursor.read(first.cursor))
    second = drafted(both, ASKED._replace(ask=after))

    assert second.places
    assert not set(keys(first)) & set(keys(second))
    assert second.teams == ""


@pytest.mark.parametrize("ask", [
    Ask(k=4, pins=(Pin("i4", 2),)), Ask(k=4, boosts=(Boost(EVERYTHING, 1.0),)),
    Ask(k=4, diversity=0.5), Ask(k=4, passed=(1,)), Ask(k=41)])
def test_what_a_draft_could_break_is_the_control_s_list(
    both: tuple[Scene, Scene], ask: Ask
) -> None:
    asked = ASKED._replace(ask=ask)

    assert drafted(both, asked) == recommend(both[0], asked)


def test_one_ranker_drafts_with_nobody(both: tuple[Scene, Scene]) -> None:
    assert drafted((both[0], both[0]), ASKED) == recommend(both[0], ASKED)


def test_a_list_that_explores_is_the_control_s(both: tuple[Scene, Scene]) -> None:
    pool = Pool.of(both[0].trends, both[0].catalog.latest(9))

    found = drafted(both, ASKED._replace(exploring=Exploring(pool, Budget(0.2), ID)))

    assert found.teams == ""
    assert any(place.propensity for place in found.places)


def test_what_one_ranker_lacks_is_of_neither(both: tuple[Scene, Scene]) -> None:
    found = drafted(both, ASKED._replace(ask=Ask(k=40)))  # of a smaller catalogue

    known = teams(ID + found.teams, "duel")
    assert known is not None
    assert found.cursor is None
    assert {Slot(key, known.of(key)).team for key in keys(found)} >= {A, B}
