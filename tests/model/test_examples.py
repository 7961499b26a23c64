"""Windows that a network learns from."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from domain.row import RowIndex
from domain.vocabulary import Vocabulary
from domain.window import encode
from model.dataset import DatasetError
from model.examples import Examples, examples
from model.histories import History
from tests.model.scene import history, index_of, packed

VOCABULARY = Vocabulary()
codes = st.sampled_from(sorted(VOCABULARY.by_code))
walks = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), codes,
                                    st.none() | st.sampled_from([0.0, 2.5, 4.0])),
                          max_size=14, unique_by=lambda step: step[0] * 10 + step[1]),
                 min_size=1, max_size=5)


Step = tuple[int, int, int, float | None]


def by_time(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step[:2])


class Cut(NamedTuple):
    """All windows at once."""

    rows: Tensor
    ages_s: Tensor
    types: Tensor
    targets: Tensor
    strengths: Tensor


def cut(
    histories: Sequence[History], index: RowIndex, vocabulary: Vocabulary, length: int,
    seed: int = 0,
) -> Cut:
    found = examples(packed(*histories), index, vocabulary, length, seed)
    return Cut(*found.cut(torch.arange(len(found))))


@pytest.mark.parametrize("length", [2, 3, 8, 9, 10, 17, 30])
def test_every_event_but_the_first_is_a_target_once(length: int) -> None:
    walk = history(*((n * 1000, n) for n in range(1, length + 1)))

    found = cut([walk], index_of(30), VOCABULARY, 8)

    assert sorted(found.targets[found.targets > 0].tolist()) == list(range(2, length + 1))


def test_a_target_comes_right_after_what_is_seen_and_ages_are_before_the_last_target() -> None:
    walk = history(*((n * 1000, n) for n in range(1, 31)))

    found = cut([walk], index_of(30), VOCABULARY, 8)

    real = found.rows > 0
    assert torch.equal(found.targets[real], found.rows[real] + 1)
    assert torch.equal(found.ages_s[:, -1], torch.ones(len(found.rows), dtype=torch.int64))
    assert np.all(np.diff(found.ages_s[0].numpy()) == -1)


def test_what_was_disliked_is_seen_and_never_a_target() -> None:
    dislike = VOCABULARY.by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) if e.item in (4, 6) else e
                 for e in history(*((n * 1000, n) for n in range(1, 8))))

    found = cut([walk], index_of(8), VOCABULARY, 8)

    assert found.rows[0, -6:].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.targets[0, -6:].tolist() == [2, 3, 0, 5, 0, 7]


def test_how_much_an_event_says_is_learned_beside_it() -> None:
    stars = VOCABULARY.by_name["rate"].code
    walk = tuple(e._replace(type=stars, value=float(e.item)) for e in history(
        (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)))

    found = cut([walk], index_of(5), VOCABULARY, 8)

    assert found.targets[0, -4:].tolist() == [2, 3, 4, 5]
    assert found.strengths[0, -4:].tolist() == pytest.approx([-0.4, 0.4, 1.2, 2.0])
    assert found.strengths[0, :-4].count_nonzero() == 0


def test_the_order_of_simultaneous_events_is_not_learned() -> None:
    walks = [history((1000, 1), (2000, 2), (2000, 3))] * 200

    found = cut(walks, index_of(3), VOCABULARY, 8, seed=1)

    assert 70 < found.targets[:, -1].eq(3).sum().item() < 130
    again = cut(walks, index_of(3), VOCABULARY, 8, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))


def test_users_who_liked_nothing_after_anything_teach_nothing() -> None:
    dislike = VOCABULARY.by_name["dislike"].code
    walk = tuple(e._replace(type=dislike) for e in history((1, 1), (2, 2)))

    with pytest.raises(DatasetError, match="nothing to learn"):
        cut([walk], index_of(2), VOCABULARY, 8)


def test_users_of_one_event_teach_nothing() -> None:
    with pytest.raises(DatasetError, match="nothing to learn"):
        cut([history((1, 1)), history((2, 2))], index_of(2), VOCABULARY, 8)


def test_windows_of_one_batch_are_cut_as_they_are_alone() -> None:
    found = examples(packed(history(*((n * 1000, n) for n in range(1, 8))),
                            history((5, 3), (6, 4))), index_of(8), VOCABULARY, 4)

    together = found.cut(torch.arange(len(found)))

    for number in range(len(found)):
        for whole, own in zip(together, found.cut(torch.tensor([number])), strict=True):
            assert torch.equal(whole[number, -own.shape[1]:], own[0])
            assert not whole[number, :-own.shape[1]].any()
    assert found.lengths.tolist() == [4, 2, 1]
    assert found.asked(torch.arange(3)) == 7


@given(walks, st.integers(2, 5))
def test_a_window_is_what_the_lambda_would_read(
    found: list[list[Step]], length: int
) -> None:
    histories = [tuple(entry._replace(type=kind, value=value) for entry, (_, _, kind, value) in zip(
        history(*((at_s * 1000, item) for at_s, item, _, _ in steps)), steps, strict=True)
        if kind in VOCABULARY.speaking) for steps in map(by_time, found)]
    histories = [walk for walk in histories if walk]
    index, whole = index_of(6), [e for walk in histories for e in walk]
    try:
        made = examples(packed(*histories), index, VOCABULARY, length)
    except DatasetError:
        return

    for number in range(len(made)):
        rows, ages_s, types, _, _ = (part[0].tolist() for part in
                                     made.cut(torch.tensor([number])))
        asked_ms = made.at_ms[made.ends[number] - 1]
        seen = [e for walk in histories for e in walk
                if index.row(e.item) in rows and e.at_ms <= asked_ms]
        assert set(zip(rows, ages_s, types, strict=True)) <= {
            one for e in seen for one in zip(*(part.tolist() for part in encode(
                [e], index, VOCABULARY, int(asked_ms), 1)), strict=True)}
    answers = sum(e.type in VOCABULARY.liking for walk in histories for e in walk[1:])
    assert len(whole) == len(made.rows)
    assert sum(made.answers) <= answers + len(histories)


def test_what_is_saved_for_other_processes_is_cut_alike(tmp_path: Path) -> None:
    made = examples(packed(history(*((n, n) for n in range(1, 8)))), index_of(8), VOCABULARY, 3)
    made.save(tmp_path)

    found = Examples.load(tmp_path)

    everything = torch.arange(len(made))
    assert all(torch.equal(a, b) for a, b in zip(made.cut(everything), found.cut(everything),
                                                 strict=True))
