"""Before anybody sees a new model, a sample's lists are made with it as well, and compared."""

from typing import Any

import pytest

from domain.calls import Both
from domain.experiment import Experiments
from domain.features import Interaction, UserState
from domain.key import item_key
from domain.recommender import Recommender
from domain.rollout import SHADOW, Rollout
from functions import lists
from functions.desk import Desk
from functions.scorer import Loaded, open_model
from functions.shadow import LATE_S
from functions.users import StoredUser
from local import planted
from tests.conftest import Trained
from tests.functions.at_hand import NO_EXPERIMENTS, Around, OneModel, OneUser, desk
from tests.functions.outage import Clock
from tests.functions.stage import NOW_MS

ROLLOUT = Rollout("v2", SHADOW, NOW_MS, NOW_MS, sample=0.5)
IN, OUT = (next(name for name in map(str, range(99)) if ROLLOUT.shadows(name) == wanted)
           for wanted in (True, False))
STATE = UserState(history=tuple(Interaction(NOW_MS + n, item_key(item_id), 2)
                                for n, item_id in enumerate(planted.walk(0, 3, 1, 4))))


class Faulty:
    """A model that opens and then answers nobody."""

    content = None  # it is not copied to take in newcomers

    def __init__(self, model: Recommender) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        if name == "rank":
            raise IndexError("no such row")
        return getattr(self._model, name)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return open_model(trained.folder)


def unseen(
    model: Recommender, candidate: Any = None, *, is_open: bool = True, clock: Clock | None = None,
    experiments: Experiments = NO_EXPERIMENTS,
) -> Desk:
    """v2 is made in the shadow of half of the users, who see v1. candidate: another than v1."""
    scorer = OneModel(Loaded("v1", NOW_MS, model),
                      Loaded("v2", NOW_MS, candidate or model) if is_open else None, ROLLOUT)
    return desk(OneUser(StoredUser(STATE)), scorer, Around(), experiments=experiments,
                clock=clock or Clock())


def shown_to(at_hand: Desk, subject: str, spent_s: float = 0.0) -> dict[str, Any]:
    """The list of one call, before which so much time went by."""
    clock: Any = at_hand.sides._clock
    with at_hand.watching():
        clock.now_s += spent_s
        status, body = lists.made_for(at_hand, subject, {"k": 5})
    lists.metrics.clear_metrics()
    assert (status, body["model"], len(body["items"])) == (200, "v1", 5)
    return body


def seen(at_hand: Desk) -> Both | None:
    told = at_hand.sides.due()
    return told.seen if told else None


def test_a_list_is_made_with_both_and_one_is_shown(model: Recommender) -> None:
    at_hand = unseen(model)

    shown_to(at_hand, IN)

    found = seen(at_hand)
    assert found
    for side in found:
        assert (side.calls, side.failed, sum(side.lists)) == ((1,), (0,), 1)
        assert (sum(side.empty), sum(side.fallback), sum(side.clicked)) == (0, 0, 0)
    assert found.candidate.overlap == 1.0  # it is the same model
    assert found.stable.overlap is None


def test_outside_the_sample_nothing_is_made_twice_nor_counted(model: Recommender) -> None:
    at_hand = unseen(model)

    shown_to(at_hand, OUT)

    assert seen(at_hand) is None


def test_each_counts_with_what_it_took_alone(model: Recommender) -> None:
    class Slow(Clock):
        def __call__(self) -> float:
            self.now_s += 0.004
            return self.now_s

    at_hand = unseen(model, clock=Slow())

    shown_to(at_hand, IN)

    found = seen(at_hand)
    assert found
    assert [side.took[0] for side in found] == [1, 1]  # 4 ms each, of a call of more


def test_a_candidate_that_breaks_costs_nobody_a_list(
    model: Recommender, caplog: pytest.LogCaptureFixture
) -> None:
    at_hand = unseen(model, Faulty(model))

    shown_to(at_hand, IN)

    found = seen(at_hand)
    assert found
    assert (found.candidate.calls, found.candidate.failed) == ((1,), (1,))
    assert (found.stable.calls, found.stable.failed) == ((1,), (0,))
    assert "failed in the shadow" in caplog.messages


def test_while_the_candidate_is_not_open_what_is_shown_counts(model: Recommender) -> None:
    at_hand = unseen(model, is_open=False)

    shown_to(at_hand, IN)

    found = seen(at_hand)
    assert found
    assert (found.candidate.calls, found.stable.calls) == ((0,), (1,))


def test_a_call_that_is_late_already_waits_for_no_second_list(model: Recommender) -> None:
    at_hand = unseen(model)

    shown_to(at_hand, IN, spent_s=LATE_S + 0.01)

    assert seen(at_hand) is None


def test_lists_of_two_rankers_are_compared_with_none(model: Recommender) -> None:
    duel = Experiments.from_json(
        '[{"name": "duel", "kind": "interleaving", "starts": "2020-01-01T00:00:00Z", "variants": ['
        '{"name": "control", "share": 0.5}, '
        '{"name": "graph", "share": 0.5, "weights": {"graph": 9}}]}]')
    at_hand = unseen(model, experiments=duel)

    shown_to(at_hand, IN)

    assert seen(at_hand) is None
