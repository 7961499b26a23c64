"""The blend that validation prefers."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.artifact import Blend
from domain.graph import Graph
from model.covisitation import build
from model.evaluate import Scorer, popularity
from model.split import Case
from model.tune import DECAY, ENCODER, GRAPH, POPULARITY, ndcg, tune, weights_of
from tests.model.scene import history, index_of

ITEMS = 30
CASES = [Case(history((1, n)), history((2, n + 1))[0]) for n in range(1, ITEMS)]


def knowing(weight: float) -> Scorer:
    """`weight` for the true next item, noise for all others."""
    noise = np.random.default_rng(0).random((len(CASES), ITEMS + 1)).astype(np.float32) * 0.5

    def score(cases: object) -> np.ndarray:
        scores = noise.copy()
        scores[np.arange(len(CASES)), [c.target.item for c in CASES]] = weight
        return scores

    return score


NOISE = {0.0: build([np.random.default_rng(1).permutation(ITEMS) + 1], ITEMS + 1, 2, 5)}
TRUTH = {0.0: build([np.arange(1, ITEMS + 1)], ITEMS + 1, 1, 5)}


def test_an_encoder_that_knows_is_listened_to() -> None:
    blend, score, *_ = tune(CASES, knowing(1.0), NOISE, knowing(0.0), index_of(ITEMS), 1)

    assert blend.encoder > 0
    assert score == pytest.approx(1.0)


def test_so_is_a_graph_that_knows() -> None:
    blend, score, *_ = tune(CASES, knowing(-1.0), TRUTH, knowing(0.0), index_of(ITEMS), 1)

    assert (blend.encoder, blend.graph > 0) == (0.0, True)
    assert score == pytest.approx(1.0)


def test_of_several_graphs_the_one_that_knows_is_taken() -> None:
    graphs = {**NOISE, 0.5: TRUTH[0.0]}

    found = tune(CASES, knowing(-1.0), graphs, knowing(0.0), index_of(ITEMS), 1)

    assert (found.backward, found.graph_alone[0], found.score) == (0.5, 0.5, pytest.approx(1.0))


def test_the_blend_is_of_the_grid_and_the_same_every_time() -> None:
    asked = (CASES, knowing(0.3), NOISE, knowing(0.2), index_of(ITEMS), 1)

    blend, score, *_ = tune(*asked)

    assert (blend, score) == tune(*asked)[:2]
    assert blend.encoder in ENCODER
    assert blend.graph in GRAPH
    assert blend.popularity in POPULARITY
    assert blend.decay in DECAY


@pytest.mark.parametrize(("target", "decay"), [(3, 0.85), (4, 0.7)])
def test_the_graph_alone_has_a_decay_of_its_own(target: int, decay: float) -> None:
    graph = Graph(np.array([0, 0, 1, 2, 2, 2]), np.array([3, 4], np.int32),
                  np.array([1.0, 0.8], np.float32))  # 1 -> 3, and 2 -> 4 a little weaker
    nothing = popularity(np.zeros(5, np.float32))
    cases = [Case(history((1, 1), (2, 2)), history((3, target))[0])]

    found = tune(cases, nothing, {0.5: graph}, nothing, index_of(4), 1)

    assert found.graph_alone == (0.5, decay)


def test_of_equal_blends_the_first_of_the_grid_is_taken() -> None:
    nothing = {0.0: build([], ITEMS + 1, 1, 5)}

    blend, *_ = tune(CASES, knowing(1.0), nothing, popularity(np.zeros(ITEMS + 1, np.float32)),
                    index_of(ITEMS), 1)

    assert blend == Blend(ENCODER[1], GRAPH[0], POPULARITY[0], DECAY[0])


def test_weights_that_are_settled_leave_the_rest_to_be_tuned() -> None:
    only = (0.0, 1.0, 0.0)

    found = tune(CASES, knowing(1.0), {**NOISE, 0.5: TRUTH[0.0]}, knowing(0.0), index_of(ITEMS),
                 1, only=only)

    assert weights_of(found.blend) == only
    assert (found.backward, found.score) == (0.5, pytest.approx(1.0))


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def encoder(cases: Sequence[Case]) -> np.ndarray:
        return np.array([np.sin(np.arange(ITEMS + 1) * c.target.item) for c in cases], np.float32)

    asked = (CASES, encoder, NOISE, popularity(np.arange(ITEMS + 1, dtype=np.float32)),
             index_of(ITEMS), 1)
    whole = tune(*asked)

    monkeypatch.setattr("model.tune.CHUNK_CELLS", 4 * (ITEMS + 1))
    cut = tune(*asked)

    assert cut[0] == whole[0]
    assert cut[1] == pytest.approx(whole[1])


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=15, max_size=15), min_size=1,
                max_size=5), st.integers(1, 14))
def test_ndcg_counts_what_is_at_least_as_good(rows: list[list[float]], target: int) -> None:
    scores = np.array(rows, np.float32)

    expected = []
    for row in rows:
        before = sum(value >= row[target] for value in row) - 1
        expected.append(1 / np.log2(before + 2) if before < 10 else 0.0)
    found = ndcg(scores, np.full(len(rows), target))
    assert found == pytest.approx(float(np.mean(expected)))


def test_a_target_that_is_hidden_is_not_found() -> None:
    assert ndcg(np.full((1, 3), -np.inf, np.float32), np.array([0])) == 0.0


def test_no_cases_score_nothing() -> None:
    assert ndcg(np.zeros((0, 3), np.float32), np.zeros(0, np.int64)) == 0.0
