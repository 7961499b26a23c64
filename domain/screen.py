"""What must not stand in a list: one place that says so, for every source and every way to ask."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.ask import Ask, Window
from domain.cursor import tag
from domain.features import Interaction
from domain.filter import Tree, View, asks_history, keeps
from domain.row import Keys
from domain.scene import Scene


class Hidden(NamedTuple):
    """Why an item is not shown."""

    reason: str


UNKNOWN, UNAVAILABLE, EXCLUDED = Hidden("unknown"), Hidden("unavailable"), Hidden("excluded")
FILTERED, SEEN, SHOWN, PASSED = (Hidden("filtered"), Hidden("seen"), Hidden("shown often"),
                                 Hidden("on an earlier page"))


class Screen:
    """One request's rules, asked item by item; facts are read once."""

    def __init__(
        self, scene: Scene, ask: Ask, history: Sequence[Interaction], impression: int, now_ms: int
    ) -> None:
        self._scene, self._ask, self._now_ms = scene, ask, now_ms
        self._history, self._impression = history, impression
        self._passed = frozenset(ask.passed)
        self._views: dict[int, View | None] = {}

    def hides(self, key: int) -> Hidden | None:
        """Why an item must not be shown, None when it may be."""
        return self._passes_over(key) or self.forbids(key)

    def lets(self, keys: Keys) -> NDArray[np.bool_]:
        """(n,) which of these items of the catalogue may be shown: those that `hides` does not.

        cost: 0.2 us an item, and their facts where a filter asks what the user did.
        """
        let = self._scene.masks.of_keys(self._ask.filter, keys)
        asked = keys[let].tolist()
        if asks_history(self._ask.filter):
            barred = {key for key in asked if self.hides(key)}
        else:
            barred = self._barred(set(asked))
        let[let] = [key not in barred for key in asked]
        return let

    def forbids(self, key: int) -> Hidden | None:
        """Why an item may not be shown even where somebody put it."""
        if barred := self._excludes(key):
            return barred
        view = self.view(key)
        if view is None:
            return UNKNOWN
        return None if keeps(self._ask.filter, view, self._now_ms) else FILTERED

    def matches(self, tree: Tree, key: int) -> bool:
        """Is a filter true of an item that has a name?"""
        view = self.view(key)
        return view is not None and keeps(tree, view, self._now_ms)

    def view(self, key: int) -> View | None:
        """An item as filters see it, None for one without a name."""
        if key not in self._views:
            found, updated_ms = self._scene.item(key), self._scene.catalog.updated_at(key)
            self._views[key] = View(*found, updated_ms, self._deeds[key]) if found else None
        return self._views[key]

    def name(self, key: int) -> str | None:
        """The id of an item, None for one that nobody knows."""
        view = self.view(key)
        return view.item_id if view else None

    @cached_property
    def seen(self) -> frozenset[int]:
        """Keys of items that what the user did hides."""
        window = self._ask.seen
        return frozenset() if window is None else frozenset(
            deed.item for deed in self._history if self._within(deed, window))

    @cached_property
    def _often_shown(self) -> frozenset[int]:
        cap = self._ask.shown
        if cap is None:
            return frozenset()
        window = Window(frozenset({self._impression}), cap.within_ms)
        times = Counter(deed.item for deed in self._history if self._within(deed, window))
        return frozenset(key for key, n in times.items() if n >= cap.times)

    @cached_property
    def _deeds(self) -> dict[int, list[Interaction]]:
        deeds: dict[int, list[Interaction]] = defaultdict(list)
        for deed in self._history:
            deeds[deed.item].append(deed)
        return deeds

    def _barred(self, keys: set[int]) -> set[int]:
        """Those of these items that are hidden whatever their facts are."""
        hiding = (self.seen, self._often_shown, self._ask.exclude, self._scene.unavailable)
        passed = {key for key in keys if tag(key) in self._passed} if self._passed else set[int]()
        return passed.union(*(keys & hidden for hidden in hiding))

    def _passes_over(self, key: int) -> Hidden | None:
        if key in self.seen:
            return SEEN
        if key in self._often_shown:
            return SHOWN
        return PASSED if tag(key) in self._passed else None

    def _excludes(self, key: int) -> Hidden | None:
        if key in self._ask.exclude:
            return EXCLUDED
        return UNAVAILABLE if key in self._scene.unavailable else None

    def _within(self, deed: Interaction, window: Window) -> bool:
        # Being shown is not being seen: that is what `exclude_shown` counts.
        meant = deed.type in window.types if window.types else deed.type != self._impression
        return meant and self._now_ms - deed.at_ms <= window.within_ms
