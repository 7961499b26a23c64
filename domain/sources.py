"""Where candidates come from, each source in its own order, none of them checked yet.

A source is told the filter, so that what it would search in vain is left out at once; the part of a
filter that asks what the user did is for the screen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np

from domain import shortlist
from domain.asker import Asker
from domain.blend import HIDDEN
from domain.features import Interaction
from domain.filter import Tree
from domain.graph import Votes
from domain.ranking import Found, Part
from domain.recommender import Ranked, Recommender
from domain.row import Floats, Keys, Rows
from domain.scene import Scene
from domain.trends import Trends
from domain.window import Window

LIVE_VOTERS = 10  # newest events whose live co-visits count
BECAUSE = 2  # events named per signal
DEEPER = 4  # times as many rows are asked for, when those that came were not enough
NOTHING: Mapping[str, float] = {}
SESSION_DECAY = 0.8  # of a vote, for each newer event


def personal(
    scene: Scene, asker: Asker, tree: Tree, n: int, objectives: Mapping[str, float] = NOTHING
) -> Iterator[Found]:
    """What the model expects of this history, best first; n: how many are probably wanted.

    objectives: what outcomes are worth, for models with a second stage.
    """
    model = scene.model
    if model is None or scene.base is None:
        return
    window = model.window(asker.history, asker.vocabulary, asker.now_ms)
    if not len(window.rows):
        return
    base, live = scene.masks.base(tree), live_votes(scene.trends, model, window.rows)

    # One list must not hang on how long another is: the shortlist is of one size for all.
    listed = shortlist.size(window) if model.ranker else 0

    def rank(n: int) -> Explained:
        ranked = model.rank(window, base, n, live)
        lifted = _lifted(scene, asker, window, ranked, listed, objectives)
        return Explained(model, ranked, window.rows, lambda: model.influence(window, ranked),
                         lifted)

    yield from _deeper(rank, max(n, listed))


def among(
    scene: Scene, asker: Asker, keys: Keys, objectives: Mapping[str, float] = NOTHING
) -> Iterator[Found]:
    """Of these items, those of which the model knows something, best first."""
    model = scene.model
    if model is None or scene.base is None:
        return
    window = model.window(asker.history, asker.vocabulary, asker.now_ms)
    rows = model.rows(keys)
    if len(window.rows) and rows.any():
        live = live_votes(scene.trends, model, window.rows)
        ranked = model.rank_rows(window, scene.base, rows[rows > 0], live)
        shown = int((ranked.scores > HIDDEN / 2).sum())
        lifted = _lifted(scene, asker, window, ranked, shown, objectives)
        ordered = Explained(model, ranked, window.rows, lambda: model.influence(window, ranked),
                            lifted)
        yield from (one for one in ordered if one.score > HIDDEN / 2)


def _lifted(
    scene: Scene, asker: Asker, window: Window, ranked: Ranked, n: int,
    objectives: Mapping[str, float],
) -> Floats | None:
    """(K,) what the second stage adds to each score, None where the model has none."""
    model, base = scene.model, scene.base
    if model is None or base is None or model.ranker is None:
        return None
    strengths = shortlist.strengths_of(model, scene.trends, ranked.rows[:n], asker.now_ms)
    around = shortlist.Around(base, strengths, scene.catalog)
    return shortlist.lifted(model, asker, window, ranked, around, objectives)


def near(scene: Scene, key: int, tree: Tree, n: int) -> Iterator[Found]:
    """Items near one item for the model, or done after it."""
    model = scene.model
    row = int(model.rows(np.array([key], np.uint64))[0]) if model else 0
    if model is None or scene.base is None or not row:
        return
    if not model.item_vectors(np.array([row])).any() and row >= model.card.rows:
        return  # it says nothing of itself, and came too late for others to say something
    base = scene.masks.base(tree)

    def rank(n: int) -> Explained:
        ranked = model.similar(row, base, n)
        return Explained(model, ranked, np.array([row]),
                         lambda: np.zeros((0, len(ranked.rows)), np.float32))

    yield from _deeper(rank, n)


def session(scene: Scene, history: Sequence[Interaction]) -> Iterator[Found]:
    """What others did lately after these events."""
    newest = [entry.item for entry in reversed(history)][:LIVE_VOTERS]
    yield from followers(scene.trends, newest, SESSION_DECAY)


def followers(trends: Trends, keys: Sequence[int], decay: float) -> Iterator[Found]:
    """Items done after these (newest first), most shared first."""
    tally: dict[int, dict[int, float]] = {}
    for age, key in enumerate(keys):
        for follower, share in zip(*trends.followers(key), strict=True):
            voters = tally.setdefault(int(follower), {})
            voters[key] = voters.get(key, 0.0) + float(share) * decay**age
    for follower, voters in sorted(tally.items(), key=lambda entry: -sum(entry[1].values())):
        score = sum(voters.values())
        best = sorted(voters, key=lambda key: -voters[key])[:BECAUSE]
        yield told(follower, Part("co-visit", score, tuple(best)))


def trending(scene: Scene, half_life: str, tree: Tree) -> Iterator[Found]:
    """What everybody does now, strongest first."""
    keys = scene.trends.keys
    weights, let = scene.trends.counts_for(keys, half_life), scene.masks.of_keys(tree, keys)
    for place in scene.trends.top(half_life):
        if let[place]:
            score = float(weights[place])
            yield told(int(keys[place]), Part("trending", score))


def popular(scene: Scene, tree: Tree) -> Iterator[Found]:
    """What was most done when the model was trained."""
    if scene.model is None:
        return
    keys = scene.model.index.keys
    counts = scene.model.items.counts[1:len(keys) + 1] * scene.masks.of_keys(tree, keys)
    for place in np.argsort(-counts, kind="stable"):
        if counts[place] <= 0:
            return
        score = float(counts[place])
        yield told(int(keys[place]), Part("popular", score))


def newest(scene: Scene, tree: Tree) -> Iterator[Found]:
    """The catalogue, last updated first."""
    let = scene.masks.of_catalog(tree)
    return (told(key, Part("new", 0.0)) for key in scene.catalog.newest(let))


class Explained:
    """Ranked rows as candidates whose parts are the arithmetic that ranked them.

    The events behind the taste are those without which the encoder would give the row least; those
    behind the co-visits are the ones that voted for it.
    """

    def __init__(self, model: Recommender, ranked: Ranked, history: Rows,
                 influence: Callable[[], Floats], lifted: Floats | None = None) -> None:
        """lifted: (K,) what a second stage adds."""
        self._model, self._ranked, self._history, self._lifted = model, ranked, history, lifted
        self._influence = cache(influence)  # asked for once a list is chosen

    def __len__(self) -> int:
        return len(self._ranked.rows)

    def __iter__(self) -> Iterator[Found]:
        rows, scores, order = self._ranked.rows, self._ranked.scores, range(len(self))
        if self._lifted is not None:
            scores = scores + self._lifted
            order = np.argsort(-scores, kind="stable").tolist()
        for place in order:
            row = int(rows[place])
            yield Found(self._model.key(row), float(scores[place]),
                        partial(self._parts, place, row))

    def _parts(self, place: int, row: int) -> tuple[Part, ...]:
        ranked, history, influence = self._ranked, self._history, self._influence()
        asked = history[:-len(influence) - 1:-1] if len(influence) else history
        raised = influence[:, place]
        moved = asked[np.argsort(-raised, kind="stable")][:int((raised > 0).sum())]
        votes = history[ranked.votes.places_for(row)]
        score, bias, graph = (float(part[place])
                              for part in (ranked.scores, ranked.bias, ranked.voted))
        lift = [] if self._lifted is None else [Part("ranker", float(self._lifted[place]))]
        return (
            Part("taste", score - bias, self._keys(moved if len(influence) else asked)),
            Part("co-visit", graph, self._keys(votes)),
            Part("popular", bias - graph),
            *lift,
        )

    def _keys(self, rows: Rows) -> tuple[int, ...]:
        """The first few items of these rows, each once."""
        named = list(dict.fromkeys(rows.tolist()))[:BECAUSE]
        return tuple(self._model.index.key(row) for row in named)


def live_votes(trends: Trends, model: Recommender, history: Rows) -> Votes:
    """What others do right now after the newest events."""
    parts = []
    newest = len(history) - 1
    oldest = max(-1, newest - LIVE_VOTERS) if len(trends.pairs) else newest
    for place in range(newest, oldest, -1):
        keys, shares = trends.followers(model.index.key(int(history[place])))
        rows = model.rows(keys)
        known = rows > 0
        weight = np.float32(model.card.blend.decay ** (newest - place))
        parts.append(Votes(np.full(int(known.sum()), place), rows[known], shares[known] * weight))
    return Votes.join(parts)


def _deeper(rank: Callable[[int], Explained], n: int) -> Iterator[Found]:
    """The best n, and as long as more are wanted the best of several times as many."""
    come = set[int]()
    while True:
        ranked = rank(n)
        for one in ranked:
            if one.key not in come:
                come.add(one.key)
                yield one
        if len(ranked) < n:
            return
        n *= DEEPER


def told(key: int, part: Part) -> Found:
    """An item that one signal alone speaks for."""
    return Found(key, part.score, lambda: (part,))
