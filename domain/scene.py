"""What every request of a moment shares: the model, the trends, the catalogue, and their bias."""

from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple

from domain.blend import Base
from domain.masks import Masks
from domain.newcomers import Newcomers
from domain.recommender import Recommender
from domain.snapshot import CatalogSnapshot
from domain.trends import Trends


class Scene(NamedTuple):
    """One moment, as scorers see it; made by `compose`.

    base:        the bias of the model's rows, None without a model.
    unavailable: keys of items that may not be shown. masks: what filters let through of it.
    """

    model: Recommender | None
    version: str | None
    trends: Trends
    catalog: CatalogSnapshot
    base: Base | None
    unavailable: frozenset[int]
    masks: Masks

    def name(self, key: int) -> str | None:
        """The id of an item, None for one that neither catalogue nor model knows."""
        found = self.item(key)
        return found[0] if found else None

    def item(self, key: int) -> tuple[str, dict[str, Any]] | None:
        """The id and the facts of an item; the model knows some by their id alone."""
        facts = self.catalog.get(key)
        if facts is not None:
            return str(facts["item_id"]), facts
        row = self.model.index.row(key) if self.model else 0
        return (self.model.items.ids[row - 1], {}) if self.model and row else None


def compose(
    model: Recommender | None, version: str | None, trends: Trends, catalog: CatalogSnapshot,
    now_ms: int, before: Scene | None = None,
) -> Scene:
    """Bring the parts of a moment together. before: the last one, of which what holds is kept.

    cost: a pass over the model's catalogue.
    """
    gone = catalog.hidden()
    base = None
    if model is not None:
        model = _beside_newcomers(model, catalog, before)
        live = model.live(trends)
        base = model.base(live, now_ms, model.rows(gone))
    return Scene(model, version, trends, catalog, base, frozenset(int(key) for key in gone),
                 Masks(catalog, model, base, now_ms, before.masks if before else None))


def _beside_newcomers(
    model: Recommender, catalog: CatalogSnapshot, before: Scene | None
) -> Recommender:
    if model.content is None:
        return model
    if before and before.model and before.model.index is model.index and before.catalog is catalog:
        return model.beside(before.model.newcomers)
    return model.beside(Newcomers.of(model.content, model.index, catalog))


def weighed(scene: Scene, weights: Mapping[str, float], now_ms: int) -> Scene:
    """The same moment, these weights in place of the model card's. cost: as `compose`.

    weights: by name of a field of `Blend`.
    """
    if scene.model is None:
        return scene
    model = copy(scene.model)
    model.card = model.card._replace(blend=model.card.blend._replace(**weights))
    return compose(model, scene.version, scene.trends, scene.catalog, now_ms, scene)
