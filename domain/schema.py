"""A JSON document against its schema: the first thing that is wrong, named by its path.

A schema is written once (`event.BATCH_SCHEMA`, `catalog.ITEM_SCHEMA`) and serves the parser, API
Gateway's request model and the docs. Only the keywords those schemas use are understood; with an
unknown one nothing can be checked at all, so that no rule is silently ignored. They mean what JSON
Schema says (an integer as in draft 4: 1.0 is none), and two things more: NaN is within no bounds,
and half a surrogate pair, which JSON can spell ("\\ud800") and no encoding can store, is neither a
string nor a field name.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

Schema = Mapping[str, Any]


class Violation(NamedTuple):
    """What is wrong with a document, and where: `events[3].at`."""

    field: str
    reason: str

    def under(self, path: str) -> "Violation":
        """The same, seen from one level up."""
        joint = "." if path and self.field[:1] != "[" else ""
        return Violation(f"{path}{joint}{self.field}", self.reason)


Check = Callable[[Any, str], Violation | None]

# Just these, as JSON parsers make them: bool is an int to Python and a type of its own to JSON.
_TYPES: dict[str, frozenset[type]] = {
    "object": frozenset({dict}), "array": frozenset({list}), "string": frozenset({str}),
    "boolean": frozenset({bool}), "number": frozenset({int, float}), "integer": frozenset({int}),
}
_ANNOTATIONS = frozenset({"title", "description", "examples", "format", "$schema"})
_MISSING = "is required"
_NAME_SHOWN = 64  # characters of a caller's field name that an answer repeats
_half_pair = re.compile(r"[\ud800-\udfff]").search


def record_of(
    optional: Mapping[str, Schema] | None = None, /, **required: Schema
) -> dict[str, Any]:
    """The schema of an object with these fields. optional: it need not have."""
    return {"type": "object", "required": list(required),
            "properties": {**required, **(optional or {})}}


def compile_schema(schema: Schema) -> Check:
    """Turn a schema into a check that answers with the first violation, or None.

    It is read when it is first asked, and never by a Lambda that asks nothing of it: to read every
    schema that one imports would take 3 ms of its start (`bench/start.py`).
    raises: KeyError or TypeError, as it is asked, for a keyword or value this module does not know.
    """
    @cache
    def read() -> Check:
        return _compiled(schema)

    return lambda value, path: read()(value, path)


def _compiled(schema: Schema) -> Check:
    rules = [_KEYWORDS[word](value, schema) for word, value in schema.items()
             if word not in _ANNOTATIONS]

    def check(value: Any, path: str) -> Violation | None:
        for rule in rules:
            if found := rule(value, path):
                return found
        return None

    return rules[0] if len(rules) == 1 else check


def _when(broken: Callable[[Any], bool], reason: Callable[[Any], str]) -> Check:
    return lambda value, path: Violation(path, reason(value)) if broken(value) else None


def _type(names: str | list[str], _: Schema) -> Check:
    wanted = [names] if isinstance(names, str) else names
    kinds = frozenset[type]().union(*(_TYPES[name] for name in wanted))
    reason = f"must be {' or '.join(wanted)}"

    def check(value: Any, path: str) -> Violation | None:
        kind = type(value)
        if kind not in kinds:
            return Violation(path, reason)
        text = value if kind is str else "".join(value) if kind is dict else ""
        if not text.isascii() and any(map(_half_pair, (value,) if kind is str else value)):
            return Violation(path, "holds half a surrogate pair, which is no text")
        return None

    return check


def _required(names: list[str], _: Schema) -> Check:
    wanted = frozenset(names)

    def check(value: Any, path: str) -> Violation | None:
        if not isinstance(value, dict) or wanted <= value.keys():
            return None
        missing = next(name for name in names if name not in value)
        return Violation(missing, _MISSING).under(path)

    return check


def _properties(properties: Mapping[str, Schema], _: Schema) -> Check:
    checks = [(name, _compiled(schema)) for name, schema in properties.items()]

    def check(value: Any, path: str) -> Violation | None:
        for name, check_one in checks if isinstance(value, dict) else ():
            if name in value and (found := check_one(value[name], name)):
                return found.under(path)
        return None

    return check


def _additional(extra: bool | Schema, schema: Schema) -> Check:
    known = schema.get("properties", {})
    check_extra = _compiled(extra) if isinstance(extra, Mapping) else _known(extra)

    def check(value: Any, path: str) -> Violation | None:
        for name in value if isinstance(value, dict) else ():
            if name not in known and (found := check_extra(value[name], _shown(name))):
                return found.under(path)
        return None

    return check


def _known(extra: bool) -> Check:
    return _when(lambda _: not extra, lambda _: "is not a known field")


def _property_names(schema: Schema, _: Schema) -> Check:
    check_name = _compiled(schema)

    def check(value: Any, path: str) -> Violation | None:
        for name in value if isinstance(value, dict) else ():
            if found := check_name(name, _shown(name)):
                return found._replace(reason=f"name {found.reason}").under(path)
        return None

    return check


def _items(schema: Schema, _: Schema) -> Check:
    check_one = _compiled(schema)

    def check(value: Any, path: str) -> Violation | None:
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            if found := check_one(entry, f"[{index}]"):
                return found.under(path)
        return None

    return check


def _any_of(schemas: list[Schema], _: Schema) -> Check:
    checks = [_compiled(schema) for schema in schemas]

    def check(value: Any, path: str) -> Violation | None:
        found = [wrong for check_one in checks if (wrong := check_one(value, path))]
        if len(found) < len(checks):
            return None
        others = [wrong.field.rpartition(".")[2] for wrong in found[1:] if wrong.reason == _MISSING]
        if found[0].reason != _MISSING or not others:
            return found[0]
        return found[0]._replace(reason=f"{_MISSING}, or {' or '.join(others)}")

    return check


def _size(
    kind: type[str | list[Any] | dict[str, Any]], noun: str, most: bool
) -> Callable[[int, Schema], Check]:
    def rule(limit: int, _: Schema) -> Check:
        word = "at most" if most else "at least"
        return _when(
            lambda v: isinstance(v, kind) and (len(v) > limit if most else len(v) < limit),
            lambda v: f"must have {word} {limit} {noun}, has {len(v)}",
        )

    return rule


def _bound(most: bool) -> Callable[[float, Schema], Check]:
    within = operator.le if most else operator.ge

    def rule(limit: float, _: Schema) -> Check:
        reason = f"must be {'at most' if most else 'at least'} {limit}"

        def check(value: Any, path: str) -> Violation | None:
            # NaN, which compares false with everything, is out of bounds.
            if type(value) in _TYPES["number"] and not within(value, limit):
                return Violation(path, reason)
            return None

        return check

    return rule


def _enum(values: list[str], _: Schema) -> Check:
    reason = f"must be one of {', '.join(values)}"  # joined here: strings only, or else refused
    return _when(lambda v: v not in values, lambda _: reason)


def _pattern(pattern: str, schema: Schema) -> Check:
    search = re.compile(pattern).search
    reason = schema.get("description", f"must match {pattern}")
    return _when(lambda v: isinstance(v, str) and not search(v), lambda _: reason)


def _shown(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN else name[:_NAME_SHOWN] + "..."


_KEYWORDS: dict[str, Callable[[Any, Schema], Check]] = {
    "type": _type, "required": _required, "properties": _properties,
    "additionalProperties": _additional, "propertyNames": _property_names, "items": _items,
    "anyOf": _any_of, "enum": _enum, "pattern": _pattern,
    "minimum": _bound(most=False), "maximum": _bound(most=True),
    "minLength": _size(str, "characters", most=False),
    "maxLength": _size(str, "characters", most=True),
    "minItems": _size(list, "entries", most=False),
    "maxItems": _size(list, "entries", most=True),
    "minProperties": _size(dict, "fields", most=False),
    "maxProperties": _size(dict, "fields", most=True),
}
