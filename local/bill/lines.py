"""What was used, by whom -> the lines of a bill."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from local.bill.duration import gb_s
from local.bill.meter import STREAM
from local.bill.prices import GB, prices
from local.bill.tally import Work
from local.bill.terms import Terms

LOG = "write_event_log"  # whose objects stay
ANSWER_HEAD_BYTES = 300  # of an answer, that API Gateway adds. source: assumed
# What Lambda writes of a call. source: lines of functions of 2026, their names as long as ours.
_STARTED = ('{"time":"2026-10-08T06:53:45.332Z","type":"platform.start","record":{"requestId":'
            '"a45d720c-3e8e-4748-b9c1-56ab2ea95229","functionArn":"arn:aws:lambda:us-east-1:'
            '123456789012:function:headwater-IngestionIngestEvents01234567-0123456789ab",'
            '"version":"$LATEST"}}')
_ENDED = ('{"time":"2026-10-08T06:53:45.352Z","type":"platform.report","record":{"requestId":'
          '"a45d720c-3e8e-4748-b9c1-56ab2ea95229","metrics":{"durationMs":18.593,'
          '"billedDurationMs":19,"memorySizeMB":512,"maxMemoryUsedMB":113},"status":"success"}}')
REPORT_BYTES = len(_STARTED) + len(_ENDED)


class Used(NamedTuple):
    """By one function, or by the stream."""

    work: Work
    amounts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of a price for somebody; usd: at the mean price of all of the bill."""

    who: str
    price: str
    count: float
    usd: float


def bill(found: Mapping[str, Used], terms: Terms) -> list[Line]:
    """Of all that was used in a month; what costs nothing has no line."""
    counted = [(who, price, count) for who, used in found.items()
               for price, count in _counts(who, used, terms) if count > 0]
    total: dict[str, float] = defaultdict(float)
    for _, price, count in counted:
        total[price] += count
    mean = {price: prices()[price].of(count) / count for price, count in total.items()}
    return [Line(who, price, count, count * mean[price]) for who, price, count in counted]


def sum_of(lines: Iterable[Line]) -> float:
    """USD."""
    return sum(line.usd for line in lines)


def _counts(who: str, used: Used, terms: Terms) -> Iterator[tuple[str, float]]:
    if who == STREAM:
        yield from _stream(used, terms)
        return
    calls, amounts = used.work.calls, used.amounts
    if answered := amounts.get("answer_bytes", 0.0):
        yield terms.api, calls
        yield "web_acl_call", calls * terms.has_web_acl
        yield "out_gb", (answered + calls * ANSWER_HEAD_BYTES) / GB
    yield "lambda_call", calls
    spent = gb_s(amounts, terms.memory_mb[who])
    ready = min(spent, terms.ready_gb_s.get(who, 0.0))  # as if calls came evenly all month
    yield "lambda_gb_s", spent - ready
    yield "ready_run_gb_s", ready
    written = amounts.get("log_bytes", 0.0) + calls * REPORT_BYTES * terms.reports[who]
    yield "log_gb", written / GB
    for price in ("write_unit", "read_unit", "s3_put", "s3_get", "bus_event"):
        yield price, amounts.get(price, 0.0)
    if who == LOG:
        yield "s3_gb_month", amounts.get("s3_bytes", 0.0) / GB * terms.log_months


def _stream(used: Used, terms: Terms) -> Iterator[tuple[str, float]]:
    if not terms.on_demand:
        yield "put_unit", used.amounts["put_unit"]
        return
    gb = used.amounts["whole_kb"] * 1024 / GB
    yield "on_demand_in_gb", gb
    yield "on_demand_out_gb", used.amounts["bytes"] * len(terms.feeds) / GB
    yield "on_demand_kept_gb_month", gb * terms.kept_days / 30
