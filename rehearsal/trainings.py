"""Training jobs that are really run, under the role they were given."""

import threading
import time
from types import TracebackType
from typing import Any, Self

from local.jobs import Job, JobRunner
from local.template import ACCOUNT, REGION
from rehearsal.engine import FOLDER, Engine

POLL_S = 0.5


class Trainings:
    """Runs each job that a deployment starts, and tells EventBridge of its end."""

    def __init__(self, engine: Engine, role_arn: str, deployment: str) -> None:
        self._engine = engine
        job_arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{deployment}-rehearsed"
        session = engine.assume(role_arn, "SageMaker", acting_for=job_arn)
        folder = FOLDER / f"jobs-{time.time_ns()}"
        sagemaker = engine.client("sagemaker")
        ended = {job["TrainingJobName"]
                 for job in sagemaker.list_training_jobs()["TrainingJobSummaries"]
                 if job["TrainingJobStatus"] != "InProgress"}
        self._runner = JobRunner(
            sagemaker, engine.client("s3", session), folder, self._tell, ended=ended)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trainings")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    @property
    def jobs(self) -> list[Job]:
        """Every job so far."""
        return self._runner.all

    def close(self) -> None:
        """Stop jobs that run."""
        self._stopped.set()
        self._thread.join()
        self._runner.stop()

    def _run(self) -> None:
        while not self._stopped.wait(POLL_S):
            self._runner.poll()

    def _tell(self, event: dict[str, Any]) -> list[Any]:
        """The end of a job, through the door that only the emulator has."""
        self._engine.post("sagemaker", "Rehearsal.Tell", event)
        return []
