"""How a training goes, told while it does: TensorBoard's event files, and MLflow if it is named.

tensorboardX writes the files that TensorBoard reads, without its server and gRPC: 0.7 MB for 40.
MLflow is optional: a job that names none installs none of its twenty packages.
"""

import importlib
import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tensorboardX.writer import SummaryWriter

from domain.artifact import ModelCard
from model.config import TrainConfig
from model.fit import Epoch

EXPERIMENT = "headwater"
# Of MLflow: its old store of plain files asks to be allowed, and it tells its makers of each run.
# source: MLflow, "Environment Variables", "Usage Tracking".
FILES, QUIET = "MLFLOW_ALLOW_FILE_STORE", "MLFLOW_DISABLE_TELEMETRY"
log = logging.getLogger(__name__)


class TrackingError(RuntimeError):
    """MLflow is asked for, and is not installed or does not answer."""


class EventFiles:
    """A folder of TensorBoard's."""

    def __init__(self, folder: Path, config: TrainConfig) -> None:
        self._config, self._writer = asdict(config), SummaryWriter(str(folder))

    def epoch(self, done: Epoch) -> None:
        """Add what an epoch ended with."""
        for name, value in _told(done).items():
            self._writer.add_scalar(name, value, done.number)

    def card(self, card: ModelCard) -> None:
        """Add the hyperparameters beside what the test says of them."""
        self._writer.add_hparams(self._config, _tested(card), name="test")

    def end(self, *, failed: bool) -> None:
        """Say how it ended, and write what is left."""
        self._writer.add_text("ended", "failed" if failed else "finished")
        self._writer.close()  # type: ignore[no-untyped-call]


class Experiment:
    """A run of an MLflow experiment.

    uri: a folder, a server's address, or the ARN of one that SageMaker manages.
    raises: TrackingError, when it cannot be begun; what cannot be told later costs no training.
    """

    def __init__(self, uri: str, name: str, config: TrainConfig) -> None:
        self._mlflow = _mlflow(uri)
        try:
            self._client = self._mlflow.MlflowClient(tracking_uri=uri)
            known = self._client.get_experiment_by_name(EXPERIMENT)
            of = known.experiment_id if known else self._client.create_experiment(EXPERIMENT)
            self._run = self._client.create_run(of, run_name=name).info.run_id
            self._client.log_batch(self._run, params=[
                self._mlflow.entities.Param(key, str(value))
                for key, value in asdict(config).items()])
        except self._mlflow.MlflowException as error:
            raise TrackingError(f"mlflow: {uri} does not answer as MLflow does: {error}") from error

    def epoch(self, done: Epoch) -> None:
        """Add what an epoch ended with."""
        self._tell(_told(done), done.number)

    def card(self, card: ModelCard) -> None:
        """Add what the test says, and what the model is made of."""
        said = card._asdict() | {"blend": dict(card.blend._asdict())}
        self._tell(_tested(card), tags={
            name: str(value) for name, value in said.items() if name not in ("metrics", "config")})

    def end(self, *, failed: bool) -> None:
        """Say how it ended."""
        with self._spared():
            self._client.set_terminated(self._run, "FAILED" if failed else "FINISHED")

    def _tell(
        self, values: Mapping[str, float], step: int = 0, tags: Mapping[str, str] | None = None
    ) -> None:
        entities, now_ms = self._mlflow.entities, time.time_ns() // 1_000_000
        with self._spared():
            self._client.log_batch(
                self._run, [entities.Metric(name, value, now_ms, step)
                            for name, value in values.items()],
                tags=[entities.RunTag(*one) for one in (tags or {}).items()])

    @contextmanager
    def _spared(self) -> Iterator[None]:
        try:
            yield
        except self._mlflow.MlflowException as error:
            log.warning("MLflow was not told: %s", error)


class Tracking:
    """Everybody who is told."""

    def __init__(self, *told: EventFiles | Experiment) -> None:
        self._told = told

    def epoch(self, done: Epoch) -> None:
        """An epoch ended."""
        for one in self._told:
            one.epoch(done)

    def card(self, card: ModelCard) -> None:
        """The model was tested."""
        for one in self._told:
            one.card(card)

    def end(self, *, failed: bool) -> None:
        """There is no more to be told."""
        for one in self._told:
            one.end(failed=failed)


@contextmanager
def tracking(
    config: TrainConfig, logs: Path | None, mlflow: str, name: str
) -> Iterator[Tracking]:
    """Tell of one run. logs: None = no event files. mlflow: empty = nobody. name: of the run there.

    raises: TrackingError.
    """
    told: list[EventFiles | Experiment] = [Experiment(mlflow, name, config)] if mlflow else []
    tracker = Tracking(*told, *([EventFiles(logs, config)] if logs else []))
    failed = True
    try:
        yield tracker
        failed = False
    finally:
        tracker.end(failed=failed)


def _mlflow(uri: str) -> Any:
    os.environ.setdefault(QUIET, "true")
    if urlsplit(uri).scheme in ("", "file"):
        os.environ.setdefault(FILES, "true")
    try:
        return importlib.import_module("mlflow")
    except ImportError as error:
        raise TrackingError("mlflow: install mlflow-skinny, and sagemaker-mlflow for an ARN: "
                            "pip install 'headwater[tracking]'") from error


def _told(done: Epoch) -> dict[str, float]:
    return {"loss": done.loss, _named("validation/ndcg@10"): done.validation,
            "learning_rate": done.learning_rate}


def _tested(card: ModelCard) -> dict[str, float]:
    """What is no number, as of a segment without cases, is left out."""
    return {_named(f"test/{who}/{metric}"): value for who, found in card.metrics.items()
            for metric, value in found.items() if math.isfinite(value)}


def _named(metric: str) -> str:
    """Neither takes an @ in a name."""
    return metric.replace("@", "_at_")
