"""What a list says brought an item, held against taking it away."""

import random

from domain.ask import parse_ask
from domain.explaining import explain
from domain.features import Interaction, merge
from domain.key import item_key
from domain.listing import Question, recommend
from domain.scene import compose
from domain.snapshot import EMPTY
from domain.trends import empty
from functions.scorer import open_model
from local import planted
from tests.conftest import Trained
from tests.domain.strategies import VOCABULARY

NOW_MS = planted.START_MS + 10**9
LISTS = 30


def questions() -> list[Question]:
    """Users who walked here and there, each item once."""
    chance = random.Random(7)
    made = []
    for _ in range(LISTS):
        walks = [planted.walk(chance.randrange(3), chance.randrange(16), chance.choice((1, -1)),
                              chance.randint(2, 4)) for _ in range(2)]
        items = list(dict.fromkeys(walks[0] + walks[1]))
        history = merge((), [Interaction(NOW_MS - 60_000 * (len(items) - n), item_key(i), 2)
                             for n, i in enumerate(items)])
        made.append(Question(history, VOCABULARY, NOW_MS, parse_ask({"k": 3}, VOCABULARY)))
    return made


def test_in_nine_of_ten_lists_the_reason_named_first_is_what_is_missed_most(
    trained: Trained
) -> None:
    catalog = EMPTY.updated(planted.items())
    moment = compose(open_model(trained.folder), "v1", empty(NOW_MS), catalog, NOW_MS)
    agreed = []
    for question in questions():
        for place in recommend(moment, question).places:
            named = next(reason["because"][0] for reason in place.reasons if reason["because"])
            missed = explain(moment, question, place.item_id).without[0].item_id
            agreed.append(named == missed)

    assert len(agreed) == 3 * LISTS
    assert sum(agreed) / len(agreed) >= 0.9, f"{sum(agreed)} of {len(agreed)}"
