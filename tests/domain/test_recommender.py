"""A loaded artifact: its bias, its ranking and what moved it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import ITEMS, TABLE
from domain.blend import HIDDEN, Base
from domain.features import Interaction
from domain.graph import Graph, Votes
from domain.newcomers import Newcomers
from domain.recommender import INFLUENTIAL, Recommender
from domain.steps import whole
from domain.trends import HALF_LIVES_MS
from tests.domain import small_model
from tests.domain.small_model import (
    BLEND,
    COUNTS,
    FOLLOWERS,
    IDS,
    KEYS,
    ROWS,
    WIDTH,
    WINDOW,
    N,
    PlainRuntime,
    opened,
)
from tests.domain.strategies import NOW_MS, VOCABULARY

NOBODY = np.zeros(0, np.int64)
QUIET = np.zeros(N, np.float32)
LEVEL = Base.of(np.zeros(ROWS, np.float32), ROWS)  # nothing is popular, nothing hidden


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(tmp_path_factory.mktemp("model"))


def clicks(*rows: int) -> list[Interaction]:
    return [Interaction(NOW_MS - 1000 * (len(rows) - i), KEYS[row - 1], 2)
            for i, row in enumerate(rows)]


def test_a_model_may_be_opened_a_part_at_a_time(tmp_path: Path) -> None:
    steps = Recommender.opening(small_model.write(tmp_path), PlainRuntime)

    n_bytes = [next(steps), next(steps)]
    model = whole(steps)

    assert n_bytes == [(tmp_path / name).stat().st_size for name in (TABLE, ITEMS)]
    assert model.similar(6, LEVEL, 1).rows.tolist() == [6]


def test_the_bias_is_popularity_and_hides_what_is_no_item(model: Recommender) -> None:
    base = model.base(QUIET, NOW_MS, np.array([2, 0])).table

    levels = np.log1p(COUNTS) / np.log1p(COUNTS.max())
    assert base.shape == (ROWS,)
    assert base[1] == pytest.approx(BLEND.popularity)
    assert base[3:N + 1] == pytest.approx(BLEND.popularity * levels[3:])
    assert (base[[0, 2, *range(N + 1, ROWS)]] == HIDDEN).all()


def test_what_happens_now_outweighs_what_was_counted_then(model: Recommender) -> None:
    live = QUIET.copy()
    live[8] = 5.0  # row 9
    later_ms = NOW_MS + HALF_LIVES_MS["7d"]

    base = model.base(live, later_ms, NOBODY).table

    assert base[9] == pytest.approx(BLEND.popularity)
    assert base[1] == pytest.approx(BLEND.popularity * np.log1p(2.5) / np.log1p(5))


def test_a_window_reads_what_the_model_knows(model: Recommender) -> None:
    history = [Interaction(0, 12345, 2), *clicks(1, 2, 3, *range(1, N + 1))]

    window = model.window(history, VOCABULARY, NOW_MS)

    assert window.rows.tolist() == [2, 3, *range(1, N + 1)]
    assert len(window.rows) == WINDOW
    assert not len(model.window(history[:1], VOCABULARY, NOW_MS).rows)


@pytest.mark.parametrize("k", [1, 3, N])
def test_scores_are_the_blend_of_the_parts(model: Recommender, k: int) -> None:
    base = model.base(QUIET, NOW_MS, NOBODY)
    window = model.window(clicks(9, 1), VOCABULARY, NOW_MS)

    ranked = model.rank(window, base, k)

    items = model.runtime.vectors(np.arange(ROWS))
    wanted = base.table + BLEND.encoder * items @ model.runtime.encode([window])[0]
    votes = FOLLOWERS[1] | {10: 0.5 * FOLLOWERS[9][10]}
    for row, vote in votes.items():
        wanted[row] += BLEND.graph * vote / 0.6
    best = np.argsort(-wanted, kind="stable")[:k]
    assert ranked.rows.tolist() == best.tolist()
    assert ranked.scores == pytest.approx(wanted[best], abs=1e-5)
    taste = BLEND.encoder * items[ranked.rows] @ ranked.user
    assert ranked.bias == pytest.approx(ranked.scores - taste, abs=1e-5)


def test_live_votes_join_those_of_the_graph(model: Recommender) -> None:
    base = model.base(QUIET, NOW_MS, NOBODY)
    window = model.window(clicks(1), VOCABULARY, NOW_MS)
    live = Votes(np.array([0]), np.array([7]), np.array([50.0], np.float32))

    ranked = model.rank(window, base, N, live)

    place = ranked.rows.tolist().index(7)
    assert ranked.bias[place] == BLEND.graph
    assert ranked.votes.places_for(7) == [0]
    assert ranked.votes.places_for(2) == [0]


@given(st.sets(st.integers(0, N)), st.integers(1, 2 * N))
def test_no_hidden_row_is_ranked_however_many_are_asked_for(
    model: Recommender, hidden: set[int], k: int
) -> None:
    base = model.base(QUIET, NOW_MS, np.array(sorted(hidden), np.int64))
    window = model.window(clicks(1, 2), VOCABULARY, NOW_MS)

    for ranked in (model.rank(window, base, k), model.similar(1, base, k)):
        shown = set(range(1, N + 1)) - hidden
        assert set(ranked.rows.tolist()) <= shown
        assert len(ranked.rows) == len(ranked.scores) == len(ranked.bias) == min(k, len(shown))


def test_an_item_is_most_like_itself(model: Recommender) -> None:
    assert model.similar(6, LEVEL, 3).rows[0] == 6


def test_influence_is_what_the_encoder_would_not_have_given(model: Recommender) -> None:
    window = model.window(clicks(4, 9), VOCABULARY, NOW_MS)
    ranked = model.rank(window, model.base(QUIET, NOW_MS, NOBODY), N)

    influence = model.influence(window, ranked)

    assert influence.shape == (2, N)
    items = model.runtime.vectors(ranked.rows)
    for place, left in enumerate([4, 9]):  # newest first: without 9 there is 4
        alone = model.runtime.vectors(np.array([left]))[0]
        change = ranked.user - alone / np.linalg.norm(alone)
        assert influence[place] == pytest.approx(BLEND.encoder * items @ change, abs=1e-5)


@pytest.mark.parametrize(("rows", "asked"), [
    ((1,), 0), ((1, 2), 2), (tuple(range(1, 9)), 8), (tuple(range(1, 10)), INFLUENTIAL)])
def test_only_the_newest_events_are_asked_and_a_lone_one_is_not(
    model: Recommender, rows: tuple[int, ...], asked: int
) -> None:
    window = model.window(clicks(*rows), VOCABULARY, NOW_MS)
    ranked = model.rank(window, model.base(QUIET, NOW_MS, NOBODY), 2)

    assert model.influence(window, ranked).shape == (asked, 2)


def test_a_model_as_of_another_moment_leaves_the_model_as_it_is(model: Recommender) -> None:
    none = Graph(np.zeros(ROWS + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))

    earlier = model.as_of(none, np.zeros(ROWS, np.float32), NOW_MS - 5)

    assert (earlier.items.counts_ms, tuple(earlier.items.ids)) == (NOW_MS - 5, IDS)
    assert len(earlier.graph.neighbours) == 0
    assert (model.items.counts_ms, len(model.graph.neighbours)) == (NOW_MS, 4)


LATE = Newcomers(np.array([5, 2**63], np.uint64), np.eye(2, WIDTH, dtype=np.float32))


def test_newcomers_have_rows_behind_the_tables(model: Recommender) -> None:
    wider = model.beside(LATE)

    rows = wider.rows(np.array([2**63, KEYS[2], 77, 5], np.uint64))

    assert rows.tolist() == [ROWS + 1, 3, 0, ROWS]
    assert [wider.key(row) for row in (ROWS + 1, 3, ROWS)] == [2**63, KEYS[2], 5]
    assert wider.keys.tolist() == [*KEYS, 5, 2**63]
    assert wider.item_vectors(rows[[0, 1]]).tolist() == [
        LATE.vectors[1].tolist(), model.runtime.vectors(np.array([3]))[0].tolist()]
    assert model.keys.tolist() == KEYS


@pytest.mark.parametrize("k", [1, 4, N + 2, 99])
def test_newcomers_are_ranked_among_the_others_by_the_same_blend(
    model: Recommender, k: int
) -> None:
    wider, window = model.beside(LATE), model.window(clicks(9, 1), VOCABULARY, NOW_MS)
    live = np.append(QUIET, np.array([50, 0], np.float32))
    base = wider.base(live, NOW_MS, NOBODY)
    votes = Votes(np.array([0]), np.array([ROWS + 1]), np.array([0.3], np.float32))

    ranked = wider.rank(window, base, k, votes)

    rows = np.arange(ROWS + 2)
    user = wider.runtime.encode([window])[0]
    wanted = BLEND.encoder * wider.item_vectors(rows) @ user + np.concatenate(base)
    for row, vote in (FOLLOWERS[1] | {10: 0.5 * FOLLOWERS[9][10], ROWS + 1: 0.3}).items():
        wanted[row] += BLEND.graph * vote / 0.6
    best = np.argsort(-wanted, kind="stable")[:min(k, N + 2)]
    assert base.newcomers.tolist() == [BLEND.popularity, 0]
    assert ranked.rows.tolist() == best.tolist()
    assert ranked.scores == pytest.approx(wanted[best], abs=1e-5)
    again = wider.rank_rows(window, base, best, votes)
    assert again.rows.tolist() == best.tolist()
    assert again.bias == pytest.approx(ranked.bias, abs=1e-5)
    assert wider.influence(window, ranked).shape == (2, len(best))


def test_a_hidden_newcomer_is_not_ranked_and_one_is_like_itself(model: Recommender) -> None:
    wider, live = model.beside(LATE), np.zeros(N + 2, np.float32)
    base = wider.base(live, NOW_MS, np.array([ROWS]))
    window = model.window(clicks(1), VOCABULARY, NOW_MS)

    assert ROWS not in wider.rank(window, base, 99).rows
    assert wider.similar(ROWS + 1, wider.unmoved(), 1).rows.tolist() == [ROWS + 1]
