"""What a month costs, computed: counts of a metered run times list prices. Not an AWS bill.

python -m bench.cost     the tables of the README
"""

import json
from typing import Any

from local.bill.estimate import Found, Volume, estimate, metered, shards, shards_usd
from local.bill.lines import sum_of
from local.bill.table import table
from local.bill.terms import Terms, profiles

MILLION = 1e6
BUSY = 100 * MILLION  # events, and lists, of the month to which a million more are added


def more_events(terms: Terms, found: Found) -> float:
    """USD for a million events more, from the API call to features and log; no shards."""
    return sum(sign * sum_of(estimate(Volume(events), terms, found))
               for sign, events in ((1, BUSY + MILLION), (-1, BUSY)))


def more_lists(terms: Terms, found: Found) -> float:
    """USD for a million lists more, from the API call to the answer."""
    return sum(sign * sum_of(estimate(Volume(lists=lists), terms, found))
               for sign, lists in ((1, BUSY + MILLION), (-1, BUSY)))


def by_profile(terms: dict[str, Terms], found: Found) -> str:
    """What each profile sets and costs."""
    rows = [[f"`{name}`" if name else "(none)", _said(settings),
             f"${sum(terms[name].idle.values()):.0f}", f"${more_events(terms[name], found):.2f}",
             f"${more_lists(terms[name], found):.2f}"] for name, settings in profiles().items()]
    return table(["profile", "sets", "idle, a month", "1M events more", "1M lists more"], rows)


def by_volume(terms: Terms, found: Found) -> str:
    """What more and more calls cost with the defaults, and as many shards as they need."""
    rows = []
    for millions in (1, 100, 10_000):
        volume = Volume(millions * MILLION, lists=millions * MILLION)
        lines = estimate(volume, terms, found)
        lists = sum_of(line for line in lines if line.who == "recommend")
        stream = terms.idle["stream"] + shards_usd(shards(volume, terms, found), terms)
        parts = (sum_of(lines) - lists + stream, lists,
                 sum(terms.idle.values()) - terms.idle["stream"])
        rows.append([f"{millions:,}M events, {millions:,}M lists",
                     *(f"${part:,.0f}" for part in (*parts, sum(parts)))])
    return table(["a month", "events", "lists", "training, roll-ups, probe, alarms", "total"], rows)


def _said(settings: dict[str, Any]) -> str:
    said = [f"{name} {json.dumps(value).strip(chr(34))}" for name, value in settings.items()]
    return ", ".join(said) or "the defaults below"


def main() -> None:
    """The tables of the README."""
    terms = {name: Terms.of_profile(name) for name in profiles()}
    print(by_profile(terms, metered()), by_volume(terms[""], metered()), sep="\n\n")


if __name__ == "__main__":
    main()
