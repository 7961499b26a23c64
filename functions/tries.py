"""A training's tries: which machine each asks for, what each job is called, which follows which.

Spot first, then the full price, before the next type: docs/decisions/0032.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

# How a reason begins that says: there is no such machine now. Of jobs: no capacity, or none of spot
# for as long as a job may wait. Of what was not even begun: the quota, 0 in a new account.
# source: AWS, "CreateTrainingJob", "Managed Spot Training Lifecycle" (SageMaker Developer Guide).
SCARCE = ("CapacityError", "InsufficientCapacity", "MaxWaitTimeExceeded", "ResourceLimitExceeded")
TUNING = "-tune-"  # after the deployment's name in that of a tuning
_TRIAL = re.compile(rf".+{TUNING}\d{{8}}-\d{{3}}-[0-9a-f]{{8}}")
_NAME = re.compile(r"(?P<first>.+-\d{8}-\d{6})(-(?P<number>\d+))?")


class Machine(NamedTuple):
    """What a job asks for. spot: at the price of what is left over, and while it is."""

    instance_type: str
    spot: bool


class Try(NamedTuple):
    """One job. first: the name of the training's first one, under which its checkpoints lie."""

    name: str
    first: str
    machine: Machine


@dataclass(frozen=True, slots=True)
class Tries:
    """The machines of a deployment, in the order in which a training asks for them."""

    machines: tuple[Machine, ...]

    @classmethod
    def of(cls, instance_types: str, spot: str) -> Self:
        """As functions are told: names with commas, and "true" or "false"."""
        prices = (True, False) if spot == "true" else (False,)
        return cls(tuple(Machine(name, price) for name in instance_types.split(",")
                         for price in prices))

    def starting(self, first: str) -> list[Try]:
        """Every try of a training, by the name of its first job."""
        return [Try(f"{first}-{number}" if number > 1 else first, first, machine)
                for number, machine in enumerate(self.machines, start=1)]

    def after(self, job: str, reason: str) -> list[Try]:
        """What is left to try when a job ended for this reason; nothing if it had a machine."""
        found = _NAME.fullmatch(job)
        if not found or not reason.startswith(SCARCE):
            return []
        return self.starting(found["first"])[int(found["number"] or 1):]


def is_trial(job: str) -> bool:
    """Is a job one of a tuning, which leaves no model and tries no other machine?

    source: AWS, "Monitor the Progress of a Hyperparameter Tuning Job": names of its jobs.
    """
    return _TRIAL.fullmatch(job) is not None


def first_of(job: str) -> str:
    """The first job of a job's training."""
    found = _NAME.fullmatch(job)
    return found["first"] if found else job


def reason_of(detail: Mapping[str, Any]) -> str:
    """Why a job left no model, as the event of its end says it; empty when it did leave one."""
    if (status := str(detail["TrainingJobStatus"])) == "Completed":
        return ""
    # Of one that was stopped the second status tells by what: `MaxRuntimeExceeded`.
    return str(detail.get("FailureReason") or detail.get("SecondaryStatus") or status)
