"""What a deployer's settings may hold: limits of AWS, and forms that names must have."""

import re
from collections.abc import Callable
from typing import Any

# (does it hold?, what is expected, to complete "... is not")
Rule = tuple[Callable[[Any], bool], str]


# Lambda gives CPU in proportion to memory: this much is one vCPU, and more is no faster for one
# thread. source: AWS, "Configure Lambda function memory".
VCPU_MB = 1769


def _matches(pattern: str, expected: str) -> Rule:
    return lambda value: re.fullmatch(pattern, value) is not None, expected


def _between(low: float, high: float, unit: str) -> Rule:
    return lambda value: low <= value <= high, f"{low} to {high} {unit}"


def _one_of(values: tuple[int, ...], unit: str) -> Rule:
    return lambda value: value in values, f"one of {', '.join(map(str, values))} {unit}"


# What CloudWatch Logs keeps. source: AWS, "PutRetentionPolicy" (CloudWatch Logs API).
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)

RULES: dict[str, Rule] = {
    # Opens the names of training jobs, 63 characters at most with their time.
    # source: AWS, "CreateTrainingJob" (SageMaker API).
    "name": _matches(r"(?=.{1,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
                     "lower-case letters, digits and single hyphens, 32 at most"),
    "account": _matches(r"(\d{12})?", "a 12-digit account number"),
    "region": _matches(r"([a-z]{2,}(-[a-z]+)+-\d)?", "a region such as eu-west-1"),
    "allowed_origin": _matches(r"\*|https?://[^\s'/]+", "* or an origin such as https://a.example"),
    "api": _matches(r"rest|http", "rest or http"),
    "shards": _between(0, 10_000, "shards"),
    # source: AWS, "IncreaseStreamRetentionPeriod" (Kinesis Data Streams API).
    "stream_retention_h": _between(24, 8760, "hours"),
    # source: AWS, "CreateEventSourceMapping" (Lambda API), ParallelizationFactor.
    "lanes_per_shard": _between(1, 10, "lanes"),
    # An account takes 10,000 requests/s. source: AWS, "API Gateway quotas".
    "throttle_rate": _between(1, 10_000, "requests per second"),
    "throttle_burst": _between(1, 5_000, "requests"),
    "quota_per_month": _between(0, 2**31 - 1, "requests"),
    "ingest_ceiling": _between(0, 10_000, "copies"),
    "recommend_ceiling": _between(0, 10_000, "copies"),
    # Both to 10,240 MB. source: AWS, "Lambda quotas".
    "recommend_memory_mb": _between(512, 10_240, "MB"),
    "recommend_disk_mb": _between(512, 10_240, "MB"),
    "provisioned_concurrency": _between(0, 10_000, "copies"),
    # Plain HTTP is for an issuer on this machine, that is for the local cloud.
    "jwt_issuer": _matches(r"(https://[^\s?#]+|http://127\.0\.0\.1(:\d+)?(/[^\s?#]*)?)?",
                           "an issuer such as https://id.example"),
    "jwt_audience": _matches(r"\S*", "one word"),
    # source: AWS, "RateBasedStatement" (AWS WAFV2 API).
    "rate_limit_5min": _between(10, 2_000_000_000, "requests"),
    "event_log_days": _between(1, 3650, "days"),
    "log_days": _one_of(LOG_DAYS, "days"),
    "training_schedule": _matches(r"(rate|cron|at)\(.+\)", "a schedule such as rate(1 day)"),
    "training_image": _matches(r"\S+[:@]\S+", "an image with its tag or digest"),
    # source: AWS, "Actions, resources, and condition keys for Amazon SageMaker with MLflow".
    "mlflow": _matches(r"(arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:"
                       r"mlflow-tracking-server/[A-Za-z0-9-]+)?",
                       "the ARN of a SageMaker MLflow tracking server"),
    "instance_types": _matches(r"(ml\.[a-z0-9-]+\.[a-z0-9]+)(,ml\.[a-z0-9-]+\.[a-z0-9]+){0,4}",
                               "one to five instances such as ml.g5.xlarge,ml.m5.2xlarge"),
    # source: AWS, "StoppingCondition" (SageMaker API): 28 days at most.
    "max_training_s": _between(300, 28 * 86_400, "seconds"),
    "model_age_alarm_h": _between(1, 8760, "hours"),
    "training_age_alarm_h": _between(1, 8760, "hours"),
    "latency_alarm_ms": _between(1, 29_000, "milliseconds"),
    "median_alarm_ms": _between(1, 29_000, "milliseconds"),
    "lag_alarm_s": _between(1, 86_400, "seconds"),
    "architecture": _matches(r"arm64|x86_64", "arm64 or x86_64"),
    "probe_minutes": _between(0, 60, "minutes"),
    # Beyond 45 s the probe gives up and counts the event as missed.
    "freshness_alarm_ms": _between(100, 40_000, "milliseconds"),
    "fallback_alarm_percent": _between(1, 100, "percent"),
    "monthly_budget_usd": _between(0, 10**9, "US dollars"),
    "shadow_share": _between(0, 1, "of all users"),
    "debug_sample": _between(0, 1, "of all requests"),
    "alarm_email": _matches(r"([^@\s]+@[^@\s]+)?", "an e-mail address"),
}
