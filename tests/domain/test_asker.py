"""Whose list it is: a question without what is asked for."""

from domain.ask import Ask
from domain.asker import Asker
from domain.listing import Question
from tests.domain.small_scene import clicked
from tests.domain.strategies import NOW_MS, VOCABULARY


def test_who_asks_is_the_same_whatever_is_asked_for() -> None:
    few, many = (Question(clicked("i1"), VOCABULARY, NOW_MS, Ask(k=k)) for k in (1, 9))

    assert few.asker == many.asker == Asker(clicked("i1"), VOCABULARY, NOW_MS)
