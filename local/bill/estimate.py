"""Events and lists of a month -> what they use, from what a metered run found of each."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.bill.lines import LOG, Line, Used, bill
from local.bill.meter import STREAM
from local.bill.prices import hours, usd
from local.bill.tally import Coefficients, Work, used_by
from local.bill.terms import Terms
from local.template import ROOT

METERED = ROOT / "docs/metered.json"  # written by `python -m bench.metering`
SECONDS = hours() * 3600  # of a month
SHARD_BYTES_S, SHARD_RECORDS_S = 1e6, 1e3  # it takes. source: AWS, "Quotas and limits" (Kinesis)
TRAINER = "start_training"
ON_DEMAND_SHARDS = 4  # to begin with. source: AWS, "Choose the data stream capacity mode"
DAY_PEAK = 3.0  # busiest hour over the mean. source: assumed

Found = Mapping[str, Coefficients]


@dataclass(frozen=True, slots=True)
class Volume:
    """What a deployment is asked for, and in how many seconds.

    minutes: roll-ups that are billed beside; those of a month are in what it costs idle.
    """

    events: float = 0.0
    per_call: float = 10.0
    lists: float = 0.0
    seconds: float = SECONDS
    minutes: float = 0.0

    @property
    def calls(self) -> float:
        """That bring the events."""
        return self.events / self.per_call


def metered() -> Found:
    """What the committed run found, by function."""
    return {who: {unit: (each[0], each[1], each[2]) for unit, each in found.items()}
            for who, found in _document()["coefficients"].items()}


def origin() -> str:
    """When, at which commit and how that run was made."""
    made = _document()
    return f"{made['date']} at commit {made['commit']} by `{made['command']}`"


def usage(volume: Volume, terms: Terms, found: Found) -> dict[str, Used]:
    """What that uses, by function, and of the stream."""
    works = _works(volume, terms, found)
    used = {who: Used(work, used_by(found[who], work)) for who, work in works.items()
            if work.terms != (0.0, 0.0, 0.0)}
    if volume.seconds == SECONDS and LOG in used:
        used[TRAINER] = Used(Work(0), _read_by_training(used[LOG].amounts["s3_put"], terms))
    return used


def estimate(volume: Volume, terms: Terms, found: Found | None = None) -> list[Line]:
    """The lines of a bill; nothing of what it costs idle is in it."""
    return bill(usage(volume, terms, metered() if found is None else found), terms)


def shards(volume: Volume, terms: Terms, found: Found | None = None) -> int:
    """How many the busiest hour needs; 0 = the stream sees to it by itself."""
    if terms.on_demand:
        return 0
    peak = volume.calls / volume.seconds * DAY_PEAK
    record_bytes = _record_bytes(volume, metered() if found is None else found)
    return max(terms.shards, math.ceil(peak / SHARD_RECORDS_S),
               math.ceil(peak * record_bytes / SHARD_BYTES_S))


def shards_usd(count: int, terms: Terms) -> float:
    """Of a month, beyond those that the template has."""
    each = usd("shard_month") + (usd("kept_shard_month") if terms.kept_days else 0.0)
    return max(0, count - terms.shards) * each


def _works(volume: Volume, terms: Terms, found: Found) -> dict[str, Work]:
    calls, events = volume.calls, volume.events
    came = Work(calls, calls, events)
    works = {"ingest_events": came, STREAM: came}
    n_shards = shards(volume, terms, found) or ON_DEMAND_SHARDS
    for verb, feed in terms.feeds.items() if calls else ():
        batch = feed.records(calls / volume.seconds, n_shards, _record_bytes(volume, found))
        works[verb] = Work(calls / batch, calls, events)
    works["roll_up_trends"] = Work(volume.minutes, calls, events)
    works["recommend"] = Work(volume.lists)
    return works


def _read_by_training(objects: float, terms: Terms) -> dict[str, float]:
    """Of a month of a deployment that is as old as its log: each training fetches all of it, a
    listing for each 1,000."""
    fetched = objects * terms.log_months * terms.trainings
    return {"s3_get": fetched, "s3_put": fetched / 1000}


def _record_bytes(volume: Volume, found: Found) -> float:
    return used_by(found[STREAM], Work(1, 1, volume.per_call))["bytes"]


@cache
def _document() -> Mapping[str, Any]:
    return dict(json.loads(METERED.read_text()))
