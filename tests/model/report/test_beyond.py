"""What lists are like beside being right, beside plain Python and by hand."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.report import beyond
from model.report.beyond import (
    SMOOTHING,
    Lists,
    miscalibration,
    novelty,
    personalization,
    popularity,
    unlike_by_categories,
    unlike_by_vectors,
)
from tests.model.report.scene import shelf

N, K = 9, 4
one_list = st.lists(st.integers(1, N), max_size=K, unique=True)
lists = st.lists(one_list, min_size=1, max_size=6)
labels = st.lists(st.lists(st.integers(1, 3), max_size=3, unique=True), min_size=N, max_size=N)


def table(shown: list[list[int]]) -> Lists:
    return np.array([[*one, *[0] * (K - len(one))] for one in shown], np.int32)


def same(found: "np.ndarray[tuple[int], np.dtype[np.float64]]", expected: list[float]) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


@given(lists, st.lists(st.integers(0, 10), min_size=N, max_size=N))
def test_novelty_is_mean_self_information(shown: list[list[int]], people: list[int]) -> None:
    found = novelty(table(shown), shelf([[]] * N, people))

    same(found, [mean([-math.log2((people[i - 1] + 1) / 11) for i in one]) for one in shown])


def test_novelty_by_hand() -> None:
    known = shelf([[], []], [7, 1], users=15)

    same(novelty(np.array([[1, 2]], np.int32), known), [(1 + 3) / 2])  # 8 and 2 of 16


@given(lists, st.lists(one_list, min_size=6, max_size=6),
       st.lists(st.integers(0, 10), min_size=N, max_size=N))
def test_popularity_of_lists_is_held_against_that_of_histories(
    shown: list[list[int]], done: list[list[int]], people: list[int]
) -> None:
    histories = [np.array(one, np.int64) for one in done[:len(shown)]]

    found = popularity(table(shown), histories, shelf([[]] * N, people))

    pairs = [(mean([people[i - 1] / 10 for i in a]), mean([people[i - 1] / 10 for i in b]))
             for a, b in zip(shown, done, strict=False) if a and b]
    assert found.top.sum() == pytest.approx(sum(a for a, _ in pairs))
    assert found.bottom.sum() == pytest.approx(sum(b for _, b in pairs))


@given(lists, st.integers(0, 9))
def test_variety_by_vectors_is_one_minus_the_mean_cosine_of_pairs(
    shown: list[list[int]], seed: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(N + 1, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[[0, 3]] = 0  # of item 3 nothing is known

    found = unlike_by_vectors(table(shown), vectors, table(shown).astype(np.int64))

    same(found.astype(np.float64), [
        mean([1 - float(vectors[a] @ vectors[b]) for a, b in combinations(one, 2)
              if 3 not in (a, b)]) for one in shown])


@given(lists, labels)
def test_variety_by_categories_is_the_mean_jaccard_distance_of_pairs(
    shown: list[list[int]], named: list[list[int]]
) -> None:
    found = unlike_by_categories(table(shown), shelf(named))

    def apart(a: set[int], b: set[int]) -> float:
        return 1 - len(a & b) / len(a | b)

    same(found, [mean([apart(set(named[a - 1]), set(named[b - 1]))
                       for a, b in combinations(one, 2) if named[a - 1] and named[b - 1]])
                 for one in shown])


@given(lists, st.lists(one_list, min_size=6, max_size=6), labels)
def test_miscalibration_is_the_divergence_of_steck(
    shown: list[list[int]], done: list[list[int]], named: list[list[int]]
) -> None:
    histories = [np.array(one, np.int64) for one in done[:len(shown)]]

    found = miscalibration(table(shown), histories, shelf(named))

    def taste(items: list[int]) -> dict[int, float]:
        shares: dict[int, float] = {}
        for own in (named[i - 1] for i in items):
            for one in own:
                shares[one] = shares.get(one, 0) + 1 / len(own)
        return {one: share / sum(shares.values()) for one, share in shares.items()}

    def kl(p: dict[int, float], q: dict[int, float]) -> float:
        if not p or not q:
            return math.nan
        return sum(own * math.log(own / ((1 - SMOOTHING) * q.get(one, 0) + SMOOTHING * own))
                   for one, own in p.items())

    same(found, [kl(taste(b), taste(a)) for a, b in zip(shown, done, strict=False)])


def test_a_list_of_the_same_mix_is_calibrated_and_one_of_another_is_not() -> None:
    known = shelf([[1], [2], [1], [2], [3]])
    histories = [np.array([1, 2]), np.array([1, 2])]

    same_mix, other = miscalibration(np.array([[3, 4], [5, 5]], np.int32), histories, known)

    assert same_mix == pytest.approx(0)
    assert other == pytest.approx(math.log(1 / SMOOTHING))  # nothing of the history is in it


@given(st.lists(st.lists(st.integers(1, N), min_size=K, max_size=K, unique=True), min_size=2,
                max_size=6))
def test_personalization_is_one_minus_the_mean_overlap_of_two_lists(
    shown: list[list[int]]
) -> None:
    found = personalization(table(shown))

    overlaps = [len(set(a) & set(b)) / K for a, b in combinations(shown, 2)]
    assert found == pytest.approx(1 - mean(overlaps))


def test_one_list_for_everybody_is_not_personal_nor_is_that_of_one_user() -> None:
    assert personalization(table([[1, 2, 3, 4]] * 5)) == 0.0
    assert personalization(table([[1, 2, 3, 4]])) == 0.0
    assert personalization(table([[1, 2], [3, 4]])) == 1.0


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    rows = chance.integers(1, N + 1, (20, K)).astype(np.int32)
    vectors = chance.normal(size=(N + 1, 5)).astype(np.float32)
    known = shelf([[1, 2], [3], [], [2]] * 2 + [[1]])
    histories = [chance.integers(1, N + 1, 3) for _ in range(20)]

    def all_of_it() -> list[list[float]]:
        return [unlike_by_vectors(rows, vectors, rows.astype(np.int64)).tolist(),
                unlike_by_categories(rows, known).tolist(),
                miscalibration(rows, histories, known).tolist()]

    whole = all_of_it()
    monkeypatch.setattr(beyond, "CELLS", 60)

    assert all_of_it() == whole
