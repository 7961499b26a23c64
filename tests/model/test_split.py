"""No split lets a model see what it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from domain.features import MAX_HISTORY
from domain.vocabulary import Vocabulary
from model import split as splitting
from model.histories import Histories, History
from model.split import Case, Split, of_whole_users, sample
from tests.model.scene import history

VOCABULARY = Vocabulary()
steps = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=12)
histories = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), steps.map(lambda s: history(*sorted(set(s)))),
    min_size=1, max_size=6)


def by_time(found: dict[str, History], validation: float, test: float) -> Split:
    return splitting.by_time(Histories.of(found), VOCABULARY, validation, test)


def leave_one_out(found: dict[str, History]) -> Split:
    return splitting.leave_one_out(Histories.of(found), VOCABULARY)


@given(histories, st.sampled_from([0.1, 0.2, 0.4]))
def test_nothing_learned_is_as_late_as_anything_asked(
    found: dict[str, History], share: float
) -> None:
    split = by_time(found, share, share)

    learned = max((h[-1].at_ms for h in split.train), default=-1)
    counted = max((h[-1].at_ms for h in split.before_test), default=-1)
    assert all(learned < case.target.at_ms for case in (*split.validation, *split.test))
    assert all(counted < case.target.at_ms for case in split.test)
    assert all(case.target.at_ms <= counted for case in split.validation)


@given(histories)
def test_a_case_knows_only_what_is_older_and_asks_for_what_is_new(
    found: dict[str, History]
) -> None:
    split = by_time(found, 0.3, 0.3)

    for case in (*split.validation, *split.test):
        assert case.history
        assert all(entry.at_ms < case.target.at_ms for entry in case.history)
        assert case.target.item not in {entry.item for entry in case.history}


def test_a_case_of_a_new_user_begins_with_the_second_event() -> None:
    found = {"old": history((1, 1), (2, 2), (3, 3), (4, 4), (5, 5)), "new": history((8, 1), (9, 2))}

    split = by_time(found, 0.2, 0.3)

    assert Case(found["new"][:1], found["new"][1], "new") in split.test


def test_what_happens_at_one_time_is_no_history_of_itself() -> None:
    found = {"a": history((1, 1), (2, 2), (9, 3), (9, 4)), "b": history((1, 5), (2, 6))}

    split = by_time(found, 0.0, 0.3)

    assert [case.history for case in split.test] == [found["a"][:2]] * 2


def test_two_events_on_one_item_at_one_time_are_one_case() -> None:
    found = {"a": history((1, 1), (2, 2), (9, 3), (9, 3))}

    assert len(by_time(found, 0.0, 0.4).test) == 1


def test_a_repeat_is_no_case() -> None:
    found = {"a": history((1, 1), (2, 2), (3, 1), (4, 3))}

    split = leave_one_out(found)

    assert list(split.validation) == []
    assert [case.target.item for case in split.test] == [3]


def test_a_history_is_no_longer_than_live_state_holds() -> None:
    found = {"a": history(*((n, n) for n in range(1, 300)))}

    split = by_time(found, 0.1, 0.1)

    assert max(len(case.history) for case in split.test) == MAX_HISTORY
    assert split.test[-1].history == found["a"][-MAX_HISTORY - 1:-1]


@given(histories)
def test_leaving_one_out_asks_for_the_last_and_tunes_on_the_one_before(
    found: dict[str, History]
) -> None:
    split = leave_one_out(found)

    usable = [h for h in found.values() if len(h) >= 3]
    assert list(split.train) == [h[:-2] for h in usable]
    assert list(split.before_test) == [h[:-1] for h in usable]
    assert all(case.target in {h[-2] for h in usable} for case in split.validation)
    assert all(case.target in {h[-1] for h in usable} for case in split.test)


def test_nobody_is_asked_for_what_was_disliked() -> None:
    dislike = VOCABULARY.by_name["dislike"].code
    found = {"a": history((1, 1), (2, 2), (3, 3), (4, 4))}
    found["a"] = (*found["a"][:3], found["a"][3]._replace(type=dislike))

    split = leave_one_out(found)

    assert [case.target.item for case in split.validation] == [3]
    assert list(split.test) == []
    assert list(split.train) == [found["a"][:2]]


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 5))
def test_a_sample_is_the_same_every_time_and_in_order(n: int, most: int, seed: int) -> None:
    whole = history(*((i, i) for i in range(1, n + 2)))
    cases = [Case(whole[:i], whole[i]) for i in range(1, n + 1)]

    found = sample(cases, most, seed)

    assert found == sample(cases, most, seed)
    assert len(found) == min(n, most)
    assert [cases.index(case) for case in found] == sorted({cases.index(case) for case in found})


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 60), st.integers(0, 5))
def test_users_are_drawn_whole(sizes: list[int], most: int, seed: int) -> None:
    cases = [Case((), history((place, 1))[0], str(user))
             for user, size in enumerate(sizes) for place in range(size)]

    found = of_whole_users(cases, most, seed)

    users = {case.user for case in found}
    assert found == [case for case in cases if case.user in users]
    assert len(found) <= most or len(users) == 1
    assert found == of_whole_users(cases, most, seed)
    assert sum(sizes) > most or found == cases
