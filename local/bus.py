"""EventBridge: an event -> the functions whose rules match it, and the calls that nobody awaits.

moto's TestEventPattern is a stub, and PutEvents takes no event of an AWS service, so patterns are
matched here. source: AWS, "Creating Amazon EventBridge event patterns", "How Lambda handles errors
and retries with asynchronous invocation".
"""

import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.function import FunctionError
from local.template import ACCOUNT, REGION, Template, TemplateError

PAUSE_S = 0.05  # between looks for events that functions put
RETRIES = 2  # of an asynchronous call, unless the template says otherwise. source: see above
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b, ">": lambda a, b: a > b,
}


@dataclass(frozen=True)
class Rule:
    """A pattern and the functions it wakes. inputs: what they get in place of the event."""

    pattern: Mapping[str, Any]
    inputs: Mapping[str, Any]


class Bus:
    """Calls functions that nobody waits for. parked: a sentence for each call given up.

    What functions put is taken, and delivered when somebody does so: they have ended by then.
    """

    def __init__(self, template: Template, invoke: Callable[[str, Any], Any]) -> None:
        self._invoke = invoke
        self.parked: list[str] = []
        self._taken: deque[Mapping[str, Any]] = deque()
        self._retries = {template.function_of(given["FunctionName"]): given["MaximumRetryAttempts"]
                         for given in template.resources("AWS::Lambda::EventInvokeConfig").values()
                         if "MaximumRetryAttempts" in given}
        self._rules = [_rule(template, name, given)
                       for name, given in template.resources("AWS::Events::Rule").items()
                       if "EventPattern" in given and given.get("State") != "DISABLED"]

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep an event for `deliver`."""
        self._taken.append(event)

    def deliver(self) -> None:
        """Publish what was taken, one event, and whatever comes of it, after the other."""
        while self._taken:
            self.publish(self._taken.popleft())

    def run(self, stopped: threading.Event) -> None:
        """Deliver as events come."""
        while not stopped.wait(PAUSE_S):
            if self._taken:
                self.publish(self._taken.popleft())

    def forget(self) -> None:
        """Drop what was taken."""
        self._taken.clear()

    def publish(self, event: Mapping[str, Any]) -> list[Any]:
        """Wake every function whose rule matches; answers with what they answered."""
        return [self.call(function, event if given is None else given)
                for rule in self._rules if matches(rule.pattern, event)
                for function, given in rule.inputs.items()]

    def call(self, function: str, event: Any) -> Any:
        """Call asynchronously: try again at once what fails, then park it and answer None."""
        for retries_left in range(self._retries.get(function, RETRIES), -1, -1):
            try:
                return self._invoke(function, event)
            except FunctionError as error:
                if not retries_left:
                    self.parked.append(f"{function}: {error}")
        return None


def event(source: str, detail_type: str, detail: Any, resources: Sequence[str]) -> dict[str, Any]:
    """An event in its envelope. source: AWS, "Events in Amazon EventBridge"."""
    return {
        "version": "0", "id": str(uuid.uuid4()), "detail-type": detail_type, "source": source,
        "account": ACCOUNT, "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "region": REGION,
        "resources": list(resources), "detail": detail,
    }


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Does the event hold, in every field the pattern names, one of the values named?

    raises: TemplateError, for an operator that is not played here.
    """
    if not isinstance(event, Mapping):
        return False
    for name, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            if not matches(wanted, event.get(name)):
                return False
        elif not any(_fits(name in event, value, condition) for condition in wanted
                     for value in _values(event.get(name))):
            return False
    return True


def _values(found: Any) -> Sequence[Any]:
    return found if isinstance(found, list) else [found]


def _fits(present: bool, value: Any, condition: Any) -> bool:
    if not isinstance(condition, Mapping):
        return present and bool(value == condition)
    operator, wanted = next(iter(condition.items()))
    if operator == "exists":
        return present is wanted
    if not present:
        return False
    if operator == "anything-but":
        return value not in _values(wanted) if not isinstance(wanted, Mapping) \
            else not _fits(present, value, wanted)
    if operator in ("prefix", "suffix") and isinstance(wanted, str):
        test = str.startswith if operator == "prefix" else str.endswith
        return isinstance(value, str) and test(value, wanted)
    if operator == "numeric":
        return isinstance(value, int | float) and all(
            _COMPARE[sign](value, limit)
            for sign, limit in zip(wanted[::2], wanted[1::2], strict=True))
    raise TemplateError(f"event pattern {json.dumps(condition)} is not played here")


def _rule(template: Template, name: str, properties: Mapping[str, Any]) -> Rule:
    inputs = {}
    for target in properties["Targets"]:
        if "InputTransformer" in target or "InputPath" in target:
            raise TemplateError(f"{name}: a target's input transformer is not played here")
        given = json.loads(template.resolve(target["Input"])) if "Input" in target else None
        inputs[template.function_of(target["Arn"])] = given
    return Rule(template.resolve(properties["EventPattern"]), inputs)
