"""CloudWatch's part in an alarm: from emitted metrics to ringing or not.

Plays the metric math that our alarms use (+ * / >= > IF), and what an alarm does with missing data.
In an expression what is missing counts as 0 beside what is not, and x / 0 is no number.
source: AWS, "Using metric math", "Alarm evaluation".
"""

import ast
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# (namespace, name, dimensions as JSON) -> values that arrived within one period.
Period = Mapping[tuple[str, str, str], Sequence[float]]
SILENCE: Period = {}


def period_of(lines: Iterable[Mapping[str, Any]]) -> Period:
    """What CloudWatch makes of log lines in the embedded metric format.

    source: AWS, "Specification: Embedded metric format".
    """
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for line in lines:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: line[name] for name in names}
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    key = (directive["Namespace"], metric["Name"], written(dimensions))
                    found[key] += value if isinstance(value, list) else [value]
    return found


def written(dimensions: Mapping[str, Any]) -> str:
    """Dimensions as part of a key."""
    return json.dumps(dimensions, sort_keys=True)


def key_of(metric: Mapping[str, Any]) -> tuple[str, str, str]:
    """Which metric an alarm means."""
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
    return metric["Namespace"], metric["MetricName"], written(dimensions)


def looked_at(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The metrics of an alarm, without its expression."""
    if "MetricName" in alarm:
        return [alarm]
    return [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]


def rings(alarm: Mapping[str, Any], periods: Sequence[Period]) -> bool:
    """Is the alarm on after these periods, the newest last? One period stands for all of them."""
    of = alarm["EvaluationPeriods"]
    seen = list(periods)[-of:] if len(periods) > 1 else list(periods) * of
    above = [_above(_value(alarm, period), alarm) for period in seen]
    return sum(above) >= alarm.get("DatapointsToAlarm", of)


def _above(value: float | None, alarm: Mapping[str, Any]) -> bool:
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    if value is None:
        return bool(alarm["TreatMissingData"] == "breaching")
    return bool(value > alarm["Threshold"])


def _value(alarm: Mapping[str, Any], period: Period) -> float | None:
    if "MetricName" in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return _statistic(statistic, period.get(key_of(alarm), ()))
    known = {entry["Id"]: _statistic(entry["MetricStat"]["Stat"],
                                     period.get(key_of(entry["MetricStat"]["Metric"]), ()))
             for entry in alarm["Metrics"] if "MetricStat" in entry}
    (watched,) = (entry for entry in alarm["Metrics"] if entry["ReturnData"])
    return _solve(ast.parse(watched.get("Expression", watched["Id"]), mode="eval").body, known)


def _statistic(name: str, values: Sequence[float]) -> float | None:
    if not values:
        return None
    if name.startswith("p"):
        return sorted(values)[math.ceil(float(name[1:]) / 100 * len(values)) - 1]
    return {"Sum": sum, "Maximum": max, "SampleCount": len}[name](values)


def _solve(node: ast.AST, known: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=value):
            assert isinstance(value, int | float)
            return value
        case ast.Name(id=name):
            return known[name]
        case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
            held = _solve(condition, known)
            return None if held is None else _solve(yes if held else no, known)
        case ast.BinOp(left=left, op=sign, right=right):
            return _combined(sign, _solve(left, known), _solve(right, known))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _combined(sign, _solve(left, known), _solve(right, known))
    raise ValueError(f"{ast.dump(node)} is not played here")


def _combined(
    sign: ast.operator | ast.cmpop, left: float | None, right: float | None
) -> float | None:
    a, b = left or 0.0, right or 0.0
    if (left is None and right is None) or (isinstance(sign, ast.Div) and b == 0):
        return None
    match sign:
        case ast.GtE():
            return float(a >= b)
        case ast.Gt():
            return float(a > b)
        case ast.Add():
            return a + b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
    raise ValueError(f"{sign} is not played here")
