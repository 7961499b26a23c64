"""EventBridge Scheduler: schedules of the template -> functions, as time passes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local import bus
from local.template import ACCOUNT, REGION, Template, TemplateError

_UNIT_S = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass
class Schedule:
    """period_s: None for what is not played, such as cron(...); it can be fired by hand."""

    name: str
    function: str
    expression: str
    period_s: float | None
    given: Any
    due_s: float = 0.0

    def event(self) -> Any:
        """Its input, or what Scheduler sends when it has none.

        source: AWS, "Target" (EventBridge Scheduler API): a default notification.
        """
        if self.given is not None:
            return self.given
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{self.name}"
        return bus.event("aws.scheduler", "Scheduled Event", "{}", [arn])


class Clock:
    """Every schedule of a template. scale: of periods, 0.1 = ten times as often."""

    def __init__(
        self, template: Template, call: Callable[[str, Any], Any], now_s: float, *,
        scale: float = 1.0,
    ) -> None:
        self._call = call
        self.scale = scale
        self.schedules = [_schedule(template, name, given) for name, given in
                          template.resources("AWS::Scheduler::Schedule").items()
                          if given.get("State") != "DISABLED"]
        for schedule in self.schedules:
            schedule.due_s = now_s + (schedule.period_s or 0.0) * scale

    @property
    def unplayed(self) -> list[str]:
        """A sentence for each schedule that only fires by hand here."""
        return [f"{s.function}: {s.expression} is not kept here, only rate(...) is"
                for s in self.schedules if s.period_s is None]

    def tick(self, now_s: float) -> None:
        """Call what is due; periods that were missed are not made up for."""
        for schedule in self.schedules:
            if schedule.period_s is not None and now_s >= schedule.due_s:
                schedule.due_s = now_s + schedule.period_s * self.scale
                self._call(schedule.function, schedule.event())

    def event_for(self, function: str) -> Any:
        """What the function's schedule would send it; an empty event when it has none."""
        return next((s.event() for s in self.schedules if s.function == function), {})


def period_s(expression: str) -> float | None:
    """Seconds of a rate; None for cron(...) and at(...).

    raises: TemplateError, for what Scheduler would refuse too.
    source: AWS, "Schedule types in EventBridge Scheduler".
    """
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if found and int(found[1]) > 0:
        return float(int(found[1]) * _UNIT_S[found[2]])
    if re.fullmatch(r"(cron|at)\(.+\)", expression):
        return None
    raise TemplateError(f"{expression!r} is no schedule")


def _schedule(template: Template, name: str, properties: Mapping[str, Any]) -> Schedule:
    target = properties["Target"]
    given = json.loads(template.resolve(target["Input"])) if "Input" in target else None
    return Schedule(name, template.function_of(target["Arn"]), properties["ScheduleExpression"],
                    period_s(properties["ScheduleExpression"]), given)
