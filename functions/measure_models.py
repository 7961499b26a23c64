"""Clock -> ages: how old the model that serves is, and how long ago a training ended.

Measured by the clock and not at a request, so that a deployment without traffic tells as well.
Before there is any model or training, the age is that of the deployment.
"""

import time
from functools import cache
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from domain import metric
from functions.registry import Registry
from functions.settings import MeasureModels

HOUR_MS = 3_600_000

metrics = Metrics(service="measure_models")


class Ages(NamedTuple):
    """Hours since the model that serves was promoted, and since a training ended."""

    model_h: float
    training_h: float


@cache
def adapters() -> Registry:
    """Built once per execution environment."""
    return Registry(MeasureModels.from_env(environ).models_table)


@metrics.log_metrics
def handler(_event: dict[str, Any], _: Any) -> None:
    """Measure once; a failure is raised, and the next call measures again."""
    ages = measure(adapters(), now_ms=time.time_ns() // 1_000_000)
    metrics.add_metric(metric.MODEL_AGE_H, MetricUnit.NoUnit, ages.model_h)
    metrics.add_metric(metric.TRAINING_AGE_H, MetricUnit.NoUnit, ages.training_h)


def measure(registry: Registry, now_ms: int) -> Ages:
    """The ages as of now. A training that failed ended too; its failure is told elsewhere."""
    current, entries = registry.current(), registry.entries()
    promoted_ms = current[1] if current else registry.made_ms()
    ended_ms = entries[0].judged_ms if entries else registry.made_ms()
    return Ages((now_ms - promoted_ms) / HOUR_MS, (now_ms - ended_ms) / HOUR_MS)
