"""The model that serves, and one on its way to: fetched, verified, opened aside, swapped in."""

import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_state

from domain.artifact import ArtifactError, verifying
from domain.breaker import Breaker, is_within
from domain.recommender import Recommender
from domain.rollout import Rollout
from domain.shortlist import tried
from domain.steps import whole
from domain.window import Window
from functions.ranges import RANGE_BYTES, THREADS
from functions.registry import Pointer, Registry
from functions.shelf import Shelf

CHECK_MS = 30_000  # between two looks at the pointer
ASIDE_MS = 60_000  # how long requests may share the work of loading a newer model
STEP_BYTES = 8_388_608  # of it that one request handles: 0.1 s at 80 MB/s, an assumption
SPEND_S = 4.0  # of one request that loads all it can, 320 MB at that rate; the next one goes on
FETCH_S = 8.0  # after which one that still fetches gives up: the world is slow, not the model large
FAILURES = 3  # in a row, of who has no model yet, before the next look is `CHECK_MS` away
# What reading or running a model raises that is not what it says; ONNX Runtime's errors have no
# parent of their own.
OPEN_ERRORS: tuple[type[Exception], ...] = (ValueError, LookupError, TypeError, *(
    error for error in vars(runtime_state).values()
    if isinstance(error, type) and issubclass(error, Exception)
))


class Loaded:
    """One version, open for ranking."""

    def __init__(self, version: str, since_ms: int, recommender: Recommender) -> None:
        self.version = version
        self.since_ms = since_ms
        self.recommender = recommender


class Scorer:
    """Holds the current model and looks at the pointer now and then.

    Lambda freezes what runs beside a request as soon as it is answered, so a newer model is loaded
    by the requests themselves, a little by each: see docs/decisions/0017. Of a rollout it holds the
    candidate as well, loaded after the model that serves; never three.

    breaks: the version that was begun last and did not come whole, empty where none did so.
    """

    def __init__(
        self, shelf: Shelf, registry: Registry, clock: Callable[[], float] = time.monotonic, *,
        rolls_out: bool = True,
    ) -> None:
        """clock: seconds, of which only the differences say something.

        rolls_out: does it hold candidates as well?
        """
        self._shelf, self._registry, self._clock = shelf, registry, clock
        self._rolls_out, self.breaks = rolls_out, ""
        self._pointer: Pointer | None = None
        self._loaded: Loaded | None = None
        self._candidate: Loaded | None = None
        self._aside: Aside | None = None
        self._looked_ms, self._breaker = -CHECK_MS, Breaker(FAILURES, CHECK_MS)

    def current(self, now_ms: int) -> Loaded | None:
        """The model to serve with, None before the first promotion, and while the first one loads.

        cost: at most `STEP_BYTES` of a newer model; `SPEND_S` when there is none yet, or when
        requests are so few that it was under way for `ASIDE_MS`.
        raises: ArtifactError, OSError, MemoryError or a `WorldError`, when a newer model cannot be
        had; the one loaded before stays, and the next look is `CHECK_MS` later. Who has none looks
        at each request, until it failed `FAILURES` times.
        """
        is_due = self._is_due(now_ms)
        if not is_due and self._aside is None:
            return self._loaded
        before = self._breaker
        self._breaker = before.failed(now_ms)  # until it is done
        if is_due:
            self._looked_ms = now_ms
            self._look(now_ms)
        if self._aside is not None:
            self._advance(self._aside, now_ms)
        self._breaker = before.answered() if self._aside is None else before
        return self._loaded

    def look_anew(self) -> None:
        """Have the pointer looked at by the next request, whatever the clock says."""
        self._looked_ms, self._breaker = -CHECK_MS, self._breaker.answered()

    @property
    def loaded(self) -> Loaded | None:
        """What is open now, without looking."""
        return self._loaded

    @property
    def rollout(self) -> Rollout | None:
        """What is rolled out, as of the last look."""
        return self._pointer.rollout if self._pointer and self._rolls_out else None

    @property
    def candidate(self) -> Loaded | None:
        """What is rolled out, once it is open here."""
        return self._candidate

    @property
    def is_loading(self) -> bool:
        """Is a model on its way, of which requests have the rest to do?"""
        return self._aside is not None

    def _is_due(self, now_ms: int) -> bool:
        if self._loaded is None and self._aside is None and self._breaker.failures:
            return self._breaker.may_ask(now_ms)
        return not is_within(now_ms, self._looked_ms, CHECK_MS)

    def _look(self, now_ms: int) -> None:
        self._pointer = pointer = self._registry.pointer()
        rollout, candidate = self.rollout, self._candidate
        if pointer and candidate and candidate.version == pointer.version:
            self._loaded = Loaded(pointer.version, pointer.since_ms, candidate.recommender)
        if candidate and (rollout is None or rollout.candidate != candidate.version):
            self._candidate = None  # it serves all by now, or nobody any more
        wanted = self._missing()
        if self._aside is not None and (wanted is None or self._aside.version != wanted[0]):
            self._aside.drop()
            self._aside = None
        self._begin(now_ms)

    def _missing(self) -> tuple[str, int] | None:
        """Version and moment of what is to be loaded next; of a rollout the stable one first."""
        pointer, rollout = self._pointer, self.rollout
        if pointer and (self._loaded is None or self._loaded.version != pointer.version):
            return pointer.version, pointer.since_ms
        if rollout and self._candidate is None:
            return rollout.candidate, rollout.began_ms
        return None

    def _begin(self, now_ms: int) -> None:
        wanted = self._missing()
        if wanted and self._aside is None:
            self._aside = Aside(self._shelf, *wanted, now_ms, self._clock,
                                in_parts=self._loaded is not None)

    def _advance(self, aside: "Aside", now_ms: int) -> None:
        self._aside, self.breaks = None, aside.version  # what raises is begun anew at the next look
        found = aside.advance(now_ms)
        self.breaks = ""
        if found is None:
            self._aside = aside
            return
        rollout = self.rollout
        if rollout and found.version == rollout.candidate:
            self._candidate = found
        else:
            self._loaded = found
            self._begin(now_ms)


