"""What a request for a list may ask for: how many, of which items, what is lifted, held, capped.

`ASK_SCHEMA` is its JSON. Filters are texts as `domain.expression` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from domain import cursor
from domain.event import (
    ID_SCHEMA,
    SCALARS_SCHEMA,
    SESSION_ID_SCHEMA,
    USER_ID_SCHEMA,
    EventError,
)
from domain.expression import MAX_CHARS, ExpressionError, parse
from domain.filter import EVERYTHING, Literal, Tree, every
from domain.key import item_key
from domain.schema import compile_schema
from domain.vocabulary import Vocabulary

DEFAULT_K, MAX_K = 10, 500
MAX_EXCLUDED = 1_000
MAX_RECENT = 50  # events a client may hold back
MAX_LIFTS = 10  # boosts or quotas; each may cost a search of its own
MAX_PINS = 20
MAX_GIVEN = 1_000  # items of a caller's own list
MAX_PLACEMENTS = 10  # lists in one call
HOUR_MS = 3_600_000

_FILTER = {"type": "string", "minLength": 1, "maxLength": MAX_CHARS}
_POSITION = {"type": "integer", "minimum": 1, "maximum": MAX_K}
_HOURS = {"type": "number", "minimum": 0.01, "maximum": 24 * 366}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False,
            "properties": properties}


RULE_PROPERTIES: dict[str, Any] = {
    "filter": _FILTER,
    "exclude": {"type": "array", "maxItems": MAX_EXCLUDED, "items": ID_SCHEMA},
    "exclude_seen": {"anyOf": [{"type": "boolean"}, _object(
        [], types={"type": "array", "minItems": 1, "maxItems": 32, "items": ID_SCHEMA},
        within_h=_HOURS)]},
    "exclude_shown": _object(["times"], within_h=_HOURS,
                             times={"type": "integer", "minimum": 1, "maximum": 100}),
    "boosts": {"type": "array", "maxItems": MAX_LIFTS, "items": _object(
        ["filter", "by"], filter=_FILTER, by={"type": "number", "minimum": -10, "maximum": 10})},
    "pins": {"type": "array", "maxItems": MAX_PINS, "items": _object(
        ["item_id", "position"], item_id=ID_SCHEMA, position=_POSITION)},
    "quotas": {"type": "array", "maxItems": MAX_LIFTS, "items": _object(
        ["filter"], filter=_FILTER, at_least=_POSITION,
        at_most={**_POSITION, "minimum": 0}, first=_POSITION)},
    "weights": {"type": "object", "maxProperties": 8, "additionalProperties": {
        "type": "number", "minimum": -10, "maximum": 10}},
    "diversity": {"type": "number", "minimum": 0, "maximum": 1},
}
ASK_SCHEMA: dict[str, Any] = _object(
    [],
    k={"type": "integer", "minimum": 1, "maximum": MAX_K},
    cursor={"type": "string", "maxLength": cursor.MAX_CHARS},
    recent={"type": "array", "maxItems": MAX_RECENT, "items": ID_SCHEMA},
    context={"maxProperties": 16, **SCALARS_SCHEMA},
    **RULE_PROPERTIES)
RANKING_SCHEMA: dict[str, Any] = {**ASK_SCHEMA, "required": ["items"], "properties": {
    "items": {"type": "array", "minItems": 1, "maxItems": MAX_GIVEN, "items": ID_SCHEMA},
    **{name: schema for name, schema in ASK_SCHEMA["properties"].items()
       if name not in ("k", "cursor")}}}
_PLACEMENT: dict[str, Any] = {**ASK_SCHEMA, "required": ["name"], "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 64},
    **{name: schema for name, schema in ASK_SCHEMA["properties"].items()
       if name not in ("cursor", "recent", "context")}}}
SLATES_SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["placements"], "additionalProperties": False,
    "properties": {
        "user_id": USER_ID_SCHEMA, "session_id": SESSION_ID_SCHEMA,
        "recent": ASK_SCHEMA["properties"]["recent"],
        "context": ASK_SCHEMA["properties"]["context"],
        "placements": {"type": "array", "minItems": 1, "maxItems": MAX_PLACEMENTS,
                       "items": _PLACEMENT}},
}
EXPLANATION_SCHEMA: dict[str, Any] = {**ASK_SCHEMA, "required": ["item_id"], "properties": {
    "item_id": ID_SCHEMA,
    **{name: schema for name, schema in ASK_SCHEMA["properties"].items()
       if name not in ("k", "cursor")}}}
check_ask, check_ranking, check_slates, check_explanation = map(
    compile_schema, (ASK_SCHEMA, RANKING_SCHEMA, SLATES_SCHEMA, EXPLANATION_SCHEMA))


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


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, checked.

    exclude: keys. seen: what hides an item the user had to do with, None = nothing does.
    weights: what a place is given for: `relevance`, `novelty`, or a number among the facts.
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
    weights: Mapping[str, float] = field(default_factory=dict)
    diversity: float = 0.0
    recent: tuple[str, ...] = ()
    passed: tuple[int, ...] = ()

    @property
    def plain(self) -> bool:
        """Is the order that of the scores, and nothing else?"""
        return not (self.boosts or self.pins or self.quotas or self.weights or self.diversity)

    def of(self, n: int) -> "Ask":
        """This request for all of n items."""
        return replace(self, k=n, passed=())

    def beside(self, taken: frozenset[int]) -> "Ask":
        """This request for anything but these items."""
        return replace(self, exclude=self.exclude | taken)

    def under(self, rule: "Ask") -> "Ask":
        """This request as a rule of the deployment has it: what either hides is hidden."""
        return replace(
            self, filter=every(self.filter, rule.filter), exclude=self.exclude | rule.exclude,
            shown=self.shown or rule.shown, boosts=self.boosts + rule.boosts,
            pins=self.pins + rule.pins, quotas=self.quotas + rule.quotas,
            weights={**rule.weights, **self.weights},
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
        weights=reader.weights(body.get("weights", {})),
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
        if "at_least" not in said and "at_most" not in said:
            raise EventError(field_, "needs at_least or at_most")
        found = Quota(self.tree(said["filter"], f"{field_}.filter"), said.get("at_least", 0),
                      said.get("at_most"), said.get("first"))
        if found.at_most is not None and found.at_least > found.at_most:
            raise EventError(f"{field_}.at_least", "is more than at_most")
        return found

    def weights(self, said: Mapping[str, float]) -> Mapping[str, float]:
        for name in said:
            if name not in ("relevance", "novelty", "price", "updated_days") and not (
                    name.startswith("attributes.")):
                raise EventError(f"weights.{name}", "must be relevance, novelty, price, "
                                 "updated_days or attributes.NAME")
        return said


def _within_ms(said: Mapping[str, Any]) -> float:
    return said["within_h"] * HOUR_MS if "within_h" in said else float("inf")
