"""What came of a shortlist, cell by cell."""

import numpy as np
import torch

from domain.candidates import FEATURES
from domain.features import Interaction
from domain.vocabulary import Vocabulary
from model.lessons import MIN_EVENTS, Lessons, heads, lessons
from model.moments import Moment
from model.shortlists import Shortlist
from model.split import Case
from tests.model.scene import index_of

WORDS, INDEX = Vocabulary(), index_of(9)
VIEW, CLICK, PURCHASE, RATE, DISLIKE = 1, 2, 4, 5, 7


def moment(*outcomes: tuple[int, int, int, float | None]) -> Moment:
    """outcomes: (time, item, type, value) after a click on item 1."""
    return Moment(Case((Interaction(1, 1, CLICK),), Interaction(100, 9, CLICK)),
                  tuple(Interaction(*one[:3], one[3]) for one in outcomes))


def shortlist(*rows: int) -> Shortlist:
    n = len(rows)
    return Shortlist(np.ones(4, np.float32), np.array(rows), np.arange(n, 0, -1, np.float32),
                     np.ones((n, len(FEATURES)), np.float32))


def one(made: Moment, names: tuple[str, ...], *rows: int) -> Lessons:
    return lessons([made], [shortlist(*rows)], INDEX, WORDS, names)


def test_what_is_done_first_came_next_and_all_of_the_horizon_came() -> None:
    found = one(moment((100, 3, CLICK, None), (101, 2, CLICK, None)), ("click",), 2, 3, 4)

    assert found.next.tolist() == [[0, 1, 0]]
    assert found.outcomes[..., 0].tolist() == [[1, 1, 0]]


def test_what_the_user_had_is_not_fresh_and_never_came_next() -> None:
    found = one(moment((100, 1, PURCHASE, None)), ("purchase",), 1, 2)

    assert found.fresh.tolist() == [[False, True]]
    assert found.next.tolist() == [[0, 0]]
    assert found.outcomes[..., 0].tolist() == [[1, 0]]


def test_what_is_disliked_is_no_answer() -> None:
    assert not one(moment((100, 2, DISLIKE, None)), ("click",), 2, 3).next.any()


def test_a_value_is_known_of_what_was_rated_alone() -> None:
    found = one(moment((100, 2, RATE, 5.0), (100, 3, RATE, 2.5)), ("rate", "rate.value"), 2, 3, 4)

    assert found.outcomes[..., 0].tolist() == [[1, 1, 0]]
    assert found.outcomes[0, :2, 1].tolist() == [1.0, 0.5]
    assert found.outcomes[0, 2, 1].isnan()


def test_what_is_not_on_the_list_came_for_nobody() -> None:
    assert not one(moment((100, 9, CLICK, None)), ("click",), 2, 3).outcomes.any()


def test_shorter_lists_are_filled_up_with_nobody() -> None:
    both = lessons([moment(), moment()], [shortlist(2), shortlist(2, 3, 4)], INDEX, WORDS,
                   ("click",))

    assert both.rows.tolist() == [[2, 0, 0], [2, 3, 4]]
    assert both.fresh[0].tolist() == [True, False, False]
    assert both.features.dtype == torch.float32


def test_a_type_that_came_often_enough_has_a_head_and_with_values_two() -> None:
    often = [moment((100, 2, RATE, 4.0), (100, 3, VIEW, None))] * MIN_EVENTS
    rare = [moment((100, 2, PURCHASE, None), (100, 9, CLICK, None))]

    found = heads([*often, *rare], [shortlist(2, 3)] * len([*often, *rare]), INDEX, WORDS)

    assert found == ("view", "rate", "rate.value")
