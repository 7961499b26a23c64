"""How much of what users do is believed: the settings that keep trends from being pushed.

Whoever wants an item pushed makes accounts that do little else. So each user's weight is bounded,
and what users of no standing say of an item counts as far as such users usually say it of items:
see `domain.crowd`. An item that everybody takes up at once is held back by nothing.
"""

import json
from typing import NamedTuple, Self

from domain.schema import compile_schema
from domain.setting import decoded

# Why an event, or a part of its weight, does not count; in this order it is looked at. The first
# two are called as their limits are, the others are the crowd's: of an item, and of a pair of them.
REASONS = ("user_per_minute", "user_item_per_day", "newcomers", "newcomers_pairs")

# What a user is to an item, by what is known of them; better known ones have higher numbers.
PASSING, NEW, REGULAR = range(3)
LEVELS = 3

_LIMITS = {"user_per_minute": 10_000, "user_item_per_day": 10_000, "broad_items": 16,
           "regular_h": 24 * 30, "passing_times": 1_000, "new_times": 1_000, "item_free": 100_000,
           "pair_free": 100_000}
_check = compile_schema({
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": "number", "minimum": 0, "maximum": most}
                   for name, most in _LIMITS.items()},
})


class DefenceError(ValueError):
    """A deployment set its defence to what it may not be."""


class Defence(NamedTuple):
    """The limits; 0 = that limit is off.

    user_per_minute:   events of one user and minute that count.
    user_item_per_day: strength that one user may give one item in a day, for it and against it.
    broad_items:       so many different items make a user more than one who passes. Who is all for
                       one item today passes there as well.
    regular_h:         so long ago a user was seen first who is regular, and no more new.
    passing_times, new_times: on an item such users weigh at most so many times what they usually
                       weigh beside better known ones.
    item_free, pair_free: strength that they may give an item, and co-visits that they may give a
                       pair, beyond that, with a half-life of a day.
    """

    user_per_minute: float = 60
    user_item_per_day: float = 12
    broad_items: float = 3
    regular_h: float = 24
    passing_times: float = 2
    new_times: float = 4
    item_free: float = 10
    pair_free: float = 3

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The defaults, and over them what an object of settings says.

        raises: DefenceError, naming what is unknown or out of bounds.
        """
        given = decoded("defence", text, DefenceError)
        if found := _check(given, "defence"):
            known = ", ".join(cls._fields)
            name = found.field.removeprefix("defence").lstrip(".")
            raise DefenceError(f"defence: {name} {found.reason}; known are {known}")
        return cls(**given)

    def to_json(self) -> str:
        """Every setting, as `from_json` reads it."""
        return json.dumps(self._asdict())

    def times(self, level: int) -> float:
        """The multiple of what is usual that a level's weight may come to."""
        return (self.passing_times, self.new_times)[level]


OFF = Defence(**dict.fromkeys(_LIMITS, 0))
