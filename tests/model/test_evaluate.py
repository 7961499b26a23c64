"""Metrics and rankers beside plain Python."""

import math

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.graph import Graph
from domain.recommender import Recommender
from domain.row import Floats
from domain.vocabulary import Vocabulary
from model import evaluate
from model.covisitation import build
from model.dataset import read
from model.evaluate import (
    Reader,
    Scorer,
    covisitation,
    dense,
    encoded,
    measure,
    mixed,
    popularity,
    remembered,
)
from model.split import Case, by_time
from tests.conftest import Trained
from tests.model.scene import history, index_of, network

ITEMS = 14
lists = st.lists(st.lists(st.integers(1, ITEMS), max_size=10, unique=True), min_size=1, max_size=8)


def case(*keys: int) -> Case:
    """The last key is the target."""
    walk = history(*((place, key) for place, key in enumerate(keys)))
    return Case(walk[:-1], walk[-1])


@given(lists, st.data())
def test_metrics_are_what_they_are_called(shown: list[list[int]], data: st.DataObject) -> None:
    targets = [data.draw(st.integers(1, ITEMS + 2)) for _ in shown]  # two are unknown
    cases = [case(ITEMS + 1, target) for target in targets]

    found = measure(lambda _: (np.array(s, np.int64) for s in shown), cases, index_of(ITEMS))

    places = [s.index(t) + 1 if t in s else None for s, t in zip(shown, targets, strict=True)]
    n = len(cases)
    assert found["ndcg@10"] == pytest.approx(sum(1 / math.log2(p + 1) for p in places if p) / n)
    assert found["mrr@10"] == pytest.approx(sum(1 / p for p in places if p) / n)
    assert found["hr@10"] == pytest.approx(sum(p is not None for p in places) / n)
    assert found["coverage"] == pytest.approx(len({i for s in shown for i in s}) / ITEMS)
    counts = [sum(i in s for s in shown) for i in range(1, ITEMS + 1)]
    apart = sum(abs(a - b) for a in counts for b in counts)
    assert found["gini"] == pytest.approx(apart / (2 * ITEMS * max(1, sum(counts))))
    assert found["cases"] == n


@given(st.lists(st.lists(st.integers(1, ITEMS), min_size=2, max_size=ITEMS, unique=True),
                min_size=1, max_size=6), st.integers(0, 9))
def test_a_list_is_the_best_of_what_was_not_seen(walks: list[list[int]], seed: int) -> None:
    cases = [case(*walk) for walk in walks]
    scores = np.random.default_rng(seed).random((len(cases), ITEMS + 1), np.float32)

    found = list(dense(lambda _: scores.copy(), index_of(ITEMS))(cases))

    for best, row, one in zip(found, scores, cases, strict=True):
        seen = {entry.item for entry in one.history}
        unseen = [key for key in range(1, ITEMS + 1) if key not in seen]
        assert best.tolist() == sorted(unseen, key=lambda key: -row[key])[:10]


@given(st.lists(st.integers(0, 3), min_size=ITEMS + 1, max_size=ITEMS + 1),
       st.lists(st.integers(1, ITEMS), max_size=ITEMS, unique=True))
def test_of_equal_scores_the_lower_row_comes_first(levels: list[int], seen: list[int]) -> None:
    scores = np.array([levels], np.float32)
    one = case(*seen, ITEMS + 1)

    (best,) = dense(lambda _: scores.copy(), index_of(ITEMS))([one])

    unseen = [row for row in range(1, ITEMS + 1) if row not in seen]
    assert best.tolist() == sorted(unseen, key=lambda row: (-levels[row], row))[:10]


def test_the_encoder_is_asked_for_each_case_as_if_alone(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    net, cases = network(items=ITEMS), [case(*range(1, n + 1)) for n in range(2, ITEMS)]
    reader = Reader(index_of(ITEMS), Vocabulary(), 8)
    monkeypatch.setattr(evaluate, "BATCH", 5)

    together = encoded(net.tower, net.encoder, reader)(cases)

    one_reader = Reader(index_of(ITEMS), Vocabulary(), 8)
    alone = [encoded(net.tower, net.encoder, one_reader)([one])[0] for one in cases]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_a_reader_reads_other_cases_anew_and_the_same_ones_once() -> None:
    reader = Reader(index_of(ITEMS), Vocabulary(), 8)
    cases = [case(1, 2, 3), case(4, 5)]

    first = reader(cases)

    assert first[0].tolist() == [[1, 2], [0, 4]]
    assert reader(list(cases)) is first
    assert reader(cases[1:])[0].tolist() == [[4]]


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case(n, n + 1) for n in range(1, ITEMS)]

    def score(chunk: object) -> Floats:
        return np.array([np.sin(np.arange(ITEMS + 1) * c.target.item) for c in chunk],  # type: ignore[attr-defined]
                        np.float32)

    whole = [best.tolist() for best in dense(score, index_of(ITEMS))(cases)]

    monkeypatch.setattr(evaluate, "CHUNK_CELLS", 2 * (ITEMS + 1))
    assert [best.tolist() for best in dense(score, index_of(ITEMS))(cases)] == whole


