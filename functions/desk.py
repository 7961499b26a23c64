"""What a scorer keeps at hand between requests: the scene of the moment, and users' states.

Whatever cannot be read is done without: the model before, the trends before, an empty history.
"""

from aws_lambda_powertools import Logger

from domain.artifact import ArtifactError
from domain.experiment import Assignment, Experiments
from domain.features import EMPTY, UserState
from domain.packing import PackingError
from domain.rules import Rules
from domain.scene import Scene, compose, weighed
from domain.vocabulary import Vocabulary
from functions.aws import WorldError
from functions.scorer import Scorer
from functions.surroundings import Surroundings
from functions.users import Users

NO_EXPERIMENTS = Experiments()


class Desk:
    """The scene is made anew only when a part of it changed."""

    def __init__(
        self, users: Users, scorer: Scorer, surroundings: Surroundings, vocabulary: Vocabulary,
        rules: Rules, logger: Logger, experiments: Experiments = NO_EXPERIMENTS,
    ) -> None:
        self.vocabulary, self.rules, self.experiments = vocabulary, rules, experiments
        self._users, self._scorer, self._around = users, scorer, surroundings
        self._logger = logger
        self._scene: Scene | None = None
        self._weighed: dict[tuple[tuple[str, float], ...], Scene] = {}  # of `_scene`, by weights

    def scene(self, now_ms: int) -> Scene:
        """The moment as far as it is known; at most seconds old."""
        try:
            loaded = self._scorer.current(now_ms)
        except (*WorldError, ArtifactError, OSError) as error:
            self._logger.error("kept the model", reason=repr(error))
            loaded = self._scorer.loaded
        changed = self._around.refresh(now_ms)
        version = loaded.version if loaded else None
        if self._scene is None or changed or self._scene.version != version:
            self._scene = compose(loaded.recommender if loaded else None, version,
                                  self._around.trends, self._around.catalog, now_ms)
            self._weighed = {}
        return self._scene

    def scene_of(self, assigned: Assignment, now_ms: int) -> Scene:
        """The moment as the variants that run for a subject see it."""
        scene, weights = self.scene(now_ms), tuple(sorted(assigned.weights.items()))
        if not weights:
            return scene
        if weights not in self._weighed:
            self._weighed[weights] = weighed(scene, assigned.weights, now_ms)
        return self._weighed[weights]

    def model_age_h(self, now_ms: int) -> float | None:
        """Hours since the model that serves was promoted, None without one."""
        loaded = self._scorer.loaded
        return (now_ms - loaded.since_ms) / 3_600_000 if loaded else None

    def state(self, subject: str) -> UserState:
        """The state of a user, or of a session's user; an empty one when it cannot be read."""
        try:
            found = self._users.get(subject)
            if found.owner:
                found = self._users.get(found.owner)
        except (*WorldError, PackingError) as error:
            self._logger.error("without history", reason=repr(error))
            return EMPTY
        return EMPTY if found.erased else found.state
