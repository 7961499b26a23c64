"""Windows that a network learns from."""

import numpy as np
import pytest
import torch

from domain.vocabulary import Vocabulary
from model.dataset import DatasetError
from model.examples import examples
from tests.model.scene import history, index_of


@pytest.mark.parametrize("length", [2, 3, 8, 9, 10, 17, 30])
def test_every_event_but_the_first_is_a_target_once(length: int) -> None:
    walk = history(*((n * 1000, n) for n in range(1, length + 1)))

    found = examples([walk], index_of(30), Vocabulary(), 8)

    assert sorted(found.targets[found.targets > 0].tolist()) == list(range(2, length + 1))


def test_a_target_comes_right_after_what_is_seen_and_ages_are_before_the_last_target() -> None:
    walk = history(*((n * 1000, n) for n in range(1, 31)))

    found = examples([walk], index_of(30), Vocabulary(), 8)

    real = found.rows > 0
    assert torch.equal(found.targets[real], found.rows[real] + 1)
    assert torch.equal(found.ages_s[:, -1], torch.ones(len(found.rows), dtype=torch.int64))
    assert np.all(np.diff(found.ages_s[0].numpy()) == -1)


def test_what_was_disliked_is_seen_and_never_a_target() -> None:
    dislike = Vocabulary().by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) if e.item in (4, 6) else e
                 for e in history(*((n * 1000, n) for n in range(1, 8))))

    found = examples([walk], index_of(8), Vocabulary(), 8)

    assert found.rows[0, -6:].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.targets[0, -6:].tolist() == [2, 3, 0, 5, 0, 7]


def test_how_much_an_event_says_is_learned_beside_it() -> None:
    stars = Vocabulary().by_name["rate"].code
    walk = tuple(e._replace(type=stars, value=float(e.item)) for e in history(
        (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)))

    found = examples([walk], index_of(5), Vocabulary(), 8)

    assert found.targets[0, -4:].tolist() == [2, 3, 4, 5]
    assert found.strengths[0, -4:].tolist() == pytest.approx([-0.4, 0.4, 1.2, 2.0])
    assert found.strengths[0, :-4].count_nonzero() == 0


def test_the_order_of_simultaneous_events_is_not_learned() -> None:
    walks = [history((1000, 1), (2000, 2), (2000, 3))] * 200

    found = examples(walks, index_of(3), Vocabulary(), 8, seed=1)

    assert 70 < found.targets[:, -1].eq(3).sum().item() < 130
    again = examples(walks, index_of(3), Vocabulary(), 8, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))


def test_users_who_liked_nothing_after_anything_teach_nothing() -> None:
    dislike = Vocabulary().by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) for e in history((1, 1), (2, 2)))

    with pytest.raises(DatasetError, match="nothing to learn"):
        examples([walk], index_of(2), Vocabulary(), 8)


def test_users_of_one_event_teach_nothing() -> None:
    with pytest.raises(DatasetError, match="nothing to learn"):
        examples([history((1, 1)), history((2, 2))], index_of(2), Vocabulary(), 8)
