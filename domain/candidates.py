"""What the second stage reads of each candidate: the same numbers in training and at a request.

All of it is known at the moment that is asked about: what the user did before, what everybody did
before, what the first stage says, and what the catalogue says of the item. What the catalogue said
at an earlier time is not kept, so nothing here tells when an item changed.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.artifact import Blend
from domain.asker import Asker
from domain.graph import Votes
from domain.key import label_key
from domain.places import find, spans
from domain.profile import HALF_LIFE_MS
from domain.row import Floats, Keys, Rows, directions
from domain.snapshot import CatalogSnapshot
from domain.trends import HALF_LIVES_MS

FIRST_STAGE = ("score", "taste", "covisit", "popular", "covisit_last", "near_last", "near_most")
TRENDS = tuple(f"trend_{name}" for name in HALF_LIVES_MS)
OF_ITEM = ("own", "own_lately", "price", "price_gap", "labels")
OF_LABELS = ("label_mean", "label_most", "label_least", "label_lately", "label_known")
OF_USER = ("events", "idle", "strength")
OF_TIME = ("hour_sin", "hour_cos", "week_sin", "week_cos")
FEATURES = FIRST_STAGE + TRENDS + OF_ITEM + OF_LABELS + OF_USER + OF_TIME
SCORE = FEATURES.index("score")

LATELY_MS = 24 * 3_600_000  # half-life of what `lately` tells
DAY_MS, WEEK_MS = 24 * 3_600_000, 7 * 24 * 3_600_000
THURSDAY_MS = 4 * DAY_MS  # 1970 began on a Thursday: so long after the start of a week
NEWEST = 10  # events whose items a candidate may lie near
PRICE = np.uint64(label_key("price"))


class FirstStage(NamedTuple):
    """(C,) float32 each: the blend's score of the candidates, its parts, and what lies near.

    covisit_last: what the newest event votes.   near_last, near_most: the cosine with the newest
    event's item, and the largest with one of the newest `NEWEST`.
    """

    score: Floats
    taste: Floats
    covisit: Floats
    popular: Floats
    covisit_last: Floats
    near_last: Floats
    near_most: Floats

    @classmethod
    def of(
        cls, blend: Blend, user: Floats, recent: Floats, votes: Votes, popular: Floats,
        rows: Rows, vectors: Floats,
    ) -> Self:
        """Of candidates in `rows` with these (C, D) vectors.

        recent: (T, D) what the user did, oldest first, T above 0.   votes: of the same T, by the
        graph alone: live co-visits are not kept, so training could not know them.
        popular: (C,) the part of the score that all requests share.
        """
        taste = vectors @ user
        covisit, last = (_shares(part, rows) for part in (votes, votes.by(len(recent) - 1)))
        near = directions(vectors) @ directions(recent[-NEWEST:]).T
        score = np.float32(blend.encoder) * taste + np.float32(blend.graph) * covisit + popular
        return cls(score, taste, covisit, popular, last, near[:, -1], near.max(axis=1))


class Past(NamedTuple):
    """(E,) each: the newest events of a user that say something of taste.

    weights: strength, halved every `profile.HALF_LIFE_MS`.   lately: 1 now, halved every
    `LATELY_MS`.
    """

    keys: Keys
    weights: Floats
    lately: Floats


def features(
    asker: Asker, length: int, keys: Keys, first: FirstStage, strengths: Floats,
    catalog: CatalogSnapshot,
) -> Floats:
    """(C, len(FEATURES)) float32 of the candidates with these keys.

    length: events of the history that count, the newest.   strengths: (C, half-lives) decayed
    strength of what everybody did, as of the moment.
    """
    past = _past(asker, length)
    mine, theirs = Facts.of(catalog, past.keys), Facts.of(catalog, keys)
    columns = [
        *first, *np.log1p(np.maximum(strengths, 0.0)).T,
        *_of_item(past, keys, mine, theirs), *_of_labels(past, mine, theirs),
        *_of_user(asker, past), *_of_time(asker.now_ms)]
    found = np.empty((len(keys), len(FEATURES)), np.float32)
    for place, column in enumerate(columns):
        found[:, place] = column
    return found


class Facts(NamedTuple):
    """What the catalogue says of n items.

    owners, labels: (L,) whose label it is, and its hash.   sizes: (n,) how many labels each has.
    prices: (n,) log1p, NaN where none is told.
    """

    owners: NDArray[np.int64]
    labels: Keys
    sizes: NDArray[np.int64]
    prices: Floats

    @classmethod
    def of(cls, catalog: CatalogSnapshot, keys: Keys) -> "Facts":
        """Of the items with these keys; of unknown ones nothing is said."""
        (places, known), facets = find(catalog.keys, keys), catalog.facets
        sizes = np.where(known, np.diff(facets.label_ends)[places] if len(catalog) else 0, 0)
        labels = facets.labels[spans(facets.label_ends[places], sizes)]
        counts = np.where(known, np.diff(facets.number_ends)[places] if len(catalog) else 0, 0)
        entries = spans(facets.number_ends[places], counts)
        of_price = facets.fields[entries] == PRICE
        prices = np.full(len(keys), np.nan, np.float32)
        prices[np.repeat(np.arange(len(keys)), counts)[of_price]] = np.log1p(
            facets.numbers[entries[of_price]])
        return cls(np.repeat(np.arange(len(keys)), sizes), labels, sizes, prices)


def _shares(votes: Votes, rows: Rows) -> Floats:
    """(C,) what rows were voted for, as `Votes.shares` counts it."""
    known, shares = votes.shares()
    places, is_there = find(known, rows)
    return shares[places] * is_there if len(known) else np.zeros(len(rows), np.float32)


def _past(asker: Asker, length: int) -> Past:
    words = asker.vocabulary
    entries = [entry for entry in asker.history if entry.type in words.speaking][-length:]
    ages_ms = np.array([max(0, asker.now_ms - entry.at_ms) for entry in entries], np.float64)
    strengths = np.array([words.strength(entry.type, entry.value) for entry in entries])
    return Past(np.array([entry.item for entry in entries], np.uint64),
                (strengths * 2.0 ** (-ages_ms / HALF_LIFE_MS)).astype(np.float32),
                (2.0 ** (-ages_ms / LATELY_MS)).astype(np.float32))


def _of_item(past: Past, keys: Keys, mine: Facts, theirs: Facts) -> list[Floats]:
    """What the user did with the very item, its price beside those the user takes, its labels."""
    order = np.argsort(past.keys, kind="stable")
    known, starts = np.unique(past.keys[order], return_index=True)
    places, is_there = find(known, keys)
    own, lately = np.zeros((2, len(keys)), np.float32)
    if len(known):
        own = np.add.reduceat(past.weights[order], starts)[places] * is_there
        lately = np.maximum.reduceat(past.lately[order], starts)[places] * is_there
    priced = mine.prices[~np.isnan(mine.prices)]
    usual = priced.mean() if len(priced) else np.float32(np.nan)
    return [own, lately, np.nan_to_num(theirs.prices), np.nan_to_num(theirs.prices - usual),
            np.log1p(theirs.sizes)]


def _of_labels(past: Past, mine: Facts, theirs: Facts) -> list[Floats]:
    """How much of what the user did bears the labels of each candidate.

    mean, most and least over the candidate's labels: a department, a category, a kind.
    """
    n = len(theirs.sizes)
    if not len(mine.labels):
        return list(np.zeros((len(OF_LABELS), n), np.float32))
    labels, places = np.unique(mine.labels, return_inverse=True)
    liked = np.bincount(places, past.weights[mine.owners], len(labels)) / max(
        np.abs(past.weights).sum(), 1e-9)
    lately = np.zeros(len(labels))
    np.maximum.at(lately, places, past.lately[mine.owners])
    where, is_there = find(labels, theirs.labels)
    shares, recent = liked[where] * is_there, lately[where] * is_there
    many = np.maximum(theirs.sizes, 1)
    most, least, newest = np.full(n, -np.inf), np.full(n, np.inf), np.zeros(n)
    np.maximum.at(most, theirs.owners, shares)
    np.minimum.at(least, theirs.owners, shares)
    np.maximum.at(newest, theirs.owners, recent)
    return [part.astype(np.float32) for part in (
        np.bincount(theirs.owners, shares, n) / many, np.where(theirs.sizes, most, 0.0),
        np.where(theirs.sizes, least, 0.0), newest,
        np.bincount(theirs.owners, is_there, n) / many)]


def _of_user(asker: Asker, past: Past) -> list[float]:
    idle_ms = max(0, asker.now_ms - asker.history[-1].at_ms) if asker.history else 0
    return [float(np.log1p(len(past.keys))), float(np.log1p(idle_ms / 1000)),
            float(past.weights.mean()) if len(past.weights) else 0.0]


def _of_time(now_ms: int) -> list[float]:
    """Hour and weekday, of UTC, each as a place on a circle."""
    turns = (now_ms % DAY_MS / DAY_MS, (now_ms + THURSDAY_MS) % WEEK_MS / WEEK_MS)
    return [float(of(2 * np.pi * turn)) for turn in turns for of in (np.sin, np.cos)]
