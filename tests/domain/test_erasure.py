"""Marks of what is to be forgotten: who, when and what, and no name."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.erasure import Act, ErasureError, Forgotten, Mark, mark_of, read_mark
from domain.event import MAX_TIME_MS, Batch
from domain.key import subject_hash
from domain.layout import ERASURES
from tests.domain.strategies import times_ms

ANN = subject_hash("ann")
acts = st.sampled_from(Act)
marks = st.lists(st.builds(Mark, st.just(ANN), st.integers(0, 9), acts), max_size=5)


@given(st.text(), times_ms, acts)
def test_a_mark_tells_who_asked_for_what_and_when(subject: str, at_ms: int, act: Act) -> None:
    assert read_mark(mark_of(subject, at_ms, act)) == (subject_hash(subject), at_ms, act)


def test_a_mark_names_nobody_and_fits_any_time() -> None:
    key = mark_of("ann@example.org", MAX_TIME_MS)

    assert "ann" not in key
    assert key.startswith(ERASURES)
    assert len(key) == len(mark_of("bob", 0))


def test_marks_from_before_there_were_other_acts_are_read() -> None:
    assert read_mark(f"{ERASURES}{'0' * 31}f-001700000000000") == (
        15, 1_700_000_000_000, Act.ERASED)


@pytest.mark.parametrize("key", [
    "", ERASURES, "events/x", mark_of("ann", 1) + "0", mark_of("ann", 1).upper(),
    mark_of("ann", 1) + "-erased", mark_of("ann", 1, Act.CONSENTED) + "-forgotten"])
def test_what_is_no_mark_is_refused(key: str) -> None:
    with pytest.raises(ErasureError):
        read_mark(key)


@pytest.mark.parametrize(("acts_of_ann", "left_out", "kept", "refused"), [
    ([], [], [0, 5], False),
    ([(5, Act.ERASED)], [0, 5, 6, MAX_TIME_MS], [], True),
    ([(5, Act.FORGOTTEN)], [0, 5], [6], False),
    ([(5, Act.ERASED), (7, Act.CONSENTED)], [0, 6, 7], [8], False),
    ([(5, Act.ERASED), (7, Act.CONSENTED), (9, Act.ERASED)], [8, 10], [], True),
    ([(5, Act.ERASED), (7, Act.FORGOTTEN)], [0, 8], [], True),
    ([(5, Act.ERASED), (7, Act.CONSENTED), (9, Act.FORGOTTEN)], [8, 9], [10], False),
    ([(5, Act.CONSENTED), (5, Act.ERASED)], [9], [], True),
])
def test_what_was_received_until_then_is_left_out(
    acts_of_ann: Sequence[tuple[int, Act]], left_out: list[int], kept: list[int], refused: bool
) -> None:
    forgotten = Forgotten.of(Mark(ANN, at_ms, act) for at_ms, act in acts_of_ann)

    assert [at for at in left_out + kept if forgotten.leaves_out(Batch("ann", at, ()))] == left_out
    assert forgotten.refuses("ann") == refused
    assert list(forgotten.erased_ms) == [ANN] * refused
    assert set(forgotten.erased_ms.values()) <= {at for at, act in acts_of_ann if act is Act.ERASED}
    assert not forgotten.leaves_out(Batch("bob", 0, ()))


@pytest.mark.parametrize(("who", "acts_of_them", "left_out", "kept"), [
    ("ann", [(5, Act.FORGOTTEN)], [], [0, 5, 6]),
    ("ann", [(5, Act.ERASED)], [0, 5, MAX_TIME_MS], []),
    ("ann", [(5, Act.ERASED), (7, Act.CONSENTED)], [0, 7], [8]),
    ("ann", [(5, Act.ERASED), (7, Act.CONSENTED), (9, Act.FORGOTTEN)], [7], [8, 9]),
    ("~visit", [(5, Act.FORGOTTEN)], [], [0, 5]),
    ("~visit", [(5, Act.ERASED)], [0, MAX_TIME_MS], []),
    ("~visit", [(5, Act.ERASED), (7, Act.CONSENTED)], [7], [8]),
    ("bob", [(5, Act.ERASED)], [], [0, 5]),
])
def test_a_join_goes_with_who_is_erased_and_stays_with_who_is_forgotten(
    who: str, acts_of_them: Sequence[tuple[int, Act]], left_out: list[int], kept: list[int]
) -> None:
    told = Forgotten.of(Mark(subject_hash(who), at_ms, act) for at_ms, act in acts_of_them)

    for forgotten in (told, Forgotten.from_text(told.to_text())):
        assert [at for at in left_out + kept
                if forgotten.leaves_out(Batch("ann", at, (), joins="~visit"))] == left_out


def test_where_nobody_is_forgotten_that_is_told() -> None:
    assert not Forgotten.of([])
    assert Forgotten.of([Mark(ANN, 0, Act.FORGOTTEN)])


@given(marks)
def test_marks_have_no_order(found: list[Mark]) -> None:
    told = Forgotten.of(found)

    assert Forgotten.of(found[::-1]).to_text() == told.to_text()


@given(marks, times_ms)
def test_a_training_job_is_told_the_same(found: list[Mark], received_ms: int) -> None:
    told = Forgotten.of(found)

    read = Forgotten.from_text(told.to_text())

    for batch in (Batch("ann", received_ms, ()), Batch("ann", received_ms, (), joins="~visit")):
        assert read.leaves_out(batch) == told.leaves_out(batch)
    assert "ann" not in told.to_text()


@pytest.mark.parametrize("line", ["ann 5", f"{'0' * 32} ", f"{'0' * 32} -5", "x", ""])
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ErasureError, match="does not say"):
        Forgotten.from_text(f"{Forgotten.of([]).to_text()}{line}\n")


@pytest.mark.parametrize("text", ["", "forgotten 2\n", f"{'0' * 32} 5\n"])
def test_a_list_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(ErasureError):
        Forgotten.from_text(text)
