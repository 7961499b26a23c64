"""How far a sweep is, as it is noted and taken up again."""

from hypothesis import given
from hypothesis import strategies as st

from domain.receipt import Tally
from domain.sweep import Progress, Sweep
from tests.domain.strategies import ids, times_ms

whos = st.integers(0, 2**128 - 1)
tallies = st.dictionaries(
    whos.map(lambda who: f"{who:032x}"), st.builds(Tally, st.integers(0, 9), st.integers(0, 9)),
    max_size=3)
sweeps = st.builds(Sweep, times_ms, times_ms, ids, tallies, st.integers(0, 9),
                   st.lists(ids, max_size=2).map(tuple))


@given(st.builds(Progress, times_ms, times_ms, st.none() | sweeps, tallies))
def test_progress_is_read_as_it_was_written(progress: Progress) -> None:
    assert Progress.from_bytes(progress.to_bytes()) == progress


def test_what_is_taken_out_adds_up_by_person() -> None:
    sweep = Sweep(5, 9).past({1: 2, 2: 3}).past({1: 4}).past({}, unread=1).at("events/x")

    assert sweep.tallies == {f"{1:032x}": Tally(6, 2), f"{2:032x}": Tally(3, 1)}
    assert (sweep.cursor, sweep.unread) == ("events/x", 1)
    assert Progress(1, 2, sweep).done(sweep, {"x": Tally(1, 1)}) == Progress(
        5, 9, untold={"x": Tally(1, 1)})


def test_progress_of_before_there_was_anything_untold_is_read() -> None:
    assert Progress.from_bytes(b'{"swept_ms": 5, "began_ms": 9, "sweep": null}') == Progress(5, 9)
