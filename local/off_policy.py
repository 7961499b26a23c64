"""python -m local off-policy: what the event log says of exploring in another way.

Read from a local cloud's folder (running or not), from a copy of a log, or from a bucket. What
counts are impressions that carry the `propensity` which their list gave, and clicks on them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from domain.off_policy import impressions_of
from domain.otherwise import told
from local.bill.table import span, table
from local.logbook import LogbookError, add_source, opened

HOUR_MS = 3_600_000
PERIOD_H = 24.0
ABOUT = {
    "as shown": "by the chances that lists gave",
    "evenly": "every item of the pool as often",
    "best known": "those alone of which most was known in the periods before",
}
FAR = 0.1  # of a mean weight from 1: not every place that was shown was told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    add_source(parser)
    parser.add_argument("--period-h", type=float, default=PERIOD_H,
                        help="hours in which lists have one pool; of an hour's demo, 0.1")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(asked: argparse.Namespace) -> None:
    """Print what is known; status 1 when nothing can be said."""
    try:
        log = opened(asked)
        shown = impressions_of(log.records, log.forgotten)
    except LogbookError as error:
        sys.exit(f"Nothing can be said: {error}")
    found = told(shown, max(1, round(asked.period_h * HOUR_MS)))
    print(json.dumps(found, allow_nan=False) if asked.json else said(found))


def said(found: Mapping[str, Any]) -> str:
    """The same for people."""
    ranked, explored = found["ranked"], found["explored"]
    head = ["explored places", "how", "estimator", "clicks per impression", "interval",
            "says as much as"]
    rows = [[target, ABOUT[target], name, f"{one['rate']:.4g}",
             span(one["interval"], ".4g"), f"{one['effective']:,.0f}"]
            for target, names in found["targets"].items() if names
            for name, one in names.items() if name != "weight" and one]
    return "\n\n".join([
        f"{explored['impressions']:,} impressions of {explored['items']} items that were explored, "
        f"in {explored['periods']} periods; {ranked['impressions']:,} of what was ranked, of which "
        f"{'none' if ranked['rate'] is None else format(ranked['rate'], '.4g')} was clicked per "
        "impression.",
        *([table(head, rows)] if rows else []), *_doubts(found)])


def _doubts(found: Mapping[str, Any]) -> Iterator[str]:
    """What to know before believing a word of it."""
    if not found["explored"]["impressions"]:
        yield "No impression carries a propensity below 1: nothing is explored, or not told."
    if found["impossible"]:
        yield f"{found['impossible']} impressions carry odds that no list gives, and are left out."
    evenly = found["targets"]["evenly"]
    if evenly and abs(evenly["weight"] - 1) > FAR:
        yield (f"Weights are {evenly['weight']:.2f} on average, and should be 1: of some lists not "
               "every place was told, or lists were too few to show the pool. Believe SNIPS.")
    yield ("What would stand at these places without exploration was never shown: an experiment "
           "with the flag exploration=false tells.")
