"""Accuracy beside plain Python that knows nothing of how it is counted, and by hand."""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.row import Floats, Keys, Rows
from domain.vocabulary import Vocabulary
from model.answers import Answers, ask
from model.report.card import KS
from model.report.chance import Users
from model.report.segments import Parts
from model.report.study import Question, accuracy, studied
from model.split import Case
from tests.model.report.scene import cases_of, shelf
from tests.model.scene import index_of

N = 60
a_list = st.lists(st.integers(1, N), max_size=max(KS), unique=True)
asked_of = st.lists(st.tuples(st.sampled_from("abc"), a_list, st.integers(1, N)), min_size=1,
                    max_size=10, unique_by=lambda one: (one[0], one[2]))


def question(cases: list[Case], n_items: int = N) -> Question:
    named = [[1 + item % 3] for item in range(n_items)]
    return Question(cases, index_of(n_items), shelf(named), Vocabulary(), Users(cases, 1))


def answers(asked: Question, shown: list[list[int]]) -> Answers:
    def rank(_: object) -> Iterator[Rows]:
        return (np.array(one, np.int64) for one in shown)

    return ask(rank, asked.cases, asked.catalogue, max(KS))


def relevance(shown: list[int], wanted: set[int], k: int) -> dict[str, float]:
    """Textbook metrics of one list and any number of items that are right."""
    hits = [item in wanted for item in shown[:k]]
    ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(wanted))))
    return {
        "ndcg": sum(hit / math.log2(place + 2) for place, hit in enumerate(hits)) / ideal,
        "hr": float(any(hits)), "mrr": 1 / (hits.index(True) + 1) if any(hits) else 0.0,
        "recall": sum(hits) / len(wanted)}


@given(asked_of)
def test_accuracy_is_what_textbooks_say(asking: list[tuple[str, list[int], int]]) -> None:
    asked = question(cases_of([user for user, _, _ in asking], [want for _, _, want in asking]))
    shown = [one for _, one, _ in asking]

    found = asked.users.estimates(accuracy(asked, answers(asked, shown)))

    wanted: dict[str, set[int]] = defaultdict(set)
    first: dict[str, list[int]] = {}
    for user, one, want in asking:
        wanted[user].add(want)
        first.setdefault(user, one)
    for k in KS:
        of_cases = [relevance(one, {want}, k) for _, one, want in asking]
        for name in ("ndcg", "hr", "mrr"):
            assert found[f"{name}@{k}"].value == pytest.approx(
                sum(one[name] for one in of_cases) / len(asking))
        of_users = [relevance(first[user], wanted[user], k)["recall"] for user in wanted]
        assert found[f"recall@{k}"].value == pytest.approx(sum(of_users) / len(of_users))


def test_accuracy_by_hand() -> None:
    asked = question(cases_of(["ann", "ann", "bob"], [7, 8, 9]))
    shown = [[1, 2, 7, 3, 4, 8], [5, 6], [9]]  # third of three; absent; first

    found = asked.users.estimates(accuracy(asked, answers(asked, shown)))

    assert found["ndcg@5"].value == pytest.approx((0.5 + 0 + 1) / 3)
    assert found["hr@5"].value == pytest.approx(2 / 3)
    assert found["mrr@5"].value == pytest.approx((1 / 3 + 0 + 1) / 3)
    assert found["recall@5"].value == pytest.approx((1 / 2 + 1) / 2)  # ann's first list has 7
    assert found["recall@10"].value == 1.0  # and later 8


class Judge:
    """Vectors of which each item has its own."""

    def vectors(self, keys: Keys) -> Floats:
        return np.eye(N + 1, dtype=np.float32)[keys.astype(np.int64)]


def test_a_study_sets_every_ranker_beside_the_model() -> None:
    cases = cases_of([f"user-{n:02}" for n in range(20)], [3] * 20)
    asked = question(cases)
    said = {"model": answers(asked, [[3, 4]] * 20), "popularity": answers(asked, [[4]] * 20)}
    half = np.arange(20) < 10
    parts: Iterator[tuple[str, Parts]] = iter(
        [("plan", [("free", half), ("paid", ~half), ("none", np.zeros(20, np.bool_))])])
    judge: Any = Judge()

    found = studied("time", asked, said, parts, judge)

    assert found.accuracy["model"]["ndcg@5"].value == 1.0
    assert found.accuracy["popularity"]["hr@50"].value == 0.0
    assert {duel.rival: duel.p_value for duel in found.duels} == {"popularity": 1 / 10_000}
    assert {duel.metric for duel in found.duels} == {"ndcg@10", "hr@10", "mrr@10", "recall@10"}
    assert all(duel.difference.low == duel.difference.value == 1.0 for duel in found.duels)
    free, paid, none = found.groups[0].rows
    assert (free.cases, free.users, free.scores["model"]["hr@10"].value) == (10, 10, 1.0)
    assert paid.scores["popularity"]["ndcg@10"].value == 0.0
    assert (none.cases, none.users, none.scores["model"]) == (0, 0, {})


def test_a_study_says_what_else_lists_are_like() -> None:
    asked = question(cases_of(["ann", "ann", "bob"], [7, 8, 9]))

    found = studied("time", asked, {"model": answers(asked, [[3, 5], [3, 6], [4, 6]])}, iter(()),
                    Judge())  # type: ignore[arg-type]

    beyond = found.beyond["model"]
    assert beyond["coverage"].value == pytest.approx(4 / N)
    assert beyond["personalization"].value == pytest.approx(1 - 1 / 10)  # ann's newest and bob's
    assert beyond["unlike_by_vectors"].value == pytest.approx(1.0)
    assert beyond["novelty"].value == pytest.approx(math.log2(11 / 2))
    assert beyond["popularity_ratio"].value == pytest.approx(1.0)


def test_without_categories_nothing_is_said_of_them() -> None:
    cases = cases_of(["ann", "bob"])
    asked = question(cases)._replace(shelf=shelf([[]] * N))

    found = studied("time", asked, {"model": answers(asked, [[3, 4]] * 2)}, iter(()),
                    Judge())  # type: ignore[arg-type]

    assert {"miscalibration", "unlike_by_categories"} & set(found.beyond["model"]) == set()
