"""Event types: the ones every deployment knows, and the ones it declares itself.

To add a type to one deployment, declare it in `cdk.json` (`event_types`); to add one for
everybody, add a line to `DEFAULT_TYPES`. Codes are written into user state: never reuse one.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from domain.schema import compile_schema

# Codes below belong to Headwater, codes from here to 255 to deployments.
FIRST_DECLARED_CODE = 64
VALUE = ".value"  # after the name of a type with a value: how good it would be, 0 to 1
MAX_WEIGHT = 7.9  # pages keep strengths as signed bytes in 1/16

_DECLARATION: dict[str, Any] = {
    "type": "object",
    "required": ["name", "code", "weight", "span"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64},
        "code": {"type": "integer", "minimum": FIRST_DECLARED_CODE, "maximum": 255},
        "weight": {"type": "number", "minimum": -MAX_WEIGHT, "maximum": MAX_WEIGHT},
        "neutral": {"type": "number", "minimum": -1e12, "maximum": 1e12},
        "span": {"type": "number", "minimum": 1e-6, "maximum": 1e12},
    },
}
_check_declaration = compile_schema(_DECLARATION)


class VocabularyError(ValueError):
    """A deployment declared an event type that cannot be used."""


class EventType(NamedTuple):
    """A kind of behaviour and how much it says about taste.

    weight:  what one event adds to trends and affinities; 0 = recorded only, below 0 = dislike.
    neutral: for types with a value (ratings): the value that says nothing. `span` away from it,
             the event counts with its whole weight, on the other side with minus its weight.
    """

    name: str
    code: int
    weight: float
    neutral: float | None = None
    span: float = 1.0

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What may come of showing an item: that it is done, and of some how good it was."""
        return (self.name,) if self.neutral is None else (self.name, self.name + VALUE)

    def strength(self, value: float | None) -> float:
        """How much one event of this type speaks for its item; negative speaks against it."""
        if value is None or self.neutral is None:
            return self.weight
        return self.weight * max(-1.0, min(1.0, (value - self.neutral) / self.span))


IMPRESSION = "impression"
DEFAULT_TYPES = (
    EventType("view", 1, 0.3),
    EventType("click", 2, 1.0),
    EventType("add_to_cart", 3, 3.0),
    EventType("purchase", 4, 5.0),
    EventType("rate", 5, 2.0, neutral=2.5, span=2.5),  # stars, 0 to 5
    EventType("like", 6, 2.0),
    EventType("dislike", 7, -2.0),
    EventType(IMPRESSION, 8, 0.0),
)


class Vocabulary:
    """The event types of one deployment, by name and by code."""

    def __init__(self, declared: Iterable[EventType] = ()) -> None:
        self.declared = tuple(declared)
        for t in self.declared:
            if found := _check_declaration(_document(t), ""):
                raise VocabularyError(f"{t.name}: {found.field} {found.reason}")
        self.types = DEFAULT_TYPES + self.declared
        self.by_name = {t.name: t for t in self.types}
        self.by_code = {t.code: t for t in self.types}
        # Of which an event says something of taste, and is seen by a model.
        self.speaking = frozenset(t.code for t in self.types if t.weight != 0.0)
        self.liking = frozenset(t.code for t in self.types if t.weight > 0.0)
        self.outcomes = tuple(name for t in self.types for name in t.outcomes)
        if len(self.by_name) != len(self.types) or len(self.by_code) != len(self.types):
            raise VocabularyError("two event types share a name or a code")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read declared types: `[{"name": "share", "code": 64, "weight": 2.0}]`.

        raises: VocabularyError, when a declaration is malformed.
        """
        try:
            return cls(EventType(**declaration) for declaration in json.loads(text))
        except (TypeError, json.JSONDecodeError) as error:
            raise VocabularyError(f"event_types: {error}") from error

    def to_json(self) -> str:
        """The declared types, as `from_json` reads them."""
        return json.dumps([_document(t) for t in self.declared])

    def name(self, code: int) -> str:
        """What a type is called; one that is no longer declared, by its code."""
        known = self.by_code.get(code)
        return known.name if known else f"type {code}"

    def strength(self, code: int, value: float | None) -> float:
        """As `EventType.strength`; a code that is no longer declared says nothing."""
        known = self.by_code.get(code)
        return known.strength(value) if known else 0.0


def _document(declared: EventType) -> dict[str, Any]:
    return {name: value for name, value in declared._asdict().items() if value is not None}
