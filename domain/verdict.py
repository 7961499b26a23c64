"""What an experiment says so far: its groups, each beside the control, and what to doubt."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.evidence import (
    ALPHA,
    MIN_USERS,
    PLANNED_USERS,
    Comparison,
    Moments,
    always_p,
    always_radius,
    compare,
    once_radius,
    ratio_always_p,
    ratio_p,
)
from domain.experiment import Experiment
from domain.exposure import Observed, Unit

RATIO_ALPHA = 0.01  # of the alarm that groups are not of the sizes they were given


def verdict(
    experiment: Experiment, observed: Observed, planned: int = PLANNED_USERS
) -> dict[str, Any]:
    """Every number of a report, as JSON holds it; None where there is nothing yet to say.

    With several variants beside the control each is allowed its part of the errors.
    """
    variants = experiment.variants
    groups = {v.name: [u for u in observed.units if u.variant == v.name] for v in variants}
    control = groups[variants[0].name]
    alpha = ALPHA / (len(variants) - 1)
    return {
        "experiment": experiment.name, "alpha": ALPHA, "planned_users": planned,
        "variants": [{
            "name": v.name, "share": v.share, "exposed": len(groups[v.name]),
            **_group(groups[v.name]),
            "beside_control": (None if v is variants[0]
                               else _beside(control, groups[v.name], alpha, planned)),
        } for v in variants],
        "sample_ratio": _ratio(experiment, Counter(unit.variant for unit in observed.units)),
        "crossed": observed.crossed,
    }


def _group(units: Sequence[Unit]) -> dict[str, Any]:
    over = [unit.outcome for unit in units if unit.outcome is not None]
    return {"users": len(over), "mean": sum(over) / len(over) if over else None}


def _beside(
    control: Sequence[Unit], treated: Sequence[Unit], alpha: float, planned: int
) -> dict[str, Any] | None:
    """None, while one of them is too small."""
    sums = [_moments(group) for group in (control, treated)]
    if min(group.n for group in sums) < MIN_USERS:
        return None
    found = compare(*sums)
    always = float(always_radius(found.users, alpha, planned))
    difference, error = found.treated - found.control, math.sqrt(found.variance)
    return {
        "difference": float(difference),
        "interval": _around(difference, always * error),
        "interval_of_one_look": _around(difference, once_radius(alpha) * error),
        **_lift(found, always, once_radius(alpha)),
        "p": float(always_p(found, alpha, planned)),
        "is_different": bool(abs(difference) > always * error),
        "variance_kept": float(found.kept) if math.isfinite(found.kept) else None,
    }


def _moments(units: Sequence[Unit]) -> Moments:
    over = [(unit.outcome, unit.before) for unit in units if unit.outcome is not None]
    outcomes, before = np.array(over, np.float64).reshape(-1, 2).T
    return Moments.of(outcomes, before)


def _lift(found: Comparison, always: float, once: float) -> dict[str, Any]:
    """Nothing can be said in parts of a control that does nothing."""
    if not (math.isfinite(found.lift) and found.control > 0):
        return {"lift": None, "lift_interval": None, "lift_interval_of_one_look": None}
    error = math.sqrt(found.lift_variance)
    return {"lift": float(found.lift), "lift_interval": _around(found.lift, always * error),
            "lift_interval_of_one_look": _around(found.lift, once * error)}


def _around(middle: float, radius: float) -> list[float]:
    return [float(middle - radius), float(middle + radius)]


def _ratio(experiment: Experiment, exposed: Counter[str]) -> dict[str, Any]:
    counts = [exposed[variant.name] for variant in experiment.variants]
    whole = sum(variant.share for variant in experiment.variants)
    shares = [variant.share / whole for variant in experiment.variants]
    p = ratio_always_p(counts, shares)
    return {"p": p, "p_of_one_look": ratio_p(counts, shares), "alarm": p < RATIO_ALPHA}
