"""A moment and a user's history -> the list, from the best source that has something to say.

The sources stand in `ranking.SOURCES` in the order in which they are tried here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from domain.features import Interaction
from domain.graph import Votes
from domain.ranking import Candidate, Part, Recommendation, choose, reasons
from domain.recommender import Ranked, Recommender
from domain.row import Floats, Rows
from domain.scene import Scene
from domain.trends import Trends
from domain.vocabulary import Vocabulary

LIVE_VOTERS = 10  # newest events whose live co-visits count
BECAUSE = 2  # events named per signal


class Listing(NamedTuple):
    """A list and where it is from. source: a key of `ranking.SOURCES`."""

    source: str
    places: list[Recommendation]


class Question(NamedTuple):
    """What is asked: for whom (history, oldest first), how many, and when."""

    history: Sequence[Interaction]
    vocabulary: Vocabulary
    k: int
    now_ms: int
    exclude_seen: bool = True


def recommend(scene: Scene, asked: Question) -> Listing:
    """The list for one user: never an error, and empty only when there is nothing to show."""
    seen = {entry.item for entry in asked.history} if asked.exclude_seen else set()
    sources: dict[str, Callable[[], Iterator[Candidate]]] = {
        "personal": lambda: _personal(scene, asked, len(seen)),
        "session": lambda: _session(scene, asked),
        "trending": lambda: trending(scene, "24h"),
        "popular": lambda: _popular(scene),
        "catalogue": lambda: _newest(scene),
    }
    return _fill(scene, sources, seen, asked.k)


def similar(scene: Scene, key: int, k: int) -> Listing:
    """Items like one item: near it for the model and done next, or what is done next now."""
    sources: dict[str, Callable[[], Iterator[Candidate]]] = {
        "similar": lambda: _similar(scene, key, k),
        "session": lambda: _followers(scene.trends, [key], decay=1.0),
        "trending": lambda: trending(scene, "24h"),
        "popular": lambda: _popular(scene),
        "catalogue": lambda: _newest(scene),
    }
    return _fill(scene, sources, {key}, k)


def trending(scene: Scene, half_life: str) -> Iterator[Candidate]:
    """What everybody does now, strongest first."""
    weights = scene.trends.counts_for(scene.trends.keys, half_life)
    for place in scene.trends.top(half_life):
        score = float(weights[place])
        yield Candidate(int(scene.trends.keys[place]), score, (Part("trending", score),))


def trending_list(scene: Scene, half_life: str, k: int) -> Listing:
    """What everybody does now, or what was most done, or the newest items."""
    sources: dict[str, Callable[[], Iterator[Candidate]]] = {
        "trending": lambda: trending(scene, half_life),
        "popular": lambda: _popular(scene),
        "catalogue": lambda: _newest(scene),
    }
    return _fill(scene, sources, set(), k)


def _fill(
    scene: Scene, sources: dict[str, Callable[[], Iterator[Candidate]]], seen: set[int], k: int
) -> Listing:
    """The list of the first source that has something, filled up from those after it."""
    def hidden(key: int) -> bool:
        return key in shown or key in seen or key in scene.unavailable or scene.name(key) is None

    first, chosen, shown = "catalogue", list[Candidate](), set[int]()
    for source, candidates in sources.items():
        more = choose(candidates(), hidden, k - len(chosen))
        if more and not chosen:
            first = source
        chosen += more
        shown.update(candidate.key for candidate in more)
        if len(chosen) == k:
            break
    return Listing(first, [_place(scene, c, rank) for rank, c in enumerate(chosen, 1)])


def _place(scene: Scene, candidate: Candidate, rank: int) -> Recommendation:
    item_id = scene.name(candidate.key)
    assert item_id is not None  # `hidden` left out what has no name
    why, facts = reasons(candidate, scene.name), scene.catalog.get(candidate.key)
    return Recommendation(item_id, rank, candidate.score, why, facts or {})


def _personal(scene: Scene, asked: Question, n_seen: int) -> Iterator[Candidate]:
    model = scene.model
    if model is None or scene.base is None:
        return
    window = model.window(asked.history, asked.vocabulary, asked.now_ms)
    if len(window.rows):
        live = _live_votes(scene.trends, model, window.rows)
        ranked = model.rank(window, scene.base, asked.k + n_seen, live)
        yield from _explained(scene, model, ranked, window.rows,
                              model.influence(window, ranked))


def _similar(scene: Scene, key: int, k: int) -> Iterator[Candidate]:
    if scene.model is None or scene.base is None:
        return
    row = scene.model.index.row(key)
    if row:
        ranked = scene.model.similar(row, scene.base, k + 1)
        nothing = np.zeros((0, len(ranked.rows)), np.float32)
        yield from _explained(scene, scene.model, ranked, np.array([row]), nothing)


def _explained(
    scene: Scene, model: Recommender, ranked: Ranked, history: Rows, influence: Floats
) -> Iterator[Candidate]:
    """Ranked rows as candidates whose parts are the arithmetic that ranked them.

    The events behind the taste are those without which the encoder would give the row least; those
    behind the co-visits are the ones that voted for it.
    """
    assert scene.base is not None
    voted = dict(zip(*(part.tolist() for part in ranked.votes.shares()), strict=True))
    asked = history[:-len(influence) - 1:-1] if len(influence) else history
    for place, row in enumerate(ranked.rows.tolist()):
        raised = influence[:, place]
        moved = asked[np.argsort(-raised, kind="stable")][:int((raised > 0).sum())]
        votes = history[ranked.votes.places_for(row)]
        score, bias = float(ranked.scores[place]), float(ranked.bias[place])
        graph = model.card.blend.graph * voted.get(row, 0.0)
        yield Candidate(model.index.key(row), score, (
            Part("taste", score - bias, _keys(model, moved if len(influence) else asked)),
            Part("co-visit", graph, _keys(model, votes)),
            Part("popular", bias - graph),
        ))


def _keys(model: Recommender, rows: Rows) -> tuple[int, ...]:
    """The first few items of these rows, each once."""
    return tuple(model.index.key(row) for row in list(dict.fromkeys(rows.tolist()))[:BECAUSE])


def _live_votes(trends: Trends, model: Recommender, history: Rows) -> Votes:
    parts = []
    newest = len(history) - 1
    oldest = max(-1, newest - LIVE_VOTERS) if len(trends.pairs) else newest
    for place in range(newest, oldest, -1):
        keys, shares = trends.followers(model.index.key(int(history[place])))
        rows = model.index.rows(keys)
        known = rows > 0
        weight = np.float32(model.card.blend.decay ** (newest - place))
        parts.append(Votes(np.full(int(known.sum()), place), rows[known], shares[known] * weight))
    return Votes.join(parts)


def _session(scene: Scene, asked: Question) -> Iterator[Candidate]:
    newest = [entry.item for entry in reversed(asked.history)][:LIVE_VOTERS]
    yield from _followers(scene.trends, newest, decay=0.8)


def _followers(trends: Trends, keys: Sequence[int], decay: float) -> Iterator[Candidate]:
    """Items done after these (newest first), most shared first."""
    tally: dict[int, dict[int, float]] = {}
    for age, key in enumerate(keys):
        for follower, share in zip(*trends.followers(key), strict=True):
            voters = tally.setdefault(int(follower), {})
            voters[key] = voters.get(key, 0.0) + float(share) * decay**age
    for follower, voters in sorted(tally.items(), key=lambda entry: -sum(entry[1].values())):
        score = sum(voters.values())
        best = sorted(voters, key=lambda key: -voters[key])[:BECAUSE]
        yield Candidate(follower, score, (Part("co-visit", score, tuple(best)),))


def _popular(scene: Scene) -> Iterator[Candidate]:
    if scene.model is None:
        return
    counts = scene.model.items.counts
    for row in np.argsort(-counts[:len(scene.model.index) + 1], kind="stable"):
        if row and counts[row] > 0:
            score = float(counts[row])
            yield Candidate(scene.model.index.key(int(row)), score, (Part("popular", score),))


def _newest(scene: Scene) -> Iterator[Candidate]:
    return (Candidate(key, 0.0, (Part("new", 0.0),)) for key in scene.catalog.newest())
