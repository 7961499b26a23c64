"""Template -> on what terms a deployment is billed: its API, stream, and size of functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.layout import EVENT_LOG
from local.bill.idle import (
    Resources,
    idle,
    is_kept_longer,
    is_on_demand,
    of,
    ready_gb_s,
    trainings,
    verb_of,
)
from local.bill.prices import hours
from local.cloud import ASSEMBLIES
from local.mapping import MAX_PAYLOAD_BYTES, RECORD_OVERHEAD_BYTES
from local.template import ROOT, Template, synthesize

DAYS_PER_MONTH = hours() / 24


@dataclass(frozen=True, slots=True)
class Feed:
    """How a consumer reads the stream. lanes: batches of one shard at once."""

    batch: int
    window_s: float
    lanes: int

    def records(self, rate: float, shards: int, record_bytes: float) -> float:
        """Of an invocation, when so many come a second: those of a window after the first."""
        most = MAX_PAYLOAD_BYTES / (record_bytes * 4 / 3 + RECORD_OVERHEAD_BYTES)
        return min(self.batch, most, 1 + rate / shards / self.lanes * self.window_s)


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one deployment.

    api:        the price of its calls, by name.
    kept_days:  beyond the first, of its stream.
    log_months: how long an event is kept. trainings: of a month, each of which reads all of them.
    memory_mb, reports, feeds: by verb; who reports, has Lambda write lines of each call.
    ready_gb_s: of a month, by verb, in copies that are started ahead of calls.

    The authorizer of an HTTP API is not in it: its answers are kept, it runs a dozen times an hour.
    """

    api: str
    has_web_acl: bool
    on_demand: bool
    kept_days: float
    shards: int
    idle: Mapping[str, float]
    log_months: float
    trainings: float
    memory_mb: Mapping[str, int]
    reports: Mapping[str, bool]
    feeds: Mapping[str, Feed]
    ready_gb_s: Mapping[str, float]

    @classmethod
    def of(cls, resources: Resources) -> Self:
        """Those of a synthesized template."""
        (stream,) = of(resources, "Kinesis::Stream")
        functions = {verb_of(found): found for found in of(resources, "Lambda::Function")}
        return cls(
            api="http_call" if of(resources, "ApiGatewayV2::Api") else "rest_call",
            has_web_acl=bool(of(resources, "WAFv2::WebACL")),
            on_demand=is_on_demand(stream),
            kept_days=stream["RetentionPeriodHours"] / 24 - 1 if is_kept_longer(stream) else 0.0,
            shards=stream.get("ShardCount", 0),
            idle=idle(resources),
            log_months=_log_days(resources) / DAYS_PER_MONTH,
            trainings=trainings(resources),
            memory_mb={verb: found["MemorySize"] for verb, found in functions.items()},
            reports={verb: found["LoggingConfig"].get("SystemLogLevel", "INFO") == "INFO"
                     for verb, found in functions.items()},
            feeds=dict(_feeds(resources)),
            ready_gb_s=ready_gb_s(resources))

    @classmethod
    def of_profile(cls, profile: str = "", **context: Any) -> Self:
        """Of cdk.json's profile of that name; empty = the defaults. context: laid over it."""
        return cls.of(resources_of(profile, **context))


def resources_of(profile: str, **context: Any) -> Resources:
    """Of the template of a profile; empty = the defaults."""
    given = {"profile": profile, **context} if profile else context
    (path,) = synthesize(ASSEMBLIES, given).glob("*.template.json")
    return dict(json.loads(path.read_text())["Resources"])


def profiles() -> dict[str, dict[str, Any]]:
    """Name -> settings, as cdk.json holds them; the defaults have no name."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {"": {}, **context["profiles"]}


def _feeds(resources: Resources) -> list[tuple[str, Feed]]:
    template = Template({"Resources": resources})
    return [(verb_of(resources[template.function_of(given["FunctionName"])]["Properties"]),
             Feed(given["BatchSize"], given["MaximumBatchingWindowInSeconds"],
                  given.get("ParallelizationFactor", 1)))
            for given in of(resources, "Lambda::EventSourceMapping")]


def _log_days(resources: Resources) -> float:
    (days,) = {rule["ExpirationInDays"] for bucket in of(resources, "S3::Bucket")
               for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ())
               if rule.get("Prefix") == EVENT_LOG and "ExpirationInDays" in rule}
    return float(days)
