"""What a filter means: a tree of terms, asked of one item or of a whole catalogue at once.

`domain.expression` reads trees out of text. One item is asked by `keeps`, with its facts and what
the user did with it; a catalogue by `mask`, column by column, with the same answer.

Nodes are tuples, which are made in a sixth of the time that frozen dataclasses take of every start.
No two kinds hold the same, so that trees which are equal mean the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Union

from domain.features import Interaction

NUMBERS = ("price", "updated_days")
LABELS = ("categories", "tags")
DAY_MS = 86_400_000

Literal = str | bool | float


class Always(NamedTuple):
    """True of every item, or of none."""

    value: bool


class Within(NamedTuple):
    """The field is a number in a range; the bounds themselves count if they are closed."""

    field: str
    low: float = float("-inf")
    high: float = float("inf")
    closed: bool = True


class OneOf(NamedTuple):
    """The field is, or holds, one of these texts or truths."""

    field: str
    literals: frozenset[str | bool]


class Did(NamedTuple):
    """The user did one of these types (codes; any, if empty) with the item within a time."""

    types: frozenset[int]
    within_ms: float = float("inf")


class Not(NamedTuple):
    """The opposite."""

    part: "Tree"


class Joined(NamedTuple):
    """Every part is true, or one of them."""

    every: bool
    parts: tuple["Tree", ...]


Tree = Union[Always, Within, OneOf, Did, Not, Joined]  # noqa: UP007 - a name used before it is


EVERYTHING = Always(True)


class View(NamedTuple):
    """One item as a filter sees it. deeds: what the user did with it.

    facts: as they were written, empty for an item that the catalogue does not hold.
    """

    item_id: str
    facts: Mapping[str, Any]
    updated_ms: int
    deeds: Sequence[Interaction]


def keeps(tree: Tree, item: View, now_ms: int) -> bool:
    """Is a filter true of an item?"""
    match tree:
        case Always(value=value):
            return value
        case Not(part=part):
            return not keeps(part, item, now_ms)
        case Joined(every=True, parts=parts):
            return all(keeps(part, item, now_ms) for part in parts)
        case Joined(parts=parts):
            return any(keeps(part, item, now_ms) for part in parts)
        case Did(types=types, within_ms=within_ms):
            return any((not types or deed.type in types) and now_ms - deed.at_ms <= within_ms
                       for deed in item.deeds)
        case _:
            found = value_of(tree.field, item, now_ms)
            return holds(tree, found, found)


def value_of(field: str, item: View, now_ms: int) -> Any:
    """What an item has to say of a field; None for nothing."""
    match field:
        case "item_id":
            return item.item_id
        case "updated_days":
            return (now_ms - item.updated_ms) / DAY_MS if item.facts else None
        case "available":
            return item.facts.get("available", True)
        case "price" | "categories" | "tags":
            return item.facts.get(field)
        case _:
            return item.facts.get("attributes", {}).get(field.removeprefix("attributes."))


def asks_history(tree: Tree) -> bool:
    """Does the answer depend on what the user did?"""
    return any(isinstance(term, Did) for term in terms(tree))


def asks_time(tree: Tree) -> bool:
    """Does the answer change by itself as time goes on?"""
    return any(isinstance(term, Within) and term.field == "updated_days" for term in terms(tree))


def terms(tree: Tree) -> list[Tree]:
    """The leaves of a tree."""
    match tree:
        case Not(part=part):
            return terms(part)
        case Joined(parts=parts):
            return [term for part in parts for term in terms(part)]
    return [tree]


def every(*parts: Tree) -> Tree:
    """True where all parts are."""
    flat = [one for part in parts for one in _of_which_every(part) or (part,)]
    told = tuple(dict.fromkeys(one for one in flat if one != EVERYTHING))
    return told[0] if len(told) == 1 else Joined(True, told) if told else EVERYTHING


def of_items(tree: Tree) -> Tree:
    """What of a filter can be told without the user: true of more items, never of fewer."""
    if not asks_history(tree):
        return tree
    return every(*(part for part in _of_which_every(tree) if not asks_history(part)))


def _of_which_every(tree: Tree) -> tuple[Tree, ...]:
    return tree.parts if isinstance(tree, Joined) and tree.every else ()


def holds(tree: Tree, number: Any, said: Any) -> bool:
    """Is a term true of one value? number, said: what it is as a number, and as a text or truth."""
    match tree:
        case Within(low=low, high=high, closed=closed):
            if isinstance(number, bool) or not isinstance(number, int | float):
                return False
            return low <= number <= high if closed else low < number < high
        case OneOf(literals=literals):
            held = said if isinstance(said, list) else [said]
            return any(isinstance(one, str | bool) and one in literals for one in held)
    raise TypeError(tree)
