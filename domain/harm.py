"""Two models' calls of the same minutes -> what is worse of the first, for certain."""

import math
from collections.abc import Sequence

from domain.calls import GROUPS, TOOK_MS, Counts

ENOUGH = 200  # calls of the candidate; with fewer the share waits until `PATIENCE_MS`
# Shares of the calls that are slower than the median, and than the 99th of a hundred; so many more
# may take twice as long.
SLOW = ((0.5, 0.3), (0.01, 0.01))
LOST_CLICKS = 0.2  # of the share of calls whose user clicked; so many fewer are let pass

# Failures and slow calls: each look may err once in a million, since there are many. Twice the log
# of the likelihood ratio is a chi-square of one degree, beyond 24 at 1e-6.
# source: Wilks, "The Large-Sample Distribution of the Likelihood Ratio", 1938.
EVIDENCE = 12.0
FAILURES = 5  # fewer are chance, or one user
CALLS_EACH = 10  # slow ones come together, as where a copy starts. source: assumed
MIN_GROUPS = 8  # of which calls come, evenly weighed; with fewer users nothing is said of them
SURE = 5.0  # standard errors: beyond with a chance of 8e-5 in Student's t of 15 degrees


def harm(new: Counts, old: Counts) -> str:
    """What is worse for certain, in words; empty where nothing is."""
    ended = new.calls[0] - new.failed[0], old.calls[0] - old.failed[0]
    if new.failed[0] >= FAILURES and _is_more(
            (new.failed[0], old.failed[0]), (new.calls[0], old.calls[0])):
        return _said("fail", new.failed, old.failed, new.calls, old.calls)
    for share, may in SLOW:
        bound = _twice(old, share * ended[1])
        slow = new.slower(bound), old.slower(bound)
        if _is_more(slow, ended, may, CALLS_EACH):
            return _said(f"take {TOOK_MS[bound]} ms", slow[:1], slow[1:], ended[:1], ended[1:])
    if sum(new.lists) < ENOUGH:
        return ""
    for what, name, may in (("hold no item", "empty", 0.01), ("fall back", "fallback", 0.05)):
        bad: tuple[tuple[int, ...], ...] = getattr(new, name), getattr(old, name)
        if _differs(bad[0], new.lists, bad[1], old.lists) > may:
            return _said(what, bad[0], bad[1], new.lists, old.lists)
    may = LOST_CLICKS * sum(old.clicked) / max(1, sum(old.lists))
    if _differs(old.clicked, old.lists, new.clicked, new.lists) > may:
        return _said("find a user who clicked", new.clicked, old.clicked, new.lists, old.lists)
    return ""


def _twice(old: Counts, slower: float) -> int:
    """The bound at twice of what all but so many calls take at most."""
    last = len(TOOK_MS) - 1
    usual = next((place for place in range(last) if old.slower(place) <= slower), last)
    return min(usual + 1, last)


def _is_more(
    bad: tuple[int, int], calls: tuple[int, int], may: float = 0.0, each: int = 1
) -> bool:
    """Does it happen to more of the first calls, by more than it may, and not by chance?

    each: calls that are one witness.
    """
    new, old = calls
    if not new or not old or bad[0] / new <= bad[1] / old + may:
        return False
    pooled = sum(bad) / (new + old)
    surprise = sum(n * _divergence(one / n, pooled) for one, n in zip(bad, calls, strict=True))
    return surprise / each > EVIDENCE


def _divergence(share: float, expected: float) -> float:
    """Kullback-Leibler, of two outcomes, in nats."""
    return sum(p * math.log(p / q)
               for p, q in ((share, expected), (1 - share, 1 - expected)) if p > 0)


def _differs(
    more: Sequence[int], of: Sequence[int], less: Sequence[int], of_less: Sequence[int]
) -> float:
    """By how much the first share is above the second for certain; below 0 = by nothing.

    (GROUPS,) each, by group. source: Cochran, "Sampling Techniques", ratio estimators.
    """
    if not (_is_even(of) and _is_even(of_less)):
        return -1.0
    pooled = (sum(more) + sum(less)) / (sum(of) + sum(of_less))
    apart = _variance(more, of, pooled) + _variance(less, of_less, pooled)
    return sum(more) / sum(of) - sum(less) / sum(of_less) - SURE * math.sqrt(apart)


def _is_even(whole: Sequence[int]) -> bool:
    """Do enough groups say something, and none alone?"""
    return sum(whole)**2 >= MIN_GROUPS * sum(one**2 for one in whole) > 0


def _variance(part: Sequence[int], whole: Sequence[int], pooled: float) -> float:
    """Of a share; where few did something, groups may be alike by chance: then that of witnesses.

    pooled: the share of both sides.
    """
    n = sum(whole)
    share = sum(part) / n
    apart = sum((x - share * of)**2 for x, of in zip(part, whole, strict=True))
    return max(GROUPS / (GROUPS - 1) * apart / n**2, pooled * (1 - pooled) * CALLS_EACH / n)


def _said(
    what: str, bad: Sequence[int], usual: Sequence[int], new: Sequence[int], old: Sequence[int]
) -> str:
    return (f"{sum(bad) / sum(new):.1%} of its {sum(new)} calls {what}, and "
            f"{sum(usual) / sum(old):.1%} of the {sum(old)} of the model before")
