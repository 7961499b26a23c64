"""What another way to choose would have brought, from what was shown with known odds.

Every impression was shown with some propensity, and the other way, the target, would have shown it
with another: what followed is weighed by their ratio. IPS is right on average; SNIPS divides by the
weights themselves and wavers less; DR lets a model say what to expect and weighs only its errors:
it is right when the model is, or the propensities are.

source: Swaminathan, Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NIPS
2015; Dudik, Langford, Li, "Doubly Robust Policy Evaluation and Learning", ICML 2011.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.erasure import Forgotten
from domain.probe import by_people
from domain.record import Record
from domain.vocabulary import IMPRESSION

Numbers = NDArray[np.float64]


class OffPolicyError(ValueError):
    """What was logged says nothing of another way to choose."""


class Logged(NamedTuple):
    """(n,) each, of impressions. rewards: what followed, such as 1 for a click.

    propensities: with which it was shown.   target: with which it would have been.
    lists: numbers of the lists they are of; None, where each is of another. A list that is kept by
           many was drawn once.
    """

    rewards: Numbers
    propensities: Numbers
    target: Numbers
    lists: NDArray[np.int64] | None = None

    def weights(self) -> Numbers:
        """(n,) how many impressions of the target each stands for.

        raises: OffPolicyError, when there are none, or odds are none.
        """
        if not len(self.rewards):
            raise OffPolicyError("nothing was logged")
        if not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise OffPolicyError("a propensity is not above 0 and at most 1")
        if not ((self.target >= 0) & (self.target <= 1)).all():
            raise OffPolicyError("the target shows something with odds that are not 0 to 1")
        return np.asarray(self.target / self.propensities, np.float64)


class Estimate(NamedTuple):
    """Mean reward of an impression. effective: so many, evenly weighed, would say as much."""

    value: float
    standard_error: float
    effective: float


class Shown(NamedTuple):
    """One impression of the log whose odds are known."""

    subject: str
    item_id: str
    recommendation_id: str
    propensity: float
    clicked: bool
    at_ms: int


def ips(logged: Logged) -> Estimate:
    """Inverse propensity scores."""
    weights = logged.weights()
    return _estimate(weights * logged.rewards, weights, logged.lists)


def snips(logged: Logged) -> Estimate:
    """The same, divided by what the weights came to.

    raises: OffPolicyError, when they are all 0.
    """
    weights = logged.weights()
    whole = weights.mean()
    if whole == 0:
        raise OffPolicyError("the target shows nothing of what was logged")
    value = float((weights * logged.rewards).mean() / whole)
    found = _estimate(weights * (logged.rewards - value) / whole, weights, logged.lists)
    return found._replace(value=value)


def doubly_robust(logged: Logged, expected: Numbers, expected_of_target: Numbers) -> Estimate:
    """A model's expectation, corrected where it was wrong.

    expected: (n,) reward that the model expects of what was shown; expected_of_target: (n,) of what
    the target would show there, on average.
    """
    weights = logged.weights()
    return _estimate(expected_of_target + weights * (logged.rewards - expected), weights,
                     logged.lists)


def impressions_of(records: Iterable[Record], forgotten: Forgotten) -> list[Shown]:
    """Impressions that carry their odds, and whether a click on the item followed.

    A click follows an impression that its list id and its item are of; copies count once.
    """
    shown: dict[tuple[str, str, str], tuple[float, int]] = {}
    clicked: set[tuple[str, str, str]] = set()
    for batch in by_people(records, forgotten):
        for event in batch.events:
            if event.recommendation_id is None:
                continue
            place = (batch.subject, event.item_id, event.recommendation_id)
            if event.type == "click":
                clicked.add(place)
            elif event.type == IMPRESSION and event.propensity:
                shown[place] = event.propensity, event.at_ms
    return [Shown(*place, odds, place in clicked, at_ms)
            for place, (odds, at_ms) in shown.items()]


def _estimate(
    terms: Numbers, weights: Numbers, lists: NDArray[np.int64] | None
) -> Estimate:
    """source: Cameron, Miller, "A Practitioner's Guide to Cluster-Robust Inference", 2015."""
    n, of_lists = len(terms), terms - terms.mean()
    if lists is not None:
        of_lists = np.bincount(np.unique(lists, return_inverse=True)[1], of_lists)
    m = len(of_lists)
    error = math.sqrt(m / (m - 1) * float((of_lists**2).sum())) / n if m > 1 else math.inf
    squares = float((weights**2).sum())
    return Estimate(float(terms.mean()), error,
                    float(weights.sum())**2 / squares if squares else 0.0)
