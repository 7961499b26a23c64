"""Moments around the small model: catalogues, what users do one after the other, histories."""

from domain.catalog import Item
from domain.features import Interaction
from domain.key import item_key
from domain.page import PageRecord, Touch
from domain.recommender import Recommender
from domain.scene import Scene, compose
from domain.snapshot import EMPTY
from domain.trends import Trends, empty
from tests.domain.plain_trends import absorbed
from tests.domain.small_model import IDS
from tests.domain.strategies import NOW_MS

NEW = ("n1", "n2", "n3")  # in the catalogue, after the model
ALL = (*IDS, *NEW)


def catalogue(*hidden: str) -> list[Item]:
    """Every item, the later named the newer."""
    return [Item(i, {"item_id": i, "title": i.upper(), "available": i not in hidden}, n)
            for n, i in enumerate(ALL)]


def scene(
    model: Recommender | None = None, walks: list[list[str]] | None = None, *hidden: str,
    known: bool = True,
) -> Scene:
    """A moment after these walks. known: does the catalogue hold the items?"""
    snapshot = EMPTY.updated(catalogue(*hidden)) if known else EMPTY
    return compose(model, "v1", trends_of(walks or []), snapshot, NOW_MS)


def trends_of(walks: list[list[str]]) -> Trends:
    """Each walk is one user's clicks, one after the other."""
    pages = [("s", PageRecord(n, n, tuple(Touch(item_key(i), NOW_MS - 60_000 + step, 2, 1.0)
                                          for step, i in enumerate(walk))))
             for n, walk in enumerate(walks)]
    return absorbed(empty(NOW_MS), pages, NOW_MS)


def clicked(*ids: str) -> tuple[Interaction, ...]:
    """A history of clicks, a second apart, the last a second ago."""
    return tuple(Interaction(NOW_MS - 1000 * (len(ids) - n), item_key(i), 2)
                 for n, i in enumerate(ids))
