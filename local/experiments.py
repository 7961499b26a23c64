"""python -m local experiments: what the event log says of the experiments that run.

Read from a local cloud's folder (running or not), from a copy of a log, or from a bucket.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.contest import contest, credited
from domain.evidence import ALPHA, MIN_USERS, PLANNED_USERS
from domain.experiment import Experiment, ExperimentError, Experiments
from domain.exposure import MEASURES, Plan, observe
from domain.interleaving import PLANNED_USERS as PLANNED_DRAFTED
from domain.verdict import verdict
from local.bill.table import span, table
from local.contested import contested
from local.logbook import Logbook, LogbookError, add_source, opened
from local.template import ROOT

DAY_MS = 24 * 3_600_000
WINDOW_DAYS = 7.0  # a week holds each of its days


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("act", choices=["report"], help="what to do with them")
    parser.add_argument("name", nargs="?", default="", help="of one experiment; none = all")
    parser.add_argument("--setting", default="", help="the setting, if not that of cdk.json")
    add_source(parser)
    parser.add_argument("--metric", choices=list(MEASURES), default="clicks", help="of a user")
    parser.add_argument("--window-days", type=float, default=WINDOW_DAYS,
                        help="of what a user did that count, from the first list on")
    parser.add_argument("--any-event", action="store_true",
                        help="whoever does anything took part, not only who saw a list")
    parser.add_argument("--planned-users", type=int, help="where intervals are to be narrowest: "
                        f"none = {PLANNED_USERS:,} of both groups, {PLANNED_DRAFTED:,} of an "
                        "interleaving")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(asked: argparse.Namespace) -> None:
    """Print what is known; status 1 when nothing can be said."""
    try:
        running = Experiments.from_json(asked.setting or setting())
        chosen = [running.named(asked.name)] if asked.name else running.running
        plan = Plan(MEASURES[asked.metric], round(asked.window_days * DAY_MS), asked.any_event)
        now_ms = time.time_ns() // 1_000_000
        found = []
        for experiment in chosen:
            found.append({"metric": asked.metric, "window_days": asked.window_days,
                          "starts": _day(experiment.starts_ms),
                          **_found(experiment, opened(asked), plan, now_ms, asked.planned_users)})
    except (ExperimentError, LogbookError) as error:
        sys.exit(f"Nothing can be said: {error}")
    print(json.dumps(found, allow_nan=False) if asked.json else
          "\n\n".join(map(told, found)) or "No experiment runs.")


def _found(
    experiment: Experiment, log: Logbook, plan: Plan, now_ms: int, planned: int | None
) -> dict[str, Any]:
    """What the log says of one. raises: ExperimentError, when that cannot be measured of it."""
    if not experiment.interleaves:
        return verdict(experiment, observe(log.records, experiment, plan, now_ms, log.forgotten),
                       planned or PLANNED_USERS)
    if plan.measure.by_value:
        raise ExperimentError(f"{experiment.name} interleaves: its lists are credited with what is "
                              "taken from them, by clicks or purchases, not by value")
    return contest(experiment, credited(log.records, experiment, plan, now_ms, log.forgotten),
                   planned or PLANNED_DRAFTED)


def setting() -> str:
    """What cdk.json says runs."""
    given = json.loads((ROOT / "cdk.json").read_text())["context"].get("experiments", [])
    return given if isinstance(given, str) else json.dumps(given)


def told(found: Mapping[str, Any]) -> str:
    """One experiment for people."""
    return contested(found) if "lists" in found else compared(found)


def compared(found: Mapping[str, Any]) -> str:
    """Variants, each beside the control."""
    head = ["", "share", "exposed", "window over", f"{found['metric']} a user", "lift",
            "for every look", "for one look", "p, every look"]
    rows = [[v["name"], f"{v['share']:.0%}", v["exposed"], v["users"],
             "" if v["mean"] is None else f"{v['mean']:.4g}", *_beside(v["beside_control"])]
            for v in found["variants"]]
    return "\n\n".join([
        f"{found['experiment']}, since {found['starts']}: {found['metric']} within "
        f"{found['window_days']:g} days; errors allowed {ALPHA:.0%}.",
        table(head, rows), *_doubts(found)])


def _beside(said: Mapping[str, Any] | None) -> list[str]:
    if said is None:
        return [""] * 4
    p = f"{said['p']:.2g}" + (" *" if said["is_different"] else "")
    if said["lift"] is None:
        return [f"{said['difference']:+.4g} (not in parts)",
                *(span(said[name], "+.4g") for name in ("interval", "interval_of_one_look")), p]
    return [f"{said['lift']:+.1%}",
            *(span(said[name], "+.1%")
              for name in ("lift_interval", "lift_interval_of_one_look")), p]


def _doubts(found: Mapping[str, Any]) -> Iterator[str]:
    """What to know before believing a word of it."""
    ratio = found["sample_ratio"]
    if ratio["alarm"]:
        yield (f"ALARM: groups are not of the sizes they were given (p {ratio['p']:.1g} for every "
               "look): believe nothing above before you know why.")
    if any(v["users"] < MIN_USERS for v in found["variants"]):
        yield f"Nothing is said of groups with fewer than {MIN_USERS} users whose window is over."
    if found["crossed"]:
        yield f"{found['crossed']} sessions became users of another variant, and saw both."
    kept = [v["beside_control"]["variance_kept"] for v in found["variants"] if v["beside_control"]]
    if kept and None not in kept:
        yield f"What users did before leaves {min(kept):.0%} of the variance (CUPED)."


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="minutes")
