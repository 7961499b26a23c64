"""A newer model is loaded a little by each request, which the one before answers meanwhile."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from domain.artifact import CONTENT, FILES, MANIFEST, TABLE
from functions.scorer import (
    ASIDE_MS,
    CHECK_MS,
    FAILURES,
    FETCH_S,
    SPEND_S,
    STEP_BYTES,
    Scorer,
)
from functions.shelf import Shelf, model_key
from tests.conftest import Trained
from tests.functions.artifacts import left_on_disk, promote, variant, version_of
from tests.functions.outage import Clock
from tests.functions.stage import NOW_MS, Stage

LATER_MS = NOW_MS + CHECK_MS


@pytest.fixture
def two(stage: Stage, trained: Trained, tmp_path: Path) -> tuple[str, str]:
    """Versions of two models; the first one serves."""
    first = variant(trained.folder, tmp_path / "first")
    second = variant(trained.folder, tmp_path / "second", created_at="later")
    promote(stage, tmp_path / "first", first, trained, NOW_MS)
    return first, second


class Slow:
    """A shelf whose models take many requests: each part of a file counts as a whole step.

    part_s: that each part takes, by a clock.
    """

    def __init__(self, shelf: Shelf, clock: Clock | None = None, part_s: float = 0.0) -> None:
        self._shelf, self._clock, self._part_s = shelf, clock or Clock(), part_s

    def fetch_model(
        self, version: str, folder: Path, range_bytes: int, late: Callable[[], bool]
    ) -> Iterator[int]:
        """As `Shelf.fetch_model`."""
        for _ in self._shelf.fetch_model(version, folder, range_bytes, late):
            self._clock.now_s += self._part_s
            yield STEP_BYTES


@pytest.fixture
def swapping(
    stage: Stage, two: tuple[str, str], trained: Trained, tmp_path: Path
) -> Scorer:
    """The first model serves, the second one was promoted, and loads slowly."""
    found = Scorer(Slow(stage.shelf()), stage.registry())  # type: ignore[arg-type]
    found.current(NOW_MS)
    promote(stage, tmp_path / "second", two[1], trained, NOW_MS + 1)
    return found


def test_a_large_model_is_loaded_by_many_requests_and_the_one_before_answers_them(
    swapping: Scorer, two: tuple[str, str]
) -> None:
    served = [version_of(swapping, LATER_MS + request) for request in range(20)]

    swapped = served.index(two[1])
    assert swapped == len((*FILES, CONTENT, MANIFEST))
    assert served == [two[0]] * swapped + [two[1]] * (20 - swapped)


def test_where_requests_are_few_one_of_them_loads_the_rest(
    swapping: Scorer, two: tuple[str, str]
) -> None:
    assert version_of(swapping, LATER_MS) == two[0]
    assert version_of(swapping, LATER_MS + ASIDE_MS) == two[1]


def test_a_model_on_its_way_is_given_up_when_another_is_wanted(
    stage: Stage, swapping: Scorer, two: tuple[str, str]
) -> None:
    before = left_on_disk()
    swapping.current(LATER_MS)
    (on_its_way,) = set(left_on_disk()) - set(before)
    assert stage.registry().point(two[0], LATER_MS)

    served = [version_of(swapping, LATER_MS + CHECK_MS + request) for request in range(20)]

    assert served == [two[0]] * 20
    assert not on_its_way.exists()


def test_a_model_that_breaks_off_on_its_way_is_begun_anew(
    stage: Stage, swapping: Scorer, two: tuple[str, str]
) -> None:
    swapping.current(LATER_MS)
    table = stage.shelf().get(model_key(two[1], TABLE)) or b""
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=model_key(two[1], TABLE))

    with pytest.raises(ClientError):
        list(map(swapping.current, range(LATER_MS, LATER_MS + 20)))
    stage.shelf().put(model_key(two[1], TABLE), table)

    assert version_of(swapping, LATER_MS + 20) == two[0]
    again = [version_of(swapping, LATER_MS + CHECK_MS + request) for request in range(20)]
    assert again[-1] == two[1]


def started(stage: Stage, part_s: float) -> Scorer:
    """Nothing serves yet, and each part of the first model takes so long."""
    clock = Clock()
    return Scorer(Slow(stage.shelf(), clock, part_s), stage.registry(), clock)  # type: ignore[arg-type]


def test_a_first_model_that_takes_long_is_loaded_by_as_many_requests_as_it_takes(
    stage: Stage, two: tuple[str, str]
) -> None:
    found = started(stage, SPEND_S)

    served = [version_of(found, NOW_MS + request) for request in range(20)]

    loaded = served.index(two[0])
    assert loaded == len((*FILES, CONTENT, MANIFEST))
    assert served == [None] * loaded + [two[0]] * (20 - loaded)
    assert not found.is_loading


def test_a_first_model_whose_parts_come_too_slowly_is_given_up_and_then_left_alone(
    stage: Stage, two: tuple[str, str]
) -> None:
    late = Scorer(stage.shelf(), stage.registry(), iter_clock(FETCH_S + 1))

    for n in range(FAILURES):
        with pytest.raises(ReadTimeoutError):
            late.current(NOW_MS + n)

    assert late.current(NOW_MS + FAILURES) is None
    assert not late.is_loading


def iter_clock(step_s: float) -> Callable[[], float]:
    """A clock that moves whenever it is read."""
    return count(0.0, step_s).__next__
