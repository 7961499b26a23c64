"""What calls for users' lists are like, counted: how many, how they ended, how long they took."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from domain.key import share_of

TOOK_MS = tuple(8 * 2**n for n in range(10))  # bounds of what a call took; the last one is open
# What users do differs from user to user far more than from call to call, so that calls are no
# witnesses: a side's users are cut into groups, whose differences tell how much is chance.
GROUPS = 16
NONE = (0,) * GROUPS


class Counts(NamedTuple):
    """What calls for a user's lists were like on one side.

    calls, failed: (1,) how many, and that ended in an exception; of the candidate also the copies
    that cannot open it. took: how many by `TOOK_MS`.
    (GROUPS,), by the user's group, of calls that made a list: lists; fallback: one was not what was
    asked for; empty: one held no item; clicked: the user had clicked within `CLICK_MS`, since the
    share was set.
    places, alike: (1,) of lists in the shadow of one that was shown: items that it could have in
    common with that one, and has.
    """

    calls: tuple[int, ...] = (0,)
    failed: tuple[int, ...] = (0,)
    took: tuple[int, ...] = (0,) * (len(TOOK_MS) + 1)
    lists: tuple[int, ...] = NONE
    fallback: tuple[int, ...] = NONE
    empty: tuple[int, ...] = NONE
    clicked: tuple[int, ...] = NONE
    places: tuple[int, ...] = (0,)
    alike: tuple[int, ...] = (0,)

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]  # sums, joins not
        return Counts(*(tuple(map(sum, zip(*both, strict=True)))
                        for both in zip(self, other, strict=True)))

    @classmethod
    def of_list(
        cls, subject: str, ms: float, *, fallback: bool, empty: bool, clicked: bool
    ) -> Self:
        """One call that made a list for a subject, and took so long."""
        group = int(share_of("group", subject) * GROUPS)

        def one(*, is_so: bool = True) -> tuple[int, ...]:
            return tuple(int(is_so and n == group) for n in range(GROUPS))

        return cls(ONE, (0,), took(ms), one(), one(is_so=fallback), one(is_so=empty),
                   one(is_so=clicked))

    def to_numbers(self) -> dict[str, int]:
        """Name -> number, without those that are 0."""
        return {f"{name}{place}": n for name, all_ in zip(self._fields, self, strict=True)
                for place, n in enumerate(all_) if n}

    @classmethod
    def from_numbers(cls, found: Mapping[str, int]) -> Self:
        """What `to_numbers` wrote."""
        return cls(*(tuple(found.get(f"{name}{place}", 0) for place in range(len(none)))
                     for name, none in cls._field_defaults.items()))

    @property
    def overlap(self) -> float | None:
        """overlap@k of lists in the shadow of others, None without any."""
        return self.alike[0] / self.places[0] if self.places[0] else None

    def slower(self, bound: int) -> int:
        """Calls that took `TOOK_MS[bound]` or more."""
        return sum(self.took[bound + 1:])


ONE = (1,)
FAILED = Counts(ONE, ONE)


class Both(NamedTuple):
    """The two sides, since the share was set."""

    candidate: Counts = Counts()
    stable: Counts = Counts()

    def __add__(self, other: "Both") -> "Both":  # type: ignore[override]
        return Both(self.candidate + other.candidate, self.stable + other.stable)


def took(ms: float) -> tuple[int, ...]:
    """One call that took so long, as `Counts` has it."""
    place = sum(ms >= bound for bound in TOOK_MS)
    return tuple(int(n == place) for n in range(len(TOOK_MS) + 1))
