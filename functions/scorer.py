"""The model that serves: fetched, verified, opened aside, then swapped in."""

import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_state

from domain.artifact import ArtifactError, verify
from domain.breaker import Breaker, is_within
from domain.recommender import Recommender
from domain.window import Window
from functions.registry import Registry
from functions.shelf import Shelf

CHECK_MS = 30_000  # how long a promotion may take to reach every scorer
FAILURES = 3  # in a row, of who has no model yet, before the next look is `CHECK_MS` away
FETCH_S = 8.0  # a caller waits for it, once a promotion; S3 brings 64 MB, a million items, in one
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
    """Holds the current model and looks at the pointer now and then."""

    def __init__(self, shelf: Shelf, registry: Registry) -> None:
        self._shelf = shelf
        self._registry = registry
        self._loaded: Loaded | None = None
        self._looked_ms, self._breaker = -CHECK_MS, Breaker(FAILURES, CHECK_MS)

    def current(self, now_ms: int) -> Loaded | None:
        """The model to serve with, None before the first promotion.

        raises: ArtifactError, OSError, MemoryError or a `WorldError`, when a newer model cannot be
        had; the one loaded before stays, and the next look is `CHECK_MS` later. Who has none looks
        at each request, until it failed `FAILURES` times.
        """
        if self._is_due(now_ms):
            self._looked_ms = now_ms
            self._breaker = self._breaker.failed(now_ms)  # until it is done
            pointer = self._registry.current()
            if pointer and (self._loaded is None or pointer[0] != self._loaded.version):
                self._loaded = Loaded(*pointer, self._open(pointer[0]))
            self._breaker = self._breaker.answered()
        return self._loaded

    def _is_due(self, now_ms: int) -> bool:
        if self._loaded is None and self._breaker.failures:
            return self._breaker.may_ask(now_ms)
        return not is_within(now_ms, self._looked_ms, CHECK_MS)

    def look_anew(self) -> None:
        """Have the pointer looked at by the next request, whatever the clock says."""
        self._looked_ms, self._breaker = -CHECK_MS, self._breaker.answered()

    @property
    def loaded(self) -> Loaded | None:
        """What is open now, without looking."""
        return self._loaded

    def _open(self, version: str) -> Recommender:
        # The folder goes in any case; mapped files stay readable until they are closed.
        with tempfile.TemporaryDirectory(prefix="model-") as scratch:
            folder = Path(scratch)
            by_s = time.monotonic() + FETCH_S
            self._shelf.fetch_model(version, folder, lambda: time.monotonic() > by_s)
            if verify(folder) != version:
                raise ArtifactError(f"what lies under {version} is another version")
            return open_model(folder)


def open_model(folder: Path) -> Recommender:
    """A verified folder, open for ranking. raises: ArtifactError, when it cannot be run."""
    try:
        return Recommender(folder, onnxruntime)
    except OPEN_ERRORS as error:
        raise ArtifactError(f"the model cannot be opened: {error!r}") from error


def try_out(folder: Path) -> None:
    """Ask a model once, before it may serve. raises: ArtifactError, when it does not answer."""
    model = open_model(folder)
    one = np.ones(1, np.int64)
    try:
        base = model.base(np.zeros(len(model.index), np.float32), 0, np.zeros(0, np.int64))
        ranked = model.rank(Window(one, one, one), base, k=10)
    except OPEN_ERRORS as error:
        raise ArtifactError(f"the model cannot be run: {error!r}") from error
    if not np.isfinite(ranked.scores).all() or not len(ranked.rows):
        raise ArtifactError("the model answers with no finite scores")
