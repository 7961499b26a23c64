"""What a deployment wants of every list: rules of its own, each for some lists, people and hours.

A rule says what a request may say (`ask_schema.RULE_PROPERTIES`), but for `exclude_seen`, and
besides: `name`; `surfaces`, the lists it is for; `when`, a filter over `context` alone; `from` and
`until`, RFC 3339; `hours`, two whole hours of UTC, the second of which is no longer within.
`profiles` of `cdk.json` hold such rules as they hold every setting: `rules`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from domain import setting
from domain.ask import Ask, read
from domain.ask_schema import RULE_PROPERTIES
from domain.event import EventError, parse_time
from domain.expression import ExpressionError, parse
from domain.filter import Always, Literal, View, keeps, terms
from domain.schema import compile_schema
from domain.vocabulary import Vocabulary

SURFACES = ("recommendations", "similar", "trending", "ranking", "slates")
MAX_RULES = 50
DAY_H, HOUR_MS = 24, 3_600_000

_HOUR = {"type": "integer", "minimum": 0, "maximum": DAY_H}
_RULE: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64},
        "surfaces": {"type": "array", "minItems": 1, "maxItems": len(SURFACES),
                     "items": {"type": "string", "enum": list(SURFACES)}},
        "when": {"type": "string", "minLength": 1, "maxLength": 1_000},
        "from": {"type": "string", "maxLength": 40},
        "until": {"type": "string", "maxLength": 40},
        "hours": {"type": "array", "minItems": 2, "maxItems": 2, "items": _HOUR},
        **{name: schema for name, schema in RULE_PROPERTIES.items() if name != "exclude_seen"},
    },
}
_check = compile_schema({"type": "array", "maxItems": MAX_RULES, "items": _RULE})


class RulesError(ValueError):
    """A deployment's rules cannot be used."""


class Rule(NamedTuple):
    """One rule. said: as it was written."""

    said: Mapping[str, Any]
    from_ms: int
    until_ms: int

    def is_for(self, surface: str, context: Mapping[str, Literal], now_ms: int) -> bool:
        """Does it hold for this list, now?"""
        hours = self.said.get("hours", (0, DAY_H))
        hour = now_ms // HOUR_MS % DAY_H
        within = (hours[0] <= hour < hours[1] if hours[0] < hours[1]
                  else not hours[1] <= hour < hours[0])  # over midnight
        if not (surface in self.said.get("surfaces", SURFACES) and within
                and self.from_ms <= now_ms < self.until_ms):
            return False
        when = parse(self.said.get("when", "True"), {}, context)
        return keeps(when, View("", {}, 0, ()), now_ms)


class Rules:
    """The rules of one deployment."""

    def __init__(self, rules: tuple[Rule, ...], vocabulary: Vocabulary) -> None:
        self._rules, self._vocabulary = rules, vocabulary

    @classmethod
    def from_json(cls, text: str, vocabulary: Vocabulary) -> Self:
        """Read `[{"name": "summer", "boosts": [...]}]`. raises: RulesError."""
        said = setting.decoded("rules", text, RulesError)
        setting.hold("rules", said, _check, RulesError)
        made = cls(tuple(_rule(one, f"rules[{n}]") for n, one in enumerate(said)), vocabulary)
        for n, one in enumerate(said):
            try:
                read(one, vocabulary)
            except EventError as error:
                raise RulesError(f"rules: rules[{n}].{error.field} {error.reason}") from error
        return made

    def over(
        self, ask: Ask, surface: str, context: Mapping[str, Literal], now_ms: int
    ) -> tuple[Ask, list[str]]:
        """The request under every rule that holds for it, and their names."""
        names = []
        for rule in self._rules:
            if rule.is_for(surface, context, now_ms):
                ask = ask.under(read({**rule.said, "context": context}, self._vocabulary))
                names.append(str(rule.said["name"]))
        return ask, names


def _rule(said: Mapping[str, Any], field: str) -> Rule:
    times = {}
    for name, default in (("from", 0), ("until", 2**62)):
        try:
            times[name] = parse_time(said[name]) if name in said else default
        except EventError as error:
            raise RulesError(f"rules: {field}.{name} {error.reason}") from error
    try:
        when = parse(said.get("when", "True"), {})
    except ExpressionError as error:
        raise RulesError(f"rules: {field}.when {error}") from error
    if not all(isinstance(term, Always) for term in terms(when)):
        raise RulesError(f"rules: {field}.when speaks of more than context")
    return Rule(said, times["from"], times["until"])
