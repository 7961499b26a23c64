"""Filters over a whole moment: of which items each is true, kept until the moment is another."""

from typing import Any

import numpy as np

from domain.blend import Base
from domain.facets import Bools, mask
from domain.filter import EVERYTHING, OneOf, Tree, View, asks_time, keeps, of_items, terms
from domain.key import item_key
from domain.places import find
from domain.recommender import Recommender
from domain.row import Keys, Rows
from domain.snapshot import CatalogSnapshot

KEPT = 8  # filters; each keeps a bias of 4 MB per million items


class Masks:
    """What filters let through of one catalogue and one model's rows; `now_ms` is its moment.

    A part of a filter that asks what the user did lets everything through here.
    before: of the moment before: what was found in the same catalogue is not searched anew.
    """

    def __init__(
        self, catalog: CatalogSnapshot, model: Recommender | None, base: Base | None, now_ms: int,
        before: "Masks | None" = None,
    ) -> None:
        self._catalog, self._model, self._base, self._now_ms = catalog, model, base, now_ms
        same = before if before and before._catalog is catalog else None
        self._items: dict[Tree, Bools] = same._items if same else {}
        self._bases: dict[Tree, Base] = {}
        self._of_model: tuple[Rows, Bools] | None = None  # where the model's items stand in it
        if same and same._model and model and same._model.index is model.index:
            self._of_model = same._of_model  # of one catalogue a model has the same newcomers

    def base(self, tree: Tree) -> Base:
        """The bias that all requests with this filter share.

        cost: once for each filter and moment, two passes over the model's catalogue.
        """
        assert self._model is not None
        assert self._base is not None
        wanted = of_items(tree)
        if wanted == EVERYTHING:
            return self._base
        found = self._bases.pop(wanted, None)
        if found is None:
            self._of_model = self._of_model or self._model.among(self._catalog.keys)
            kept, known = (self._let(wanted, self._model.keys, *self._of_model),
                           len(self._model.index))
            found = self._base.hiding(~kept[:known], ~kept[known:])
        if not asks_time(wanted):
            _keep(self._bases, wanted, found)
        return found

    def of_keys(self, tree: Tree, keys: Keys) -> Bools:
        """(len(keys),) of which a filter is true; an item without facts is asked without any."""
        wanted = of_items(tree)
        if wanted == EVERYTHING:
            return np.ones(len(keys), np.bool_)
        return self._let(wanted, keys, *find(self._catalog.keys, keys))

    def _let(self, wanted: Tree, keys: Keys, places: Rows, is_there: Bools) -> Bools:
        let = np.zeros(len(keys), np.bool_)
        let[is_there] = self._of_items(wanted)[places[is_there]]
        let[~is_there] = keeps(wanted, _bare(""), self._now_ms)
        for item_id in _named(wanted):
            let[(keys == item_key(item_id)) & ~is_there] = keeps(
                wanted, _bare(item_id), self._now_ms)
        return let

    def of_catalog(self, tree: Tree) -> Bools:
        """(N,) of which items of the catalogue a filter is true."""
        return self._of_items(of_items(tree))

    def _of_items(self, tree: Tree) -> Bools:
        found = self._items.pop(tree, None)
        if found is None:
            found = mask(tree, self._catalog.columns, self._now_ms)
        if not asks_time(tree):
            _keep(self._items, tree, found)
        return found


def _bare(item_id: str) -> View:
    return View(item_id, {}, 0, ())


def _named(tree: Tree) -> list[str]:
    """The ids a filter speaks of."""
    return [one for term in terms(tree) if isinstance(term, OneOf) and term.field == "item_id"
            for one in term.literals if isinstance(one, str)]


def _keep(kept: dict[Tree, Any], tree: Tree, value: Any) -> None:
    kept[tree] = value  # the newest is last
    if len(kept) > KEPT:
        del kept[next(iter(kept))]