def graph() -> Graph:
    chance = np.random.default_rng(4)
    return build([chance.integers(1, ITEMS + 1, 9) for _ in range(12)], ITEMS + 1, 3, 6)


@given(st.lists(st.lists(st.integers(1, ITEMS + 2), min_size=2, max_size=40), min_size=1,
                max_size=5), st.sampled_from([0.7, 0.95]), st.integers(1, 50))
def test_votes_counted_together_are_votes_counted_one_by_one(
    walks: list[list[int]], decay: float, voters: int
) -> None:
    made, cases = graph(), [case(*walk) for walk in walks]

    found = covisitation(made, decay, index_of(ITEMS), voters)(cases)

    for row, one in zip(found, cases, strict=True):
        seen = evaluate.seen_rows(one, index_of(ITEMS))[-voters:]
        expected = np.zeros(ITEMS + 1, np.float32)
        rows, shares = made.vote(seen, decay).shares()
        expected[rows] = shares
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_what_is_remembered_is_not_what_was_written_into() -> None:
    asked: list[int] = []

    def score(cases: object) -> Floats:
        asked.append(1)
        return np.ones((1, 3), np.float32)

    once: Scorer = remembered(score)
    cases = [case(1, 2)]
    once(cases)[:] = 7

    assert once(list(cases)).tolist() == [[1, 1, 1]]
    assert len(asked) == 1
    once([case(1, 3)])
    assert len(asked) == 2


def test_popularity_is_one_list_for_everybody() -> None:
    scores = popularity(np.array([0, 3, 1, 9], np.float32))([case(1, 2), case(3, 1)])

    assert scores.argsort(axis=1).tolist() == [[0, 2, 1, 3]] * 2


@pytest.fixture(scope="module")
def asked(trained: Trained) -> list[Case]:
    histories = read(trained.events, trained.catalog, Vocabulary()).histories
    return by_time(histories, Vocabulary(), 0.1, 0.1).test


@pytest.fixture(scope="module")
def model(trained: Trained) -> Recommender:
    return Recommender(trained.folder, onnxruntime)


def test_the_served_model_shows_nothing_seen_and_fills_its_list(
    model: Recommender, asked: list[Case]
) -> None:
    lists = list(evaluate.served(model, Vocabulary(), model.items.counts_ms)(asked))

    for best, one in zip(lists, asked, strict=True):
        assert len(set(best.tolist())) == 10
        assert not set(best.tolist()) & set(evaluate.seen_rows(one, model.index).tolist())
        assert best.min() > 0
        assert best.max() <= len(model.index)


def test_who_the_model_does_not_know_gets_what_is_popular(model: Recommender) -> None:
    (best,) = evaluate.served(model, Vocabulary(), model.items.counts_ms)([case(1, 2)])

    counts = model.items.counts[best]
    assert counts.tolist() == np.sort(model.items.counts[1:])[::-1][:10].tolist()


def test_served_and_dense_lists_agree_where_both_use_the_served_vectors(
    model: Recommender, asked: list[Case]
) -> None:
    blend, vectors = model.card.blend, model.runtime.vectors(np.arange(len(model.index) + 1))

    def cosines(cases: object) -> Floats:
        windows = [model.window(c.history, Vocabulary(), c.target.at_ms)
                   for c in cases]  # type: ignore[attr-defined]
        return np.concatenate([model.runtime.encode([w]) for w in windows]) @ vectors.T

    counts = popularity(model.items.counts[:len(model.index) + 1])
    voting = covisitation(model.graph, blend.decay, model.index, model.card.window)
    plain = dense(mixed(blend, cosines, voting, counts), model.index)

    pairs = zip(plain(asked), evaluate.served(model, Vocabulary(), model.items.counts_ms)(asked),
                strict=True)
    common = [len(set(a.tolist()) & set(b.tolist())) / 10 for a, b in pairs]
    assert np.mean(common) > 0.97


def test_the_int8_model_is_as_good_as_the_torch_one(trained: Trained) -> None:
    metrics = trained.card.metrics

    assert metrics["model"]["ndcg@10"] == pytest.approx(metrics["torch"]["ndcg@10"], abs=0.01)
    assert metrics["model"]["coverage"] == pytest.approx(metrics["torch"]["coverage"], abs=0.05)
