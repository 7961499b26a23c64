"""What fake accounts get for their trouble: an item's trend pushed, with and without the defence.

python -m bench.abuse
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from bench.attacks import FAKE, Accounts, Attack, launched, taken_up
from bench.crowds import DAY_MS, MINUTE_MS, START_MS, Shop, in_time, visitors
from bench.films import watchers
from domain.defence import OFF, Defence
from domain.roll_up import RollUp, begin, weigh
from domain.touches import Touches
from domain.trends import Trends, empty
from local.bill.table import table

HEAD = ("", "pushed by, 1 h", "of that counts", "pushed by, 24 h", "of that counts",
        "place by 24 h: before, pushed, defended", "honest events that lose weight")
HALF_LIVES = ("1h", "24h")
T = TypeVar("T")


@dataclass(frozen=True)
class Lift:
    """What an attack brought.

    weights: half-life -> change of the item's weight, undefended and defended.
    places:  among trending items by 24 h: before, undefended, defended.
    shares:  of what follows `Attack.after`: undefended, defended.
    lost:    part of the honest events of the last day that lost weight.
    """

    weights: dict[str, tuple[float, float]]
    places: tuple[int, ...]
    shares: tuple[float, ...]
    lost: float

    def counts(self, half_life: str) -> float:
        """The part of the lift that the defence lets through."""
        undefended, defended = self.weights[half_life]
        return defended / undefended

    def row(self, name: str) -> list[str]:
        """As the table shows it."""
        parts = [text for half_life in HALF_LIVES for text in
                 (f"{self.weights[half_life][0]:+.0f}", f"{self.counts(half_life):.1%}")]
        if self.shares:
            name += "; share of those who go on {:.0%}, counts {:.0%}".format(*self.shares)
        return [name, *parts, ", ".join(map(str, self.places)), f"{self.lost:.2%}"]


@dataclass(frozen=True)
class Trial:
    """One crowd of honest visitors, whose last day is looked at with an attack and without.

    minutes: of a roll-up, before the last day and on it; before it fewer are soon done.
    """

    honest: Touches
    end_ms: int
    rules: Defence = field(default_factory=Defence)
    minutes: tuple[int, int] = (10, 2)

    def lift(self, attack: Attack) -> Lift:
        """What an attack changes."""
        both = in_time(self.honest, attack.events)
        is_early = attack.events["at_ms"].min() < self._day_ms
        found, kept = self._last_day(self._until_then(both) if is_early else self._warm, both)
        pushed, honest = self._undefended(both), kept
        if not attack.is_honest:
            honest = kept[kept["user"] < FAKE]
        weights = {half_life: (
            _weight(pushed, attack, half_life) - _weight(self._bare, attack, half_life),
            _weight(found, attack, half_life) - _weight(self._calm, attack, half_life),
        ) for half_life in HALF_LIVES}
        return Lift(
            weights,
            tuple(_place(trends, attack) for trends in (self._bare, pushed, found)),
            tuple(_share(trends, attack) for trends in (pushed, found) if attack.after is not None),
            float((honest["kept"] < 1).mean()))

    @property
    def _day_ms(self) -> int:
        return self.end_ms - DAY_MS

    @cached_property
    def _warm(self) -> RollUp:
        return self._until_then(self.honest)

    @cached_property
    def _calm(self) -> Trends:
        return self._last_day(self._warm, self.honest)[0]

    @cached_property
    def _bare(self) -> Trends:
        return self._undefended(self.honest)

    def _until_then(self, touches: Touches) -> RollUp:
        begun = begin(empty(START_MS))
        return play(begun, touches, self.rules, (START_MS, self._day_ms), self.minutes[0])[0]

    def _last_day(self, warm: RollUp, touches: Touches) -> tuple[Trends, Touches]:
        after, kept = play(warm, touches, self.rules, (self._day_ms, self.end_ms),
                           self.minutes[1])
        return after.trends, kept

    def _undefended(self, touches: Touches) -> Trends:
        return weigh(begin(empty(START_MS)), touches.copy(), self.end_ms, OFF)[0].trends


def play(
    before: RollUp, touches: Touches, rules: Defence, span_ms: tuple[int, int], minutes: int
) -> tuple[RollUp, Touches]:
    """Roll-ups of a stretch of time, of some minutes each; and its events with what was kept."""
    edges = np.arange(span_ms[0], span_ms[1] + 1, minutes * MINUTE_MS)
    bounds, kept = np.searchsorted(touches["at_ms"], edges), [touches[:0]]
    for start, end, now_ms in zip(bounds, bounds[1:], edges[1:], strict=False):
        before, judged = weigh(before, touches[start:end].copy(), int(now_ms), rules)
        kept.append(judged.touches)
    return before, np.concatenate(kept)


def elsewhere() -> Iterator[tuple[str, Trial, Attack]]:
    """Other crowds, each pushed as the first one is first."""
    for name, shop in {
        "20,000 events a day": Shop(events_a_day=20_000),
        "four of five visits are new": Shop(new=0.8),
        "visits of 2.5 events": Shop(length=2.5),
        "newcomers like quite other items": Shop(spread=1.0),
        "the first day of a shop": Shop(days=1),
    }.items():
        yield name, Trial(visitors(shop), shop.end_ms), Accounts(shop).main()
    films = Shop(days=2)
    yield ("MovieLens 100K, 100,000 ratings in two days",
           Trial(watchers(Path("data"), films.days), films.end_ms), Accounts(films).main())


def main() -> None:
    """Every attack, and every honest crowd."""
    shop = Shop()
    honest = visitors(shop)
    trial = Trial(honest, shop.end_ms)
    attacks = [*Accounts(shop).all(), taken_up(shop, honest), launched(shop, honest)]
    print(f"{shop}\n{trial.rules}\n")
    print(table(HEAD, [trial.lift(attack).row(attack.name) for attack in _told(attacks)]))
    print("\nThe first of these, elsewhere\n")
    print(table(HEAD, [other.lift(attack).row(name)
                       for name, other, attack in _told(list(elsewhere()))]))


def _told(things: Sequence[T]) -> Iterator[T]:
    yield from tqdm(things, desc="attacked", unit="crowd", disable=None)


def _weight(trends: Trends, attack: Attack, half_life: str) -> float:
    return float(trends.counts_for(np.array([attack.item], np.uint64), half_life)[0])


def _place(trends: Trends, attack: Attack) -> int:
    weights = trends.counts_for(trends.keys, "24h")
    return 1 + int((weights > _weight(trends, attack, "24h")).sum())


def _share(trends: Trends, attack: Attack) -> float:
    assert attack.after is not None
    keys, shares = trends.followers(attack.after)
    return float(shares[keys == attack.item].sum())


if __name__ == "__main__":
    main()
