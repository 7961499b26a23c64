"""What AWS asks, out of docs/prices.toml, which says of each price its date and its source."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.template import ROOT

LIST = ROOT / "docs/prices.toml"
GB = 1e9  # bytes; some of AWS's are 2**30, so that this counts high

Tiers = tuple[tuple[float, float], ...]  # up to so many a month, USD for each of them


@dataclass(frozen=True, slots=True)
class Price:
    """Of one unit. kind: who says so, as the list explains."""

    tiers: Tiers
    unit: str
    source: str
    kind: str

    def of(self, count: float) -> float:
        """USD for so many in a month, as if the account had no others."""
        begins = (0.0, *(end for end, _ in self.tiers[:-1]))
        return sum(max(0.0, min(count, end) - begin) * usd
                   for begin, (end, usd) in zip(begins, self.tiers, strict=True))


def usd(name: str, count: float = 1.0) -> float:
    """USD for so many of a unit in a month. raises: KeyError, for what the list does not have."""
    return prices()[name].of(count)


def hours() -> float:
    """Of a month, as AWS counts."""
    return float(_read()["hours"])


@cache
def prices() -> Mapping[str, Price]:
    """Every price, by the name of what is paid."""
    return {name: _price(given) for name, given in _read()["price"].items()}


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(LIST.read_text())


def _price(given: Mapping[str, Any]) -> Price:
    per = given.get("per", 1)
    tiers = given.get("tiers") or [[math.inf, given["usd"]]]
    return Price(tuple((end, amount / per) for end, amount in tiers), given["unit"],
                 given["source"], given["kind"])
