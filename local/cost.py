"""python -m local cost: what a month would cost, from docs/prices.toml and docs/metered.json.

Not an AWS bill: counts of a metered run times list prices, the times of functions played.
"""

import argparse
import re
from collections.abc import Iterable, Iterator

from domain.event import MAX_EVENTS
from local.bill.estimate import Volume, estimate, origin, shards, shards_usd
from local.bill.lines import Line, sum_of
from local.bill.prices import prices
from local.bill.table import table
from local.bill.terms import Terms, profiles

_FACTORS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be said beside the verb."""
    parser.add_argument("--events", type=amount, default=1e6, help="of a month, such as 100M")
    parser.add_argument("--recs", type=amount, default=0.0, help="lists of a month, such as 100M")
    parser.add_argument("--per-call", type=per_call, default=10.0,
                        help=f"events of a call, 1 to {MAX_EVENTS}")
    parser.add_argument("--profile", default="", choices=list(profiles()),
                        help="of cdk.json; none = the defaults")


def run(asked: argparse.Namespace) -> None:
    """Print every line of the month."""
    print(report(Volume(asked.events, asked.per_call, asked.recs),
                 Terms.of_profile(asked.profile), asked.profile or "the defaults"))


def report(volume: Volume, terms: Terms, name: str) -> str:
    """The month as a table, and what it is made of."""
    needed = shards(volume, terms)
    lines = estimate(volume, terms)
    rows = [*_rows(lines), *_idle_rows(terms, needed)]
    total = sum_of(lines) + sum(terms.idle.values()) + shards_usd(needed, terms)
    stream = f"{needed} shard{'s' * (needed > 1)} at the peak" if needed else "a stream on demand"
    return "\n\n".join([
        f"A month of {name}: {volume.events:,.0f} events, {volume.per_call:g} a call, and "
        f"{volume.lists:,.0f} lists; {stream}. USD, us-east-1.",
        table(["who", "pays for", "so many", "USD"],
              [*rows, ["**total**", "", "", f"**{total:,.2f}**"]]),
        f"Counted {origin()}; prices and their sources: docs/prices.toml. Not an AWS bill."])


def amount(text: str) -> float:
    """100M -> 100,000,000. raises: ArgumentTypeError, for what is no amount."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kMGB]?)", text.replace(",", "").replace("_", ""))
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount such as 250k, 100M or 2.5B")
    return float(found[1]) * _FACTORS[found[2]]


def per_call(text: str) -> float:
    """Events of a call. raises: ArgumentTypeError, for more or fewer than a call takes."""
    found = amount(text)
    if not 1 <= found <= MAX_EVENTS:
        raise argparse.ArgumentTypeError(f"a call takes 1 to {MAX_EVENTS} events, not {text}")
    return found


def _rows(lines: Iterable[Line]) -> Iterator[list[str]]:
    for line in sorted(lines, key=lambda line: -line.usd):
        yield [line.who, prices()[line.price].unit, f"{line.count:,.0f}", f"{line.usd:,.2f}"]


def _idle_rows(terms: Terms, needed: int) -> Iterator[list[str]]:
    for what, usd in terms.idle.items():
        if usd:
            yield ["the deployment", what, "", f"{usd:,.2f}"]
    if more := shards_usd(needed, terms):
        yield ["the deployment", "more shards", f"{needed - terms.shards:,}", f"{more:,.2f}"]
