"""What a month costs, computed: list prices times what `bench.folding` measured. Not an AWS bill.

python -m bench.cost
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Any, Self

from bench import prices
from bench.idle import LINES_BYTES, Resources, idle, is_kept_longer, is_on_demand, of
from bench.results import table
from local.cloud import ASSEMBLIES
from local.template import ROOT, synthesize

EVENTS_PER_CALL = 10
# Per event. source: bench.folding
USER_WRITE_UNITS, PAGE_WRITE_UNITS, LOG_BYTES, STREAM_BYTES = 0.15, 0.0186, 10.6, 88.0
MINUTES = prices.HOURS * 60
INGEST_GB_S = 0.25 * 0.010  # 256 MB for 10 ms
UPDATE_GB_S = 0.5 * 0.3 / 100  # 512 MB, 300 ms per 100 records. source: assumed
RECOMMEND_GB_S = 1.769 * 0.015  # one vCPU for 15 ms
CONSUMERS = 3  # of the stream
SHARD_CALLS_PER_S = 1000
DAY_PEAK = 3.0  # busiest hour over the mean
SECONDS = prices.HOURS * 3600
LOG_MONTHS = 12
GB = 1e9


@dataclass(frozen=True, slots=True)
class Terms:
    """At what price one deployment takes calls.

    kept_days: beyond the first, of its stream.
    calls:     of a month, whose mean price each of them has.

    The authorizer of an HTTP API is not in it: its answers are kept, it runs a dozen times an hour.
    """

    tiers: prices.Tiers
    web_acl_call: float
    on_demand: bool
    kept_days: float
    idle: float
    shards: int
    calls: float = 1.0

    @classmethod
    def of(cls, resources: Resources) -> Self:
        """Those of a synthesized template."""
        (stream,) = of(resources, "Kinesis::Stream")
        tiers = prices.HTTP_CALLS if of(resources, "ApiGatewayV2::Api") else prices.REST_CALLS
        web_acl = prices.WEB_ACL_CALL if of(resources, "WAFv2::WebACL") else 0.0
        kept_days = stream["RetentionPeriodHours"] / 24 - 1 if is_kept_longer(stream) else 0.0
        return cls(tiers, web_acl, is_on_demand(stream), kept_days,
                   sum(idle(resources).values()), stream.get("ShardCount", 0))

    @property
    def api_call(self) -> float:
        """USD for one call of the API, before any function runs."""
        return prices.of_calls(self.tiers, self.calls) / self.calls + self.web_acl_call

    def event(self) -> float:
        """USD for one more event, from the API call to features and log; no shards."""
        per_call = (self.api_call + prices.LAMBDA_CALL + INGEST_GB_S * prices.LAMBDA_GB_S
                    + self._record() + 1.5 * prices.READ_UNIT
                    + UPDATE_GB_S * prices.LAMBDA_GB_S + LINES_BYTES / GB * prices.LOG_GB)
        return (per_call / EVENTS_PER_CALL
                + (USER_WRITE_UNITS + PAGE_WRITE_UNITS) * prices.WRITE_UNIT
                + LOG_BYTES * LOG_MONTHS / GB * prices.S3_GB_MONTH)

    def list(self) -> float:
        """USD for one more list, from the API call to the answer."""
        return (self.api_call + prices.LAMBDA_CALL + RECOMMEND_GB_S * prices.LAMBDA_GB_S
                + 0.5 * prices.READ_UNIT + LINES_BYTES / GB * prices.LOG_GB)

    def shard(self) -> float:
        """USD for one more shard a month, with the object that it writes each minute."""
        kept = prices.KEPT_SHARD_MONTH if self.kept_days else 0.0
        return prices.SHARD_MONTH + kept + _objects()

    def _record(self) -> float:
        """One call's record on the stream, read by every consumer."""
        if not self.on_demand:
            return prices.PUT_UNIT
        gb = math.ceil(EVENTS_PER_CALL * STREAM_BYTES / 1024) * 1024 / GB
        return gb * (prices.ON_DEMAND_IN_GB + CONSUMERS * prices.ON_DEMAND_OUT_GB
                     + self.kept_days / 30 * prices.ON_DEMAND_KEPT_GB_MONTH)


def resources_of(profile: str) -> Resources:
    """Of the template of a profile; empty = the defaults."""
    assembly = synthesize(ASSEMBLIES, {"profile": profile} if profile else {})
    (path,) = assembly.glob("*.template.json")
    return dict(json.loads(path.read_text())["Resources"])


def profiles() -> dict[str, dict[str, Any]]:
    """Name -> settings, as cdk.json holds them; the defaults have no name."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    return {"": {}, **context["profiles"]}


def by_profile(terms: dict[str, Terms]) -> str:
    """What each profile sets and costs."""
    rows = [[f"`{name}`" if name else "(none)", _said(settings), f"${terms[name].idle:.0f}",
             f"${terms[name].event() * 1e6:.2f}", f"${terms[name].list() * 1e6:.2f}"]
            for name, settings in profiles().items()]
    return table(["profile", "sets", "idle, a month", "1M events more", "1M lists more"], rows)


def by_volume(terms: Terms) -> str:
    """What more and more calls cost with the defaults, and as many shards as they need."""
    rows = []
    for millions in (1, 100, 10_000):
        calls = millions * 1e6 / EVENTS_PER_CALL
        many = replace(terms, calls=calls + millions * 1e6)
        shards = max(1, math.ceil(calls / SECONDS * DAY_PEAK / SHARD_CALLS_PER_S))
        fixed = terms.idle - terms.shards * (terms.shard() - _objects())
        parts = (millions * 1e6 * many.event() + shards * terms.shard(),
                 millions * 1e6 * many.list(), fixed)
        rows.append([f"{millions:,}M events, {millions:,}M lists",
                     *(f"${part:,.0f}" for part in (*parts, sum(parts)))])
    return table(["a month", "events", "lists", "training, roll-ups, probe, alarms", "total"], rows)


def _objects() -> float:
    """What a shard's objects cost, which are not written while nobody calls."""
    return MINUTES * (prices.S3_PUT + prices.LAMBDA_CALL)


def _said(settings: dict[str, Any]) -> str:
    said = [f"{name} {json.dumps(value).strip(chr(34))}" for name, value in settings.items()]
    return ", ".join(said) or "the defaults below"


def main() -> None:
    """The tables of the README."""
    terms = {name: Terms.of(resources_of(name)) for name in profiles()}
    print(by_profile(terms), by_volume(terms[""]), sep="\n\n")


if __name__ == "__main__":
    main()
