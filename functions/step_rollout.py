"""Clock -> a rollout goes on, or leaves by itself, as what copies counted says."""

import time
from functools import cache
from os import environ
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from domain.rollout import GO_ON, LEAVE, Verdict, decide
from functions.registry import Registry
from functions.settings import StepRollout

HOUR_MS = 3_600_000

logger = Logger(service="step_rollout")
metrics = Metrics(service="step_rollout")


@cache
def adapters() -> Registry:
    """Built once per execution environment."""
    return Registry(StepRollout.from_env(environ).models_table)


@metrics.log_metrics
def handler(_event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Look once; a failure is raised, and the next call looks again."""
    verdict = step(adapters(), now_ms=time.time_ns() // 1_000_000)
    return verdict._asdict() if verdict else {}


def step(registry: Registry, now_ms: int) -> Verdict | None:
    """What became of the rollout, None while there is none.

    A decision of an administrator meanwhile stands: then nothing is moved, and the next look sees.
    """
    pointer = registry.pointer()
    rollout = pointer.rollout if pointer else None
    if pointer is None or rollout is None:
        metrics.add_metric(metric.ROLLOUT_AGE_H, MetricUnit.NoUnit, 0)
        return None
    metrics.add_metric(metric.ROLLOUT_AGE_H, MetricUnit.NoUnit,
                       (now_ms - rollout.since_ms) / HOUR_MS)
    verdict = decide(rollout, registry.seen(rollout), now_ms)
    if verdict.act == GO_ON and registry.go_on(pointer, rollout, now_ms):
        logger.info("goes on", version=rollout.candidate, share=rollout.share, why=verdict.why)
    elif verdict.act == LEAVE and registry.leave(pointer, rollout, verdict.why, now_ms):
        logger.error("rolled back", version=rollout.candidate, share=rollout.share,
                     why=verdict.why)
        metrics.add_metric(metric.ROLLED_BACK, MetricUnit.Count, 1)
    return verdict
