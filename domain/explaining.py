"""Why an item stands where it does in one user's list, why it does not, and what it would take.

What an item rests on is not estimated: the list is made anew, with and without what the user did.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.ask_schema import MAX_K
from domain.features import Interaction
from domain.key import item_key
from domain.listing import Plan, Question, recommend
from domain.ranking import Part, Recommendation
from domain.scene import Scene
from domain.screen import Screen

MAX_WITHOUT = 10  # items of the history that are taken away, one after the other


class Standing(NamedTuple):
    """Where an item stands among the first `MAX_K`. rank, score: None when it does not."""

    rank: int | None
    score: float | None


class Without(NamedTuple):
    """Where it would stand had the user had nothing to do with an item."""

    item_id: str
    standing: Standing


class Explanation(NamedTuple):
    """Why an item is where it is.

    hidden: what keeps it out, None when nothing does; it may still be too far down.
    parts:  of its score; they sum to it.
    without: those first that cost it most, if they are taken away.
    explored: its chance to stand on the list as it is asked for by exploration alone; None where
              nothing is explored.
    """

    source: str
    standing: Standing
    hidden: str | None
    parts: tuple[Part, ...]
    without: list[Without]
    explored: float | None = None


def explain(scene: Scene, asked: Question, item_id: str) -> Explanation:
    """The standing of one item, and what it rests on: as if nothing were explored.

    cost: a list of `MAX_K` for each item of the history that is taken away, and one more.
    """
    whole = asked._replace(ask=asked.ask._replace(k=MAX_K), exploring=None)
    explored = recommend(scene, asked).offered.get(item_key(item_id), 0.0) \
        if asked.exploring else None
    listing, place = _listed(scene, whole, item_id)
    screen = Plan(scene, whole).screen
    if place is None:
        hidden = screen.hides(item_key(item_id))
        return Explanation(listing, Standing(None, None), hidden and hidden.reason, (), [],
                           explored)
    without = [Without(name, _standing(_listed(scene, _less(whole, key, screen), item_id)[1]))
               for key in _newest(asked.history) if (name := scene.name(key)) is not None]
    without.sort(key=lambda one: -1e9 if one.standing.score is None else one.standing.score)
    return Explanation(listing, _standing(place), None, place.parts, without, explored)


def _listed(scene: Scene, asked: Question, item_id: str) -> tuple[str, Recommendation | None]:
    listing = recommend(scene, asked)
    found = (place for place in listing.places if place.item_id == item_id)
    return listing.source, next(found, None)


def _standing(place: Recommendation | None) -> Standing:
    return Standing(place.rank, place.score) if place else Standing(None, None)


def _less(asked: Question, key: int, screen: Screen) -> Question:
    """The same without one item's events; if it was hidden for them, it stays so."""
    history = [entry for entry in asked.history if entry.item != key]
    return asked._replace(history=history, ask=asked.ask.beside(screen.seen & {key}))


def _newest(history: Sequence[Interaction]) -> list[int]:
    """The items that the user had to do with last."""
    return list(dict.fromkeys(entry.item for entry in reversed(history)))[:MAX_WITHOUT]
