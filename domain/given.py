"""A list of the caller's own, put into the order of one user; nothing of it is dropped silently."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domain import sources
from domain.key import item_key
from domain.listing import Listing, Plan, Question
from domain.ranking import Found, Part
from domain.row import Keys
from domain.scene import Scene
from domain.screen import UNKNOWN


class Ordered(NamedTuple):
    """The list in order; unknown ids after it, as they were given; and what rules left out, why."""

    listing: Listing
    unknown: list[str]
    left_out: list[tuple[str, str]]


def rank_given(scene: Scene, asked: Question, item_ids: Sequence[str]) -> Ordered:
    """These items, best first for this user: by the model, else by what everybody does now."""
    plan = Plan(scene, asked._replace(ask=asked.ask.of(len(item_ids))))
    by_key = {item_key(item_id): item_id for item_id in item_ids}
    hidden = {key: why for key in by_key if (why := plan.screen.hides(key))}
    keys = np.array([key for key in by_key if key not in hidden], np.uint64)
    listing = plan.fill({
        "personal": lambda _: sources.among(scene, asked.asker, keys, asked.ask.objectives),
        "trending": lambda _: iter(_by_trend(scene, keys)),
    })
    listing = listing._replace(cursor=None)  # there is no going on: it is the whole list
    return Ordered(listing, [by_key[key] for key, why in hidden.items() if why == UNKNOWN],
                   [(by_key[key], why.reason) for key, why in hidden.items() if why != UNKNOWN])


def _by_trend(scene: Scene, keys: Keys) -> list[Found]:
    """All of them, most done first; where nothing was done, as they were given."""
    weights = scene.trends.counts_for(keys, "24h")
    order = np.argsort(-weights, kind="stable")
    return [sources.told(int(keys[n]), Part("trending", float(weights[n]))) for n in order]
