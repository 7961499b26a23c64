"""What one copy of `recommend` needed here -> what lists would take and cost by its memory.

Estimated, not measured on AWS: CPU of this machine, stretched where the memory buys less than one
vCPU, and a read of DynamoDB as `local.bill.duration` assumes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from infra.deployment import Deployment
from infra.limits import RULES, VCPU_MB
from local.bill.duration import billed_ms, gb_s
from local.bill.prices import usd
from local.bill.table import table

SIZES_MB = (256, 512, 768, 1024, 1280, 1536, VCPU_MB, 2048, 2560, 3008)
# Over the peak: trends are not in it, 30 MB at 1,000 events/s (`python -m bench.ledger`), nor what
# differs on arm64. source: assumed
HEADROOM = 1.25
BUDGET_MS = Deployment.latency_alarm_ms
MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Life:
    """What a copy took, as `bench.life` reports it.

    letters: of the description of each item.
    slowest: of all lists after the start, also those that take in a newer model, or the catalogue.
    """

    items: int
    letters: int
    peak_mb: int
    start_cpu_ms: float
    p50_cpu_ms: float
    p99_cpu_ms: float
    slowest_cpu_ms: float

    def holds(self, memory_mb: int) -> bool:
        """Is it enough, and may it be set?"""
        return self.peak_mb * HEADROOM <= memory_mb and RULES["recommend_memory_mb"][0](memory_mb)

    def ms(self, cpu_ms: float, memory_mb: int) -> float:
        """Of a list that takes so much CPU."""
        return billed_ms({"cpu_ms": cpu_ms, "dynamodb": 1}, memory_mb)

    def is_quick(self, memory_mb: int) -> bool:
        """Is the slowest list of a copy that runs within the budget, or would no memory help?"""
        return memory_mb >= VCPU_MB or self.ms(self.slowest_cpu_ms, memory_mb) <= BUDGET_MS

    def usd(self, memory_mb: int) -> float:
        """Lambda's part of a million lists; starts are not in it."""
        spent = gb_s({"cpu_ms": self.p50_cpu_ms, "dynamodb": 1}, memory_mb)
        return usd("lambda_call", MILLION) + usd("lambda_gb_s", MILLION * spent)


def middle(lives: Sequence[Life]) -> Life:
    """The median of what lives of one size took, and the most that any of them held."""
    times = {name: median(getattr(life, name) for life in lives)
             for name in ("start_cpu_ms", "p50_cpu_ms", "p99_cpu_ms", "slowest_cpu_ms")}
    return replace(lives[0], peak_mb=max(life.peak_mb for life in lives), **times)


def cheapest(life: Life) -> int:
    """The memory that is enough, quick, and costs least, in MB."""
    return min((size for size in SIZES_MB if life.holds(size) and life.is_quick(size)),
               key=life.usd)


def curve(lives: Sequence[Life]) -> str:
    """A row for each size; what is chosen is bold, what is too little has no figures."""
    rows = [[f"{size:,}", *(_cell(life, size) for life in lives)] for size in SIZES_MB]
    return table(["MB", *map(_head, lives)], rows)


def _head(life: Life) -> str:
    described = f" of {life.letters:,} letters" if life.letters else ""
    return f"{life.items:,} items{described}, {life.peak_mb} MB at most"


def _cell(life: Life, size: int) -> str:
    if not life.holds(size):
        return "-"
    times = (life.p50_cpu_ms, life.p99_cpu_ms, life.slowest_cpu_ms)
    told = " / ".join(f"{life.ms(cpu_ms, size):.0f}" for cpu_ms in times)
    start_s = life.start_cpu_ms / 1000 * max(1.0, VCPU_MB / size)
    cell = f"{told} ms, start {start_s:.1f} s, ${life.usd(size):.2f}"
    return f"**{cell}**" if size == cheapest(life) else cell
