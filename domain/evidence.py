"""What numbers of two groups of users say: the difference, and how sure one may be of it.

Two kinds of interval. One holds for a single look, planned before. The other, an asymptotic
confidence sequence, and the p-value of the same mixture (mSPRT), hold for every look at once:
whoever looks every day and stops when it pleases errs no more often than stated, from `MIN_USERS`
on.

source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", Annals of Statistics 2024; Johari, Koomen, Pekelis, Walsh, "Always
Valid Inference", Operations Research 2022. CUPED: Deng, Xu, Kohavi, Walker, "Improving the
Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", WSDM 2013.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

ALPHA = 0.05  # errors allowed, over all looks at one comparison
PLANNED_USERS = 10_000  # of both groups, where the intervals for every look are narrowest
MIN_USERS = 100  # of each group: with fewer a sum is not yet normal, and nothing is said
# Of the prior of shares, in users: sees a ratio off by a hundredth after some ten thousand.
RATIO_PRIOR = 1_000.0


class Moments(NamedTuple):
    """Sums over the users of a group: of outcomes y, and of x, the same before the experiment.

    Each a number, or an array of them, such as one for every look.
    """

    n: Any
    y: Any
    x: Any
    yy: Any
    xx: Any
    xy: Any

    @classmethod
    def of(cls, outcomes: Numbers, before: Numbers) -> "Moments":
        """Of one group. outcomes, before: (users,)."""
        y, x = outcomes, before
        return cls(len(y), y.sum(), x.sum(), y @ y, x @ x, x @ y)

    def spread(self) -> tuple[Any, Any, Any]:
        """Variance of y, variance of x, and their covariance."""
        def central(product: Any, one: Any, other: Any) -> Any:
            return (product - one * other / self.n) / (self.n - 1)

        return (central(self.yy, self.y, self.y), central(self.xx, self.x, self.x),
                central(self.xy, self.x, self.y))


class Comparison(NamedTuple):
    """A treated group beside the control, its outcomes adjusted for what was before.

    control, treated: mean outcomes.   variance: of their difference.
    lift:      treated over control, less one; lift_variance by the delta method.
    kept:      part of the variance that the adjustment left.
    users:     of both groups.
    """

    control: Any
    treated: Any
    variance: Any
    lift: Any
    lift_variance: Any
    kept: Any
    users: Any


def compare(control: Moments, treated: Moments) -> Comparison:
    """What two groups of at least two users each say, by CUPED."""
    theta = _theta(control, treated)
    users = control.n + treated.n
    shared = (control.x + treated.x) / users
    means, variances, raw = [], [], []
    for group in (control, treated):
        of_y, of_x, of_both = group.spread()
        means.append(group.y / group.n - theta * (group.x / group.n - shared))
        variances.append(np.maximum(of_y - 2 * theta * of_both + theta**2 * of_x, 0) / group.n)
        raw.append(of_y / group.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = means[1] / means[0]
        lift_variance = (variances[1] + ratio**2 * variances[0]) / means[0]**2
        kept = (variances[0] + variances[1]) / (raw[0] + raw[1])
    return Comparison(means[0], means[1], variances[0] + variances[1], ratio - 1, lift_variance,
                      kept, users)


def _theta(control: Moments, treated: Moments) -> Any:
    """How far outcomes follow what was before, within the groups: 0 where that is always alike."""
    (_, x0, both0), (_, x1, both1) = control.spread(), treated.spread()
    of_x = (control.n - 1) * x0 + (treated.n - 1) * x1
    of_both = (control.n - 1) * both0 + (treated.n - 1) * both1
    return np.where(of_x > 0, of_both / np.where(of_x > 0, of_x, 1.0), 0.0)


def once_radius(alpha: float) -> float:
    """Half an interval, in standard errors, for one look."""
    from statistics import NormalDist  # lists, which are drafted, need no fractions and decimals

    return NormalDist().inv_cdf(1 - alpha / 2)


def always_radius(users: Any, alpha: float, planned: int = PLANNED_USERS) -> Any:
    """Half an interval, in standard errors, for every look.

    planned: users of both groups where it is to be narrowest; to be chosen before looking.
    """
    mixed = users * _mixing(alpha, planned)
    return np.sqrt((1 + 1 / mixed) * np.log((1 + mixed) / alpha**2))


def always_p(found: Comparison, alpha: float = ALPHA, planned: int = PLANNED_USERS) -> Any:
    """How rarely a difference like this one is ever seen where there is none; holds at every look.

    At most alpha where 0 is outside `always_radius` of the difference.
    """
    return p_of(found.treated - found.control, found.variance, found.users, alpha, planned)


def p_of(
    difference: Any, variance: Any, users: Any, alpha: float = ALPHA, planned: int = PLANNED_USERS
) -> Any:
    """The same of any mean that should be 0. variance: of the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = np.where(difference == 0, 0.0, difference**2 / variance)
    mixed = users * _mixing(alpha, planned)
    evidence = squared * mixed / (2 * (1 + mixed)) - np.log1p(mixed) / 2
    return np.exp(-np.maximum(evidence, 0.0))


def _mixing(alpha: float, planned: int) -> float:
    """The variance of effects that are reckoned with, in variances of one user's outcome."""
    wanted = -2 * math.log(alpha)
    return (wanted + math.log(wanted) + 1) / planned


def ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Pearson's chi-square: how rarely groups of these shares come out like this, at one look.

    shares: of all that were counted, 1 in sum.
    """
    users = sum(counts)
    if not users:
        return 1.0
    chi = sum((n - users * share)**2 / (users * share)
              for n, share in zip(counts, shares, strict=True))
    return _chi_square_tail(chi, len(counts) - 1)


def ratio_always_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The same for every look at once.

    source: Lindon, Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022.
    """
    prior = [RATIO_PRIOR * share for share in shares]
    evidence = math.lgamma(RATIO_PRIOR) - math.lgamma(RATIO_PRIOR + sum(counts))
    for n, before, share in zip(counts, prior, shares, strict=True):
        evidence += math.lgamma(before + n) - math.lgamma(before) - n * math.log(share)
    return math.exp(-max(evidence, 0.0))


def _chi_square_tail(chi: float, freedom: int) -> float:
    """P(chi-square of so many degrees > chi), by recurrence of the incomplete gamma function."""
    half = chi / 2
    order, tail = (1.0, math.exp(-half)) if freedom % 2 == 0 else (0.5, math.erfc(math.sqrt(half)))
    while order < freedom / 2:
        tail += math.exp(order * math.log(half) - half - math.lgamma(order + 1)) if half else 0.0
        order += 1
    return min(tail, 1.0)
