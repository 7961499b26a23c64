"""How much of each event counts, by the deployment's limits and by what the ledger remembers.

An event is looked at in the order of its record and page. What concerns one user hangs on that
order alone, and a user's records have one, so that it comes out the same whatever roll-ups they
fall into. What concerns an item's crowd is weighed once a roll-up, over all that it brings.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.crowd import HALF_LIFE_MS
from domain.defence import PASSING, REASONS, Defence
from domain.ledger import Ledger
from domain.row import Keys
from domain.touches import Pairs, Touches, mixed

MINUTE_MS = 60_000
DAY_MS = 24 * 3_600_000
PACE_MIN = 10  # so long after it a minute is remembered
DAY_MIN = 2 * 24 * 60
DEVOTED = 0.5  # of what a user says today: who says more than that of one item is all for it
NO_LIMIT = np.inf


class Judged(NamedTuple):
    """touches: (n,) those that are no copies of others, with the part of each that counts.

    lost:     (n, len(REASONS)) what of each does not count, by reason.
    repeated: how many copies there were.
    """

    touches: Touches
    lost: NDArray[np.float64]
    repeated: int


def judge(
    ledger: Ledger, touches: Touches, now_ms: int, rules: Defence
) -> tuple[Ledger, Judged]:
    """Events as they count, and the ledger after them."""
    is_first, minute = ledger.seen.first_ones(touches), now_ms // MINUTE_MS
    found = touches[is_first]
    ledger = ledger._replace(
        ref_ms=now_ms, seen=ledger.seen.plus(found, minute),
        items=ledger.items.aged(now_ms - ledger.ref_ms),
        pairs=ledger.pairs.aged(now_ms - ledger.ref_ms))
    lost = np.zeros((len(found), len(REASONS)))
    for place, rule in enumerate((_hold_pace, _hold_day, _hold_crowd)):
        before = found["kept"].copy()
        ledger = rule(ledger, found, rules)
        lost[:, place] = np.abs(found["strength"]) * (before - found["kept"])
    return ledger, Judged(found, lost, int((~is_first).sum()))


def judge_pairs(
    ledger: Ledger, pairs: Pairs, rules: Defence
) -> tuple[Ledger, NDArray[np.float64]]:
    """Sets the part of each co-visit that counts; (n, len(REASONS)) what does not, by reason."""
    levels = _levels(ledger, pairs["user"], pairs["second"], pairs["at_ms"], rules)
    parts, crowd = ledger.pairs.let_in(
        mixed(pairs["first"], pairs["second"]), np.zeros(len(pairs), np.int64), levels,
        pairs["kept"] * _faded(ledger, pairs), rules, rules.pair_free)
    lost = np.zeros((len(pairs), len(REASONS)))
    lost[:, REASONS.index("newcomers_pairs")] = pairs["kept"] * (1 - parts)
    pairs["kept"] *= parts
    return ledger._replace(pairs=crowd), lost


def _hold_pace(ledger: Ledger, found: Touches, rules: Defence) -> Ledger:
    """Keeps the first events of a user and minute."""
    minute, limit = ledger.ref_ms // MINUTE_MS, rules.user_per_minute or NO_LIMIT
    keys = mixed(found["user"], found["at_ms"] // MINUTE_MS)
    found["kept"] = ledger.paces.admit(keys, found["kept"], limit) == 1
    paces = ledger.paces.plus(keys, found["kept"], minute).since(minute - PACE_MIN)
    return ledger._replace(paces=paces)


def _hold_day(ledger: Ledger, found: Touches, rules: Defence) -> Ledger:
    """Keeps of a user's weight for one item, and against it, what a day may bring."""
    minute, limit = ledger.ref_ms // MINUTE_MS, rules.user_item_per_day or NO_LIMIT
    said, weights = found["strength"] != 0, np.abs(found["strength"]) * found["kept"]
    by_item, in_all = _day_keys(ledger, found["user"], found["item"], found["at_ms"])
    keys = mixed(by_item, found["strength"] < 0)
    fitting = ledger.days.admit(keys, weights, limit)
    found["kept"][said] = fitting[said] / np.abs(found["strength"][said])
    days = ledger.days
    for names in (keys, in_all):
        days = days.plus(names[said], fitting[said], minute)
    people = ledger.people.met(found["user"][said], found["item"][said], minute)
    return ledger._replace(days=days.since(minute - DAY_MIN), people=people)


def _hold_crowd(ledger: Ledger, found: Touches, rules: Defence) -> Ledger:
    """Keeps of what the less known say of an item what they usually say of items."""
    some = found["strength"] != 0
    said = found[some]
    levels = _levels(ledger, said["user"], said["item"], said["at_ms"], rules)
    amounts = np.abs(said["strength"]) * said["kept"] * _faded(ledger, said)
    parts, items = ledger.items.let_in(
        said["item"], (said["strength"] < 0).astype(np.int64), levels, amounts, rules,
        rules.item_free)
    found["kept"][some] *= parts
    return ledger._replace(items=items)


def _levels(
    ledger: Ledger, users: NDArray[np.int64], items: Keys, at_ms: NDArray[np.int64],
    rules: Defence,
) -> NDArray[np.int64]:
    """(n,) what each user is to the item: who is all for it has no more weight than who passes."""
    levels = ledger.people.levels(users, ledger.ref_ms // MINUTE_MS, rules)
    by_item, in_all = _day_keys(ledger, users, items, at_ms)
    of_it = sum(ledger.days.of(mixed(by_item, np.full(len(users), sign))) for sign in (0, 1))
    levels[of_it > DEVOTED * ledger.days.of(in_all)] = PASSING
    return levels


def _day_keys(
    ledger: Ledger, users: NDArray[np.int64], items: Keys, at_ms: NDArray[np.int64]
) -> tuple[Keys, Keys]:
    """(n,) of a user's day with an item, and of that day.

    What claims to be older than yesterday is yesterday's, or a limit would open for each old day.
    """
    days = np.maximum(at_ms // DAY_MS, ledger.ref_ms // DAY_MS - 1)
    return mixed(users, items, days), mixed(users, days)


def _faded(ledger: Ledger, found: Touches | Pairs) -> NDArray[np.float64]:
    return np.exp2(-(ledger.ref_ms - found["at_ms"]) / HALF_LIFE_MS)
