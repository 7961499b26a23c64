"""docs/metered.json -> what a million events cost, line by line, and at other rates."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from local.bill.lines import Line, Used, bill, sum_of
from local.bill.prices import hours, prices, usd
from local.bill.table import table
from local.bill.tally import Work
from local.bill.terms import Terms

Run = Mapping[str, Any]

MILLION = 1e6
ROLLED = "roll_up_trends"  # called by the minute, whatever comes


def per_million(run: Run, terms: Terms) -> list[Line]:
    """The lines of a run, for a million events."""
    share = run["calls"] * run["per_call"] / MILLION
    used = {who: Used(Work(*found["work"]), found["amounts"])
            for who, found in run["used"].items()}
    return [replace(line, count=line.count / share, usd=line.usd / share)
            for line in bill(used, terms)]


def by_line(runs: list[Run], terms: Terms) -> str:
    """Counts and dollars of a million events, a pair of columns for each run."""
    found = [{(line.who, line.price): line for line in per_million(run, terms)} for run in runs]
    head = ["of a million events", "costs, USD", *(
        f"{run['per_call']} a call{', USD' if usd_too else ''}"
        for run in runs for usd_too in (False, True))]
    rows = [[f"{who}: {prices()[price].unit}", _each(price),
             *_cells([lines.get((who, price)) for lines in found])] for who, price in found[0]]
    totals = [cell for run in runs for cell in ("", f"**{sum_of(per_million(run, terms)):.3f}**")]
    return table(head, [*rows, ["**all**", "", *totals]])


def by_rate(runs: list[Run], terms: Terms) -> str:
    """What the rate changes: batches are smaller when little comes, and hours cost as much."""
    rows = []
    for run in runs:
        lines = per_million(run, terms)
        by_minute = sum_of(line for line in lines if line.who == ROLLED)
        hours_each = MILLION / run["per_call"] / run["rate"] / 3600
        shard_h = (usd("shard_month") + usd("kept_shard_month") * bool(terms.kept_days)) / hours()
        stream = run["shards"] * hours_each * shard_h
        consumers = sum(line.count for line in lines
                        if line.price == "lambda_call" and line.who in terms.feeds)
        rows.append([f"{run['rate']:,g} calls/s, {run['per_call']} events each",
                     f"{consumers:,.0f}", f"{sum_of(lines) - by_minute:.3f}", f"{by_minute:.3f}",
                     f"{stream:.3f}", run["shards"]])
    return table(["a million events at", "invocations of consumers", "by the event, USD",
                  "by the minute", "shards meanwhile", "shards"], rows)


def _each(price: str) -> str:
    each = prices()[price].of(1.0)
    return f"{each * MILLION:.3f}/M" if each < 0.001 else f"{each:.3g}"


def _cells(lines: list[Line | None]) -> Iterator[str]:
    for line in lines:
        yield f"{line.count:,.3g}" if line and line.count < 100 else f"{line.count:,.0f}" \
            if line else ""
        yield f"{line.usd:.4f}" if line else ""
