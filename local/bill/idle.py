"""What a deployment costs in a month in which nobody calls, from its synthesized template.

Data at rest is not in it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.metric import RARE
from local.bill.prices import GB, hours, usd

Resources = Mapping[str, Mapping[str, Any]]

DAY_H = 24  # what a stream keeps at no extra charge
TRAINING_RUN_H = 0.25  # source: assumed
SCHEDULED_S = 1.0  # of a function that a schedule calls. source: assumed
LINES_BYTES = 800  # of a call in the log: metrics, and what Lambda writes itself
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}


def idle(resources: Resources) -> dict[str, float]:
    """USD by what it is for; what a deployment does not have costs 0."""
    stream, acls = of(resources, "Kinesis::Stream"), of(resources, "WAFv2::WebACL")
    return {
        "stream": sum(map(_stream, stream)),
        "alarms": (sum(map(_looked_at, of(resources, "CloudWatch::Alarm"))) * usd("alarm_metric")
                   + len(of(resources, "CloudWatch::CompositeAlarm")) * usd("composite_alarm")),
        "metrics": len(_own_metrics(resources)) * usd("custom_metric"),
        "dashboard": len(of(resources, "CloudWatch::Dashboard")) * usd("dashboard"),
        "training": trainings(resources) * _training(resources) if trainings(resources) else 0.0,
        "schedules": sum(_runs(schedule) * _call(resources, schedule)
                         for schedule in _schedules(resources)),
        "web ACL": sum(usd("web_acl") + usd("web_acl_rule", len(acl["Rules"])) for acl in acls),
        "keys": len(of(resources, "KMS::Key")) * usd("key"),
        "secrets": len(of(resources, "SecretsManager::Secret")) * usd("secret"),
        "snapshot": sum(_snapshots(resources)),
        "copies kept ready": usd("ready_gb_s", sum(ready_gb_s(resources).values())),
    }


def trainings(resources: Resources) -> float:
    """How many a month has."""
    return sum(_runs(schedule) for schedule in _schedules(resources)
               if verb_of(_function(resources, schedule)) == "start_training")


def ready_gb_s(resources: Resources) -> dict[str, float]:
    """Verb -> gigabyte-seconds of a month in copies that are started ahead of calls."""
    found = {}
    for alias in of(resources, "Lambda::Alias"):
        if ahead := alias.get("ProvisionedConcurrencyConfig"):
            function = _properties(resources, alias["FunctionName"]["Ref"])
            found[verb_of(function)] = (ahead["ProvisionedConcurrentExecutions"]
                                        * _month_gb_s(function))
    return found


def verb_of(function: Mapping[str, Any]) -> str:
    """The handler's module: functions.recommend.handler -> recommend."""
    return str(function["Handler"].split(".")[1])


def of(resources: Resources, kind: str) -> list[Mapping[str, Any]]:
    """Properties of every resource of a type, named without `AWS::`."""
    return [found.get("Properties", {}) for found in resources.values()
            if found["Type"] == f"AWS::{kind}"]


def is_kept_longer(stream: Mapping[str, Any]) -> bool:
    """Longer than what is in the price of a shard."""
    return bool(stream["RetentionPeriodHours"] > DAY_H)


def is_on_demand(stream: Mapping[str, Any]) -> bool:
    """Billed by the hour and by what passes, not by shards."""
    return bool(stream["StreamModeDetails"]["StreamMode"] == "ON_DEMAND")


def _stream(stream: Mapping[str, Any]) -> float:
    if is_on_demand(stream):
        return usd("on_demand_month")
    kept = usd("kept_shard_month") if is_kept_longer(stream) else 0.0
    return float(stream["ShardCount"] * (usd("shard_month") + kept))


def _looked_at(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in part for part in alarm.get("Metrics", [])) or 1


def _own_metrics(resources: Resources) -> set[str]:
    """(metric, function) that the dashboard draws, as if each but rare ones were sent every hour.

    The dashboard draws whatever an alarm looks at: tests/infra/test_dashboard.py.
    """
    boards = json.dumps(of(resources, "CloudWatch::Dashboard")).replace("\\", "")
    found = set(re.findall(r'"Headwater/[^"]*","(\w+","service","\w+)"', boards))
    return {name for name in found if name.partition('"')[0] not in RARE}


def _schedules(resources: Resources) -> list[Mapping[str, Any]]:
    return of(resources, "Scheduler::Schedule")


def _properties(resources: Resources, id_: str) -> Mapping[str, Any]:
    return dict(resources[id_]["Properties"])


def _function(resources: Resources, schedule: Mapping[str, Any]) -> Mapping[str, Any]:
    return _properties(resources, schedule["Target"]["Arn"]["Fn::GetAtt"][0])


def _runs(schedule: Mapping[str, Any]) -> float:
    """Of a month. raises: ValueError, for a schedule that is no rate."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule["ScheduleExpression"])
    if not found:
        raise ValueError(f"{schedule['ScheduleExpression']}: only a rate has a price here")
    return hours() / (int(found[1]) * _HOURS[found[2]])


def _call(resources: Resources, schedule: Mapping[str, Any]) -> float:
    """The schedule's call, the function's run, its line, and one object that it writes."""
    gb_s = _function(resources, schedule)["MemorySize"] / 1024 * SCHEDULED_S
    return (usd("scheduled_call") + usd("lambda_call") + usd("lambda_gb_s", gb_s)
            + usd("s3_put") + usd("log_gb", LINES_BYTES / GB))


def _training(resources: Resources) -> float:
    (instance,) = {found["Environment"]["Variables"]["HEADWATER_INSTANCE_TYPE"]
                   for found in of(resources, "Lambda::Function")
                   if found.get("Handler") == "functions.start_training.handler"}
    return TRAINING_RUN_H * usd(instance)


def _snapshots(resources: Resources) -> Iterator[float]:
    for version in of(resources, "Lambda::Version"):
        function = _properties(resources, version["FunctionName"]["Ref"])
        if "SnapStart" in function:
            yield usd("snapshot_gb_s", _month_gb_s(function))


def _month_gb_s(function: Mapping[str, Any]) -> float:
    """Of one copy that is there all month."""
    return float(function["MemorySize"] / 1024 * hours() * 3600)
