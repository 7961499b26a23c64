"""What one run reads and writes, as a command line or a SageMaker job says it."""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.erasure import ErasureError, Forgotten
from domain.layout import (
    CHANNEL_CATALOG,
    CHANNEL_CURRENT,
    CHANNEL_EARLIER,
    CHANNEL_EVENTS,
    CHANNEL_FORGOTTEN,
)
from domain.vocabulary import Vocabulary, VocabularyError
from model.checkpoint import CheckpointError
from model.config import ConfigError, TrainConfig
from model.contract import HERE, Job
from model.cost import ForecastError
from model.dataset import NOBODY, DatasetError
from model.earlier import EarlierError, mismatch
from model.learner import DivergedError
from model.options import add_hyperparameters, given_hyperparameters
from model.tracking import TrackingError

log = logging.getLogger(__name__)
# Of who started the run: one line says what is wrong.
MISTAKES = (ConfigError, DatasetError, CheckpointError, EarlierError, DivergedError,
            VocabularyError, ErasureError, ForecastError, TrackingError)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run reads and writes.

    current: folder of the model promoted now, if any.   earlier: checkpoints to start from.
    logs, mlflow, name: where it is told how it goes, and as what: see `model.tracking`.
    """

    events: Path
    out: Path
    config: TrainConfig
    vocabulary: Vocabulary
    catalog: Path | None = None
    current: Path | None = None
    checkpoints: Path | None = None
    leave_one_out: bool = False
    forgotten: Forgotten = NOBODY
    instance: str = HERE
    earlier: Path | None = None
    logs: Path | None = None
    mlflow: str = ""
    name: str = ""


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None
) -> argparse.Namespace:
    """The command line of a program about a run; every hyperparameter is an option."""
    parser.add_argument("--job", type=Path, help="root of SageMaker's folders, /opt/ml")
    parser.add_argument("--events", type=Path, help="folder of event-log objects (*.jsonl.gz)")
    parser.add_argument("--catalog", type=Path, help="catalogue snapshot (optional)")
    parser.add_argument("--current", type=Path, help="folder of the model to beat (optional)")
    parser.add_argument("--out", type=Path, help="folder for the artifact")
    parser.add_argument("--checkpoints", type=Path, help="folder to resume from (optional)")
    parser.add_argument("--earlier", type=Path,
                        help="checkpoints of an earlier run, to start from its weights (optional)")
    parser.add_argument("--logs", type=Path, help="folder for TensorBoard (default: OUT-logs)")
    parser.add_argument("--mlflow", default="", metavar="URI",
                        help="a folder, a tracking server, or SageMaker's by its ARN (optional)")
    parser.add_argument("--event-types", default="[]", help="declared event types, as JSON")
    parser.add_argument("--leave-one-out", action="store_true",
                        help="split as papers do, in place of the cut in time")
    add_hyperparameters(parser)
    given = parser.parse_args(arguments)
    if not (given.job or (given.events and given.out)):
        parser.error("--events and --out are required (or --job)")
    return given


def run_of(given: argparse.Namespace) -> Run:
    """What the command line, or the job it names, asks for.

    raises: ConfigError, VocabularyError, DatasetError or ErasureError, when that cannot be done.
    """
    if given.job:
        return _of_job(Job(given.job))
    config = TrainConfig.from_hyperparameters(given_hyperparameters(given))
    logs = given.logs or given.out.with_name(f"{given.out.name}-logs")
    return Run(given.events, given.out, config,
               Vocabulary.from_json(given.event_types), given.catalog, given.current,
               given.checkpoints, given.leave_one_out, earlier=given.earlier, logs=logs,
               mlflow=given.mlflow, name=given.out.name)


def _of_job(job: Job) -> Run:
    given = job.hyperparameters()
    vocabulary = Vocabulary.from_json(given.pop("event_types", "[]"))
    mlflow = given.pop("mlflow", "")
    config = TrainConfig.from_hyperparameters(given)
    events, catalog = job.channel(CHANNEL_EVENTS), job.channel(CHANNEL_CATALOG)
    if events is None:
        raise DatasetError(f"the job has no channel {CHANNEL_EVENTS}, or it is empty")
    found = next(catalog.glob("*.npz"), None) if catalog else None
    return Run(events, job.model, config, vocabulary, found,
               job.channel(CHANNEL_CURRENT), job.checkpoints, forgotten=_forgotten(job),
               instance=job.instance, earlier=_earlier(job, config), logs=job.logs, mlflow=mlflow,
               name=job.name)


def _earlier(job: Job, config: TrainConfig) -> Path | None:
    """What to start from; a job whose shape was changed since then begins anew."""
    folder = job.channel(CHANNEL_EARLIER)
    if folder and (why := mismatch(folder, config)):
        log.warning("begins anew: %s", why)
        return None
    return folder


def _forgotten(job: Job) -> Forgotten:
    """Whom to leave out. raises: ErasureError, when the job is told in a way not known here."""
    folder = job.channel(CHANNEL_FORGOTTEN)
    if folder is None:
        raise ErasureError(f"the job has no channel {CHANNEL_FORGOTTEN}, or it is empty")
    return Forgotten.from_text(next(folder.iterdir()).read_text())
