"""Exploration in one list: what it may show, and where, so that every rule still holds.

What may come is known before anything is drawn, or the odds would not be those that are told. So an
item that a quota has no room for stays out, whatever else is drawn; what is pinned keeps its place;
and nothing moves above the end of a quota that asks for items.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.ask import Ask
from domain.budget import Budget
from domain.exploration import Offer, Pool
from domain.filter import Tree
from domain.key import item_key
from domain.ranking import Candidate
from domain.row import Keys
from domain.screen import Screen


class Exploring(NamedTuple):
    """How one list explores. seed: id of the recommendation."""

    pool: Pool
    budget: Budget
    seed: str

    def offer(self, chosen: Sequence[Candidate], ask: Ask, screen: Screen) -> Offer:
        """What this list may explore beside what was chosen for it by every rule."""
        free = _free(chosen, ask, self.budget)
        n = min(self.budget.places(len(chosen)), len(free))
        full = [quota.filter for quota in ask.quotas if quota.at_most is not None
                and _members(screen, quota.filter, chosen[:quota.first]) + n > quota.at_most]
        return Offer.of([one.key for one in chosen], free, n, self.pool,
                        partial(_allowed, screen, full))


def _free(chosen: Sequence[Candidate], ask: Ask, budget: Budget) -> list[int]:
    """Positions, from 0, of which what is pinned is none."""
    ends = [quota.first or len(chosen) for quota in ask.quotas if quota.at_least]
    pins = set() if ask.passed else {(pin.position - 1, item_key(pin.item_id)) for pin in ask.pins}
    return [position for position, one in enumerate(chosen)
            if position >= max([budget.first - 1, *ends]) and (position, one.key) not in pins]


def _members(screen: Screen, quota: Tree, chosen: Sequence[Candidate]) -> int:
    return sum(screen.matches(quota, one.key) for one in chosen)


def _allowed(screen: Screen, full: Sequence[Tree], keys: Keys) -> NDArray[np.bool_]:
    """(m,) which of these of the catalogue may come. cost: as `lets`; with quotas, their facts."""
    let = screen.lets(keys)
    for place in np.flatnonzero(let) if full else ():
        let[place] = not any(screen.matches(quota, int(keys[place])) for quota in full)
    return let
