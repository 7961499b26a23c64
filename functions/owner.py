"""Whoever runs the deployment, told in plain words of trainings that left no model.

An alarm says that something failed; this says what, why, and what comes next.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

from functions.notices import Notices
from functions.told import Told

NEXT = ("What is next: nothing more is tried. The model that serves goes on serving; the next "
        "training begins by its schedule.")
WHERE = ("Where to look: GET /models, or `python -m local models list --url URL`, for every job "
         "and its reason; the log group /aws/sagemaker/TrainingJobs for what jobs printed; "
         "docs/runbook.md#trainingfailed for what to do.")


class Loss(NamedTuple):
    """A job that left no model, and why."""

    job: str
    reason: str


class Owner(NamedTuple):
    """Who listens to the topic, and what was said there."""

    notices: Notices
    told: Told

    @classmethod
    def of(cls, topic_arn: str, models_table: str) -> Self:
        """Of the deployment with these."""
        return cls(Notices(topic_arn), Told(models_table))

    def hear(self, losses: Sequence[Loss], now_ms: int) -> None:
        """One message of a training that is given up, of those jobs that were not told of yet.

        It is noted after it was sent: one that cannot be noted may come twice, and none is lost.
        raises: a `WorldError`; whoever is called again says what is left to say.
        """
        new = [loss for loss in losses if not self.told.knows(loss.job)]
        if not new:
            return
        self.notices.say(subject_of(new[-1]), text_of(new))
        for loss in new:
            self.told.note(loss.job, now_ms // 1000)


def subject_of(loss: Loss) -> str:
    """A line. A job's name has 63 characters at most. source: AWS, "CreateTrainingJob"."""
    return f"Training failed: {loss.job}"


def text_of(losses: Sequence[Loss]) -> str:
    """Which jobs, why, what is next, where to look."""
    jobs = [f"The training job {loss.job} left no model.\nReason: {loss.reason}" for loss in losses]
    return "\n\n".join([*jobs, NEXT, WHERE])
