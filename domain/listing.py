"""A moment, a user's history and what is asked for -> the list, from the best source there is.

The sources stand in `ranking.SOURCES` in the order in which they are tried here. What may not be
shown is the screen's to say, for every source.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from domain import cursor, sources
from domain.arrange import Likeness, Limit, arrange
from domain.ask import Ask
from domain.asker import Asker
from domain.exploration import Placed
from domain.exploring import Exploring
from domain.features import Interaction
from domain.filter import LABELS, Tree, every
from domain.items import POPULARITY_HALF_LIFE
from domain.key import item_key
from domain.pool import Pool, percentiles, weigh
from domain.ranking import Candidate, Found, Part, Recommendation, choose, reasons
from domain.row import Floats
from domain.scene import Scene
from domain.screen import Screen
from domain.vocabulary import IMPRESSION, Vocabulary

MIN_POOL = 200  # candidates from which rules choose, or twice as many as are shown
Sources = Mapping[str, Callable[[Tree], Iterator[Found]]]


class Listing(NamedTuple):
    """A list and where it is from. source: a key of `ranking.SOURCES`.

    cursor: how to go on after it, None when there is no more or no going on.
    offered: key -> the chance of each item that it explores.
    teams: what its id is to end with, empty for one that is not drafted of two.
    """

    source: str
    places: list[Recommendation]
    cursor: str | None = None
    offered: Mapping[int, float] = {}
    teams: str = ""


class Question(NamedTuple):
    """For whom a list is (history, oldest first), when, and what is asked for.

    exploring: what the list may explore, None for nothing.
    """

    history: Sequence[Interaction]
    vocabulary: Vocabulary
    now_ms: int
    ask: Ask = Ask()
    exploring: Exploring | None = None

    @property
    def asker(self) -> Asker:
        """Without what is asked for."""
        return Asker(self.history, self.vocabulary, self.now_ms)


def recommend(scene: Scene, asked: Question) -> Listing:
    """The list for one user: never an error, and empty only when there is nothing to show."""
    plan = Plan(scene, asked)
    return plan.fill({
        "personal": lambda tree: sources.personal(scene, asked.asker, tree, plan.enough,
                                                  asked.ask.objectives),
        "session": lambda _: sources.session(scene, asked.history),
        **_common(scene),
    })


def similar(scene: Scene, key: int, asked: Question) -> Listing:
    """Items like one item: near it for the model and done next, or what is done next now."""
    plan = Plan(scene, asked._replace(ask=asked.ask.beside(frozenset({key}))))
    return plan.fill({
        "similar": lambda tree: sources.near(scene, key, tree, plan.enough),
        "session": lambda _: sources.followers(scene.trends, [key], decay=1.0),
        **_common(scene),
    })


def trending_list(scene: Scene, half_life: str, asked: Question) -> Listing:
    """What everybody does now, or what was most done, or the newest items."""
    return Plan(scene, asked).fill(_common(scene, half_life))


def _common(scene: Scene, half_life: str = "24h") -> Sources:
    return {
        "trending": partial(sources.trending, scene, half_life),
        "popular": partial(sources.popular, scene),
        "catalogue": partial(sources.newest, scene),
    }


class Plan:
    """One request over one moment."""

    def __init__(self, scene: Scene, asked: Question) -> None:
        self._scene, self._asked, self.ask = scene, asked, asked.ask
        self.screen = Screen(scene, asked.ask, asked.history,
                             asked.vocabulary.by_name[IMPRESSION].code, asked.now_ms)

    @cached_property
    def wanted(self) -> int:
        """How many candidates a list is chosen from."""
        return self.ask.k if self.ask.plain else max(MIN_POOL, 2 * self.ask.k)

    @property
    def enough(self) -> int:
        """How many to ask a model for, so that what is hidden of them is made up for."""
        hidden = len(self.screen.seen) + len(self.ask.exclude) + len(self.ask.passed)
        return self.wanted + hidden

    def fill(self, found: Sources) -> Listing:
        """The list of the first source that has something, filled up from those after it."""
        source, pool = self._pool(found)
        chosen = self._plainly(pool) if self.ask.plain else self._by_rules(pool)
        if exploring := self._asked.exploring:
            offer = exploring.offer(chosen, self.ask, self.screen)
            placed = offer.woven(chosen, exploring.seed)
            return self._listed(source, placed)._replace(offered=offer.told())
        return self._listed(source, [Placed(one) for one in chosen])

    def _listed(self, source: str, placed: list[Placed]) -> Listing:
        rank = len(self.ask.passed) + 1
        return Listing(source, [self._place(one, n) for n, one in enumerate(placed, rank)],
                       cursor.after(self.ask.passed, [one.candidate.key for one in placed],
                                    self.ask.k))

    def _place(self, placed: Placed, rank: int) -> Recommendation:
        candidate = placed.candidate
        view = self.screen.view(candidate.key)
        assert view is not None  # the screen left out what has no name
        return Recommendation(view.item_id, rank, candidate.score,
                              reasons(candidate, self.screen.name), view.facts, candidate.parts,
                              placed.propensity)

    def _pool(self, found: Sources) -> tuple[str, Pool]:
        first, ranked, chosen = "catalogue", 0, dict[int, Found]()
        for source, candidates in found.items():
            more = choose(candidates(self.ask.filter), lambda key: key in chosen or
                          self.screen.hides(key), self.wanted - len(chosen))
            if more and not chosen:
                first = source
                more = self._lifted(candidates, more)
                ranked = len(more)
            chosen.update((one.key, one) for one in more)
            if len(chosen) >= self.wanted:
                break
        return first, Pool(tuple(chosen.values()), ranked)

    def _lifted(self, candidates: Callable[[Tree], Iterator[Found]], found: list[Found]
                ) -> list[Found]:
        """With the best of those that a boost or a quota may bring up from further below."""
        lifts = [boost.filter for boost in self.ask.boosts if boost.by > 0]
        lifts += [quota.filter for quota in self.ask.quotas if quota.at_least]
        by_key = {one.key: one for one in found}
        for lift in lifts:
            more = choose(candidates(every(self.ask.filter, lift)),
                          partial(self._hides_or_lacks, lift), self.ask.k)
            by_key.update((one.key, one) for one in more)
        return sorted(by_key.values(), key=lambda one: -one.score)

    def _hides_or_lacks(self, lift: Tree, key: int) -> bool:
        return bool(self.screen.hides(key)) or not self.screen.matches(lift, key)

    def _plainly(self, pool: Pool) -> list[Candidate]:
        return [Candidate(one.key, one.score, one.explain()) for one in pool.found]

    def _by_rules(self, pool: Pool) -> list[Candidate]:
        pool, pins = self._pinned(pool)
        worth = weigh(pool, self.ask, self.screen, self._novelty, self._asked.now_ms)
        order = arrange(worth.values, self.ask.k, self._limits(pool), pins,
                        self.ask.diversity, self._likeness(pool))
        return [Candidate(pool.found[place].key, float(worth.values[place]),
                          worth.parts(pool, place)) for place in order]

    def _pinned(self, pool: Pool) -> tuple[Pool, dict[int, int]]:
        """The pool with what is pinned, and position -> place; later pages hold no pins."""
        found, pins = list(pool.found), dict[int, int]()
        places = {one.key: place for place, one in enumerate(found)}
        for pin in self.ask.pins if not self.ask.passed else ():
            key = item_key(pin.item_id)
            if pin.position > self.ask.k or pin.position - 1 in pins or self.screen.forbids(key):
                continue
            if key not in places:
                places[key] = len(found)
                found.append(Found(key, 0.0, lambda: (Part("pinned", 0.0),)))
            if places[key] not in pins.values():
                pins[pin.position - 1] = places[key]
        return pool._replace(found=tuple(found)), pins

    def _limits(self, pool: Pool) -> list[Limit]:
        k = self.ask.k
        return [Limit(np.array([self.screen.matches(quota.filter, one.key) for one in pool.found],
                               np.bool_),
                      quota.at_least, k if quota.at_most is None else quota.at_most,
                      quota.first or k) for quota in self.ask.quotas]

    def _novelty(self, keys: Sequence[int]) -> Floats:
        """(n,) 1 for what is done least of these."""
        array = np.array(keys, np.uint64)
        strength = self._scene.trends.counts_for(array, POPULARITY_HALF_LIFE)
        if model := self._scene.model:
            strength = np.maximum(strength, model.items.counts[model.index.rows(array)])
        return np.float32(1) - percentiles(strength.tolist())

    def _likeness(self, pool: Pool) -> Likeness | None:
        if not self.ask.diversity:
            return None
        keys = np.array([one.key for one in pool.found], np.uint64)
        labels = [frozenset(label for field in LABELS for label in view.facts.get(field, ()))
                  if (view := self.screen.view(one.key)) else frozenset[str]()
                  for one in pool.found]
        if self._scene.model is None:
            return Likeness(np.zeros((len(keys), 1), np.float32), labels)
        return Likeness(self._scene.model.vectors(keys), labels)