class Aside:
    """A version on its way: fetched, verified, opened, as far as each request takes it."""

    def __init__(
        self, shelf: Shelf, version: str, since_ms: int, begun_ms: int,
        clock: Callable[[], float], *, in_parts: bool,
    ) -> None:
        self.version = version
        self._since_ms, self._begun_ms, self._in_parts = since_ms, begun_ms, in_parts
        self._clock, self._began_s = clock, clock()
        range_bytes = STEP_BYTES // THREADS if in_parts else RANGE_BYTES
        self._work = _load(shelf, version, range_bytes, lambda: self._spent_s() > FETCH_S)

    def advance(self, now_ms: int) -> Loaded | None:
        """One request's part of the work; the model, once it is done."""
        self._began_s = self._clock()
        whole = not self._in_parts or not is_within(now_ms, self._begun_ms, ASIDE_MS)
        done = 0
        while done < STEP_BYTES or (whole and self._spent_s() < SPEND_S):
            try:
                done += next(self._work)
            except StopIteration as opened:
                return Loaded(self.version, self._since_ms, opened.value)
        return None

    def _spent_s(self) -> float:
        return self._clock() - self._began_s

    def drop(self) -> None:
        """Give up: another version is wanted."""
        self._work.close()


def _load(
    shelf: Shelf, version: str, range_bytes: int, late: Callable[[], bool]
) -> Generator[int, None, Recommender]:
    """A verified version, open; yields the bytes that were handled."""
    # The folder goes in any case; mapped files stay readable until they are closed.
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        folder = Path(scratch)
        yield from shelf.fetch_model(version, folder, range_bytes, late)
        found = yield from verifying(folder)
        if found != version:
            raise ArtifactError(f"what lies under {version} is another version")
        return (yield from _opening(folder))


def open_model(folder: Path) -> Recommender:
    """A verified folder, open for ranking. raises: ArtifactError, when it cannot be run."""
    return whole(_opening(folder))


def _opening(folder: Path) -> Generator[int, None, Recommender]:
    """`open_model`, a part at a time; yields the bytes of each."""
    try:
        return (yield from Recommender.opening(folder, onnxruntime))
    except OPEN_ERRORS as error:
        raise ArtifactError(f"the model cannot be opened: {error!r}") from error


def try_out(folder: Path) -> None:
    """Ask a model once, before it may serve. raises: ArtifactError, when it does not answer."""
    model = open_model(folder)
    one = np.ones(1, np.int64)
    try:
        model.items.ids.check()
        ranked = model.rank(Window(one, one, one), model.unmoved(), k=10)
        again = tried(model, ranked)
    except OPEN_ERRORS as error:
        raise ArtifactError(f"the model cannot be run: {error!r}") from error
    if not (np.isfinite(ranked.scores).all() and np.isfinite(again).all() and len(ranked.rows)):
        raise ArtifactError("the model answers with no finite scores")
