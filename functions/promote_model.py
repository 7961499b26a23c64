"""Training-job event -> shelf: a candidate is verified, judged, and signed and placed, or refused.

Only this function writes `models/` and signs. Whatever happens, the pointer moves last, so serving
never sees half a model, and a refusal changes nothing but the registry. A job is judged once:
SageMaker may send its end more than once, and that moves nothing that was decided since. Of one
that failed the owner is told last: where that fails, the next call does only what is left to do.
"""

import tarfile
import tempfile
import time
import zlib
from collections.abc import Mapping
from functools import cache
from os import environ
from pathlib import Path
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.artifact import CARD, KNOWN, ArtifactError, ModelCard, judge, verify
from functions.notary import Notary
from functions.owner import Loss, Owner
from functions.registry import Entry, Registry, entry_of, failure_of
from functions.rolling import Room, let_serve
from functions.scorer import try_out
from functions.settings import PromoteModel
from functions.shelf import Shelf
from functions.tries import Tries, is_trial, reason_of

SUPERSEDED = "the model it was measured against no longer serves: train again"

logger = Logger(service="promote_model")
metrics = Metrics(service="promote_model")


class Adapters(NamedTuple):
    """What the handler touches."""

    shelf: Shelf
    registry: Registry
    room: Room
    tries: Tries
    owner: Owner


class Job(NamedTuple):
    """A training job that ended. failure: why it left no archive at `key`; empty when it did."""

    name: str
    created_ms: int
    key: str = ""
    failure: str = ""


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = PromoteModel.from_env(environ)
    shelf = Shelf(settings.bucket_name, notary=Notary.of(settings.signing_key))
    return Adapters(shelf, Registry(settings.models_table),
                    Room.of(settings.rollout, settings.shadow_share,
                            settings.recommend_memory_mb),
                    Tries.of(settings.instance_types, settings.spot),
                    Owner.of(settings.alarm_topic, settings.models_table))


@metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """React to one job's end."""
    if is_trial(str(event["detail"]["TrainingJobName"])):
        metrics.add_metric(metric.TRAININGS_FAILED, MetricUnit.Count, 0)
        return {"promoted": None, "refusals": ["a trial of a tuning leaves no model"]}
    job, given, now_ms = read_job(event["detail"]), adapters(), time.time_ns() // 1_000_000
    entry = consider(job, given.shelf, given.registry, given.room, given.tries, now_ms)
    if job.failure and not given.tries.after(job.name, job.failure):
        given.owner.hear([Loss(job.name, job.failure)], now_ms)
    promoted = None if entry.refusals else entry.version
    return {"promoted": promoted, "refusals": entry.refusals}


def read_job(detail: Mapping[str, Any]) -> Job:
    """The job an event tells of.

    The model lies below the job's output path. source: AWS, "Events that Amazon SageMaker AI sends
    to Amazon EventBridge", "How Amazon SageMaker AI Processes Training Output".
    """
    name, created_ms = str(detail["TrainingJobName"]), int(detail["CreationTime"])
    if failure := reason_of(detail):
        return Job(name, created_ms, failure=failure)
    folder = str(detail["OutputDataConfig"]["S3OutputPath"]).removeprefix("s3://").partition("/")[2]
    return Job(name, created_ms, key=f"{folder}/{name}/output/model.tar.gz")


def consider(
    job: Job, shelf: Shelf, registry: Registry, room: Room, tries: Tries, now_ms: int
) -> Entry:
    """Promote the job's archive, or write down why not."""
    if entry := registry.of_job(job.name):
        logger.info("judged before", job=job.name)
    elif job.failure:
        entry = failure_of(job.name, job.failure, now_ms)
        registry.record(entry)
    else:
        entry = _judge(job, shelf, registry, now_ms)
    if entry.version and not entry.refusals:
        # Also for one judged before: its first try may have ended just here.
        let_serve(registry, entry.version, room.first_share, room, entry.judged_ms)
    goes_on = bool(job.failure and tries.after(job.name, job.failure))
    _report(job, entry, entry.judged_ms == now_ms, goes_on=goes_on)
    return entry


def _judge(job: Job, shelf: Shelf, registry: Registry, now_ms: int) -> Entry:
    """The judgement, written down; what passed lies on the shelf by then."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            version, card = _unpack(job.key, shelf, folder)
        except ArtifactError as error:
            entry = failure_of(job.name, str(error), now_ms)
        else:
            if card.notes:  # such as: there was no sound current model to compare with
                logger.warning("noted", job=job.name, notes=card.notes)
            refusals = judge(card) or _objections(job, registry, folder)
            size = sum(path.stat().st_size for path in folder.iterdir())
            entry = entry_of(version, card, job.name, refusals, now_ms, size)
            if not refusals:
                shelf.put_model(folder, version)
    registry.record(entry)
    return entry


def _objections(job: Job, registry: Registry, folder: Path) -> list[str]:
    """Why a model with a good card may not serve."""
    current = registry.current()
    if current and current[1] > job.created_ms:
        return [SUPERSEDED]
    try:
        try_out(folder)
    except ArtifactError as error:
        return [str(error)]
    return []


def _unpack(key: str, shelf: Shelf, folder: Path) -> tuple[str, ModelCard]:
    archive = folder / "model.tar.gz"
    shelf.download(key, archive)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            wanted = [m for m in tar.getmembers() if m.name.removeprefix("./") in KNOWN]
            tar.extractall(folder, wanted, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ArtifactError(f"unreadable archive: {error!r}") from error
    archive.unlink()
    version = verify(folder)
    return version, ModelCard.from_json((folder / CARD).read_bytes().decode(errors="replace"))


def _report(job: Job, entry: Entry, is_new: bool, *, goes_on: bool) -> None:
    """goes_on: `start_training` asks for another machine, so that nobody need be called yet."""
    name = metric.TRAININGS_FAILED if job.failure else (
        metric.MODELS_REFUSED if entry.refusals else metric.MODELS_PROMOTED)
    metrics.add_metric(name, MetricUnit.Count, is_new and not goes_on)
    if entry.refusals:
        logger.warning("tried elsewhere" if goes_on else "refused", job=job.name,
                       refusals=entry.refusals)
    else:
        logger.info("promoted", job=job.name, version=entry.version, metrics=entry.metrics)
