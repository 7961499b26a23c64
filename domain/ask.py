"""What a request for a list may ask for: how many, of which items, what is lifted, held, capped.

`domain.ask_schema` is its JSON. Filters are texts as `domain.expression` reads them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from domain import cursor
from domain.ask_schema import DEFAULT_K, check_ask
from domain.event import EventError
from domain.expression import ExpressionError, parse
from domain.filter import EVERYTHING, Literal, Tree, every
from domain.key import item_key
from domain.vocabulary import Vocabulary

HOUR_MS = 3_600_000


class Boost(NamedTuple):
    """Items a filter is true of rank higher. by: in spreads between the best and the last."""

    filter: Tree
    by: float


class Pin(NamedTuple):
    """One item at one position, from 1."""

    item_id: str
    position: int


class Quota(NamedTuple):
    """How many of the first places go to items that a filter is true of. first: None = all."""

    filter: Tree
    at_least: int = 0
    at_most: int | None = None
    first: int | None = None


class Window(NamedTuple):
    """Events of some types (codes; any, if empty) in the time before now."""

    types: frozenset[int] = frozenset()
    within_ms: float = float("inf")


ANYTHING_EVER = Window()


class Cap(NamedTuple):
    """An item shown so often within a time is not shown again for now."""

    times: int
    within_ms: float


class Ask(NamedTuple):
    """One request, checked.

    exclude: keys. seen: what hides an item the user had to do with, None = nothing does.
    weights: what a place is given for: `relevance`, `novelty`, or a number among the facts.
    objectives: what outcomes are worth, by name, for models that tell their chances.
    passed:  tags of what earlier pages showed.
    """

    k: int = DEFAULT_K
    filter: Tree = EVERYTHING
    exclude: frozenset[int] = frozenset()
    seen: Window | None = ANYTHING_EVER
    shown: Cap | None = None
    boosts: tuple[Boost, ...] = ()
    pins: tuple[Pin, ...] = ()
    quotas: tuple[Quota, ...] = ()
    weights: Mapping[str, float] = {}
    objectives: Mapping[str, float] = {}
    diversity: float = 0.0
    recent: tuple[str, ...] = ()
    passed: tuple[int, ...] = ()

    @property
    def plain(self) -> bool:
        """Is the order that of the scores, and nothing else?"""
        return not (self.boosts or self.pins or self.quotas or self.weights or self.diversity)

    def of(self, n: int) -> "Ask":
        """This request for all of n items."""
        return self._replace(k=n, passed=())

    def beside(self, taken: frozenset[int]) -> "Ask":
        """This request for anything but these items."""
        return self._replace(exclude=self.exclude | taken)

    def under(self, rule: "Ask") -> "Ask":
        """This request as a rule of the deployment has it: what either hides is hidden."""
        return self._replace(
            filter=every(self.filter, rule.filter), exclude=self.exclude | rule.exclude,
            shown=self.shown or rule.shown, boosts=self.boosts + rule.boosts,
            pins=self.pins + rule.pins, quotas=self.quotas + rule.quotas,
            weights={**rule.weights, **self.weights},
            objectives=self.objectives or rule.objectives,
            diversity=self.diversity or rule.diversity)


def parse_ask(body: Any, vocabulary: Vocabulary) -> Ask:
    """Check a decoded body. raises: EventError, naming the field."""
    if found := check_ask(body, ""):
        raise EventError(found.field or "body", found.reason)
    return read(body, vocabulary)


def read(body: Mapping[str, Any], vocabulary: Vocabulary) -> Ask:
    """A request whose form is right. raises: EventError, for what its form does not tell."""
    reader = _Reader({t.name: t.code for t in vocabulary.types}, body.get("context", {}))
    shown = body.get("exclude_shown")
    return Ask(
        k=body.get("k", DEFAULT_K),
        filter=reader.tree(body["filter"], "filter") if "filter" in body else EVERYTHING,
        exclude=frozenset(map(item_key, body.get("exclude", ()))),
        seen=reader.seen(body.get("exclude_seen", True)),
        shown=Cap(shown["times"], _within_ms(shown)) if shown else None,
        boosts=tuple(Boost(reader.tree(one["filter"], f"boosts[{n}].filter"), one["by"])
                     for n, one in enumerate(body.get("boosts", ()))),
        pins=tuple(Pin(**one) for one in body.get("pins", ())),
        quotas=tuple(reader.quota(one, f"quotas[{n}]")
                     for n, one in enumerate(body.get("quotas", ()))),
        weights=body.get("weights", {}),
        objectives=_objectives(body.get("objectives", {}), vocabulary),
        diversity=float(body.get("diversity", 0.0)),
        recent=tuple(body.get("recent", ())),
        passed=cursor.read(body["cursor"]) if "cursor" in body else ())


class _Reader:
    """Reads what names event types or the request's context."""

    def __init__(self, types: Mapping[str, int], context: Mapping[str, Literal]) -> None:
        self._types, self._context = types, context

    def tree(self, text: str, field_: str) -> Tree:
        try:
            return parse(text, self._types, self._context)
        except ExpressionError as error:
            raise EventError(field_, str(error)) from error

    def seen(self, said: bool | Mapping[str, Any]) -> Window | None:
        if isinstance(said, bool):
            return ANYTHING_EVER if said else None
        for n, name in enumerate(said.get("types", ())):
            if name not in self._types:
                raise EventError(f"exclude_seen.types[{n}]",
                                 f"must be one of {', '.join(self._types)}")
        return Window(frozenset(self._types[name] for name in said.get("types", ())),
                      _within_ms(said))

    def quota(self, said: Mapping[str, Any], field_: str) -> Quota:
        found = Quota(self.tree(said["filter"], f"{field_}.filter"), said.get("at_least", 0),
                      said.get("at_most"), said.get("first"))
        if found.at_most is not None and found.at_least > found.at_most:
            raise EventError(f"{field_}.at_least", "is more than at_most")
        return found


def _objectives(said: Mapping[str, float], vocabulary: Vocabulary) -> Mapping[str, float]:
    for name in said:
        if name not in vocabulary.outcomes:
            raise EventError(f"objectives.{name}",
                             f"must be one of {', '.join(vocabulary.outcomes)}")
    return said


def _within_ms(said: Mapping[str, Any]) -> float:
    return said["within_h"] * HOUR_MS if "within_h" in said else float("inf")
