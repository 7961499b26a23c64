"""What a scorer keeps at hand between requests: the scene of the moment, and users' states.

Whatever cannot be read is done without: the model before, the trends before, an empty history.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from aws_lambda_powertools import Logger

from domain import metric
from domain.artifact import ArtifactError
from domain.breaker import Breaker
from domain.budget import Budgets
from domain.experiment import Experiments
from domain.exploration import CANDIDATES, Pool
from domain.exploring import Exploring
from domain.features import EMPTY, UserState
from domain.packing import PackingError
from domain.rollout import Rollout, has_clicked
from domain.rules import Rules
from domain.scene import Scene, compose, weighed
from domain.vocabulary import Vocabulary
from functions.aws import WorldError
from functions.scorer import OPEN_ERRORS, Loaded, Scorer
from functions.sides import Made, Sides
from functions.surroundings import SPENT_S, Surroundings
from functions.users import Users

NO_EXPERIMENTS, NO_BUDGETS = Experiments(), Budgets()
# Who was not answered three times in a row is left alone for two seconds, then asked once: an hour
# without the table costs `wire.WORST_S` every two seconds, not at every request.
FAILURES, REST_MS = 3, 2_000
CLICK = "click"


class Desk:
    """The scene is made anew only when a part of it changed; during a rollout there are two.

    sides:    what calls are like on each side of a rollout.
    troubles: what went wrong since somebody last looked, by the names of metrics.
    clock:    seconds, of which only the differences say something.
    """

    def __init__(
        self, users: Users, scorer: Scorer, surroundings: Surroundings, vocabulary: Vocabulary,
        rules: Rules, logger: Logger, troubles: Counter[str],
        experiments: Experiments = NO_EXPERIMENTS, clock: Callable[[], float] = time.monotonic,
        budgets: Budgets = NO_BUDGETS,
    ) -> None:
        self.vocabulary, self.rules, self.experiments = vocabulary, rules, experiments
        self.troubles, self._budgets = troubles, budgets
        self._users, self._scorer, self._around = users, scorer, surroundings
        self._logger, self._clock = logger, clock
        self._states = Breaker(FAILURES, REST_MS)
        self.sides = Sides(clock)
        self._scene: Scene | None = None
        self._candidate: Scene | None = None  # of the same moment
        # of both, by version and weights
        self._weighed: dict[tuple[str | None, tuple[tuple[str, float], ...]], Scene] = {}
        self._pool: Pool | None = None  # of `_scene`, whatever its weights

    def scene(self, now_ms: int, subject: str = "") -> Scene:
        """The moment as far as it is known; at most seconds old.

        subject: whose list it is for, who may be one of those to see a candidate; empty = nobody's.
        """
        began_s = self._clock()
        loaded = self._model(now_ms)
        changed = self._around.refresh(now_ms, is_late=self._clock() - began_s > SPENT_S)
        self._scene = self._composed(loaded, self._scene, now_ms, changed=changed)
        # Made at once, though this call may not need it: else each call of the few who see a
        # candidate would pay for a scene, and all candidates would look slow.
        self._candidate = self._beside(now_ms, changed=changed)
        rollout = self._scorer.rollout
        if rollout is None or rollout.is_unseen or not subject or self.sides.is_harmed(rollout):
            return self._scene
        is_new = self._candidate is not None and rollout.takes(subject)
        self.sides.stand(rollout, subject, is_new=is_new)
        return self._candidate if self._candidate and is_new else self._scene

    def scene_of(self, weights: Mapping[str, float], now_ms: int, subject: str) -> Scene:
        """The moment as variants that set these weights see it."""
        return self._weighing(self.scene(now_ms, subject), weights, now_ms)

    def unseen(self, subject: str) -> Rollout | None:
        """The rollout in whose sample a user is, whom nobody shows what it makes."""
        rollout = self._scorer.rollout
        if rollout is None or self.sides.is_harmed(rollout) or not rollout.shadows(subject):
            return None
        return rollout

    def candidate_of(self, weights: Mapping[str, float], now_ms: int) -> Scene | None:
        """As `scene_of`, for the candidate; None while no copy of it is open here."""
        return self._candidate and self._weighing(self._candidate, weights, now_ms)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """One call, of which its side is told how it ended."""
        self.sides.begin()
        failed = True
        try:
            yield
            failed = False
        finally:
            self.sides.end(failed=failed)

    def made(self, state: UserState, *, fallback: bool, empty: bool, now_ms: int) -> None:
        """Note a list that was made for whoever has this state."""
        if rollout := self.sides.rollout:
            click = self.vocabulary.by_name[CLICK].code
            clicked = has_clicked(state.history, click, rollout, now_ms)
            self.sides.made(Made(any=True, fallback=fallback, empty=empty, clicked=clicked))

    def exploring(
        self, list_id: str, now_ms: int, surface: str, placement: str = ""
    ) -> Exploring | None:
        """How a list explores, None where it does not.

        cost: `Pool.of` once for each moment.
        """
        budget, scene = self._budgets.of(surface, placement), self._scene or self.scene(now_ms)
        if budget is None:
            return None
        if self._pool is None:
            self._pool = Pool.of(scene.trends, scene.catalog.latest(CANDIDATES))
        return Exploring(self._pool, budget, list_id)

    def model_age_h(self, now_ms: int) -> float | None:
        """Hours since the model that serves was promoted, None without one."""
        loaded = self._scorer.loaded
        return (now_ms - loaded.since_ms) / 3_600_000 if loaded else None

    def state(self, subject: str) -> UserState:
        """The state of a user, or of a session's user; an empty one when it cannot be read."""
        now_ms = round(self._clock() * 1000)
        if not self._states.may_ask(now_ms):
            return self._unread("the table rests")
        try:
            found = self._users.get(subject)
            if found.owner:
                found = self._users.get(found.owner)
        except WorldError as error:
            self._states = self._states.failed(now_ms)
            return self._unread(repr(error))
        except PackingError as error:
            return self._unread(repr(error))
        self._states = self._states.answered()
        return EMPTY if found.erased else found.state

    @property
    def is_loading(self) -> bool:
        """Is a model on its way, of which the next scene does another part?"""
        return self._scorer.is_loading

    def wake(self) -> None:
        """After a sleep of any length: everything is looked for anew, nobody is left alone."""
        self._states = self._states.answered()
        self._scorer.look_anew()
        self._around.look_anew()

    def _weighing(self, scene: Scene, weights: Mapping[str, float], now_ms: int) -> Scene:
        named = tuple(sorted(weights.items()))
        if not named:
            return scene
        known = scene.version, named
        if known not in self._weighed:
            self._weighed[known] = weighed(scene, weights, now_ms)
        return self._weighed[known]

    def _model(self, now_ms: int) -> Loaded | None:
        try:
            return self._scorer.current(now_ms)
        except (*WorldError, ArtifactError, OSError, MemoryError) as error:
            self._logger.error("kept the model", reason=repr(error))
            self.troubles[metric.LOOKS_FAILED] += 1
            self._note_break(error)
            return self._scorer.loaded

    def _note_break(self, error: Exception) -> None:
        """A candidate that is not whole, or too large, is at fault; a world that fails is not."""
        rollout = self._scorer.rollout
        is_its_own = not isinstance(error, WorldError)
        if is_its_own and rollout and self._scorer.breaks == rollout.candidate:
            self.sides.broken(rollout)

    def _composed(
        self, loaded: Loaded | None, before: Scene | None, now_ms: int, *, changed: bool
    ) -> Scene:
        version = loaded.version if loaded else None
        if before is not None and not changed and before.version == version:
            return before
        self._weighed, self._pool = {}, None
        return compose(loaded.recommender if loaded else None, version, self._around.trends,
                       self._around.catalog, now_ms, before)

    def _beside(self, now_ms: int, *, changed: bool) -> Scene | None:
        """The candidate's scene; None without one, or where it cannot be made."""
        rollout, candidate = self._scorer.rollout, self._scorer.candidate
        if rollout is None or candidate is None:
            return None
        try:
            return self._composed(candidate, self._candidate, now_ms, changed=changed)
        except OPEN_ERRORS as error:
            self._logger.error("without the candidate", reason=repr(error))
            self.sides.broken(rollout)
            return None

    def _unread(self, reason: str) -> UserState:
        self._logger.error("without history", reason=reason)
        self.troubles[metric.STATES_UNREAD] += 1
        return EMPTY
