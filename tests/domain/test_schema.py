"""The schema checker beside the jsonschema library, and the two rules it adds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from domain.schema import Violation, compile_schema
from tests.domain.strategies import json_values

# The newest draft, with draft 4's integer: 1.0 is none.
Oracle = extend(Draft202012Validator, type_checker=Draft4Validator.TYPE_CHECKER)

NAMES = st.sampled_from(["a", "b", "long name"])
SIZES = st.integers(0, 4)
ALL_TYPES = ["object", "array", "string", "boolean", "number", "integer"]
TYPES = st.sampled_from(ALL_TYPES)
BOUNDS = st.integers(-3, 3) | st.floats(-3, 3)
PATTERNS = st.sampled_from([r"^a", r"a$", r"^(?!~)", r"^[^\n]*$", r"^(?![\s\S]*[\x00-\x1f])"])
LEAVES = st.fixed_dictionaries({}, optional={
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "minimum": BOUNDS, "maximum": BOUNDS, "pattern": PATTERNS,
    "minLength": SIZES, "maxLength": SIZES, "minItems": SIZES, "maxItems": SIZES,
    "minProperties": SIZES, "maxProperties": SIZES,
    "enum": st.lists(st.sampled_from(["a", "b", "~", ""]), min_size=1, max_size=3),
    "required": st.lists(NAMES, max_size=2), "description": st.just("as described"),
})
SCHEMAS = st.recursive(LEAVES, lambda inner: st.builds(
    lambda leaf, branches: leaf | branches, LEAVES, st.fixed_dictionaries({}, optional={
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "additionalProperties": st.booleans() | inner,
        "propertyNames": inner, "items": inner,
        "anyOf": st.lists(inner, min_size=1, max_size=2),
    })), max_leaves=6)
SCALARS = (st.none() | st.booleans() | st.integers(-4, 4) | st.floats(-4, 4)
           | st.sampled_from([10**400, -10**400, float("inf"), 1.0, 0, -0.0])
           | st.text("ab~\n é\U0001f600", max_size=5))
DOCUMENTS = st.recursive(SCALARS, lambda inner: (
    st.lists(inner, max_size=4) | st.dictionaries(
        NAMES | st.text("ab~", min_size=1, max_size=2), inner, max_size=4)), max_leaves=8)


@st.composite
def near(draw: st.DrawFn, document: Any) -> dict[str, Any]:
    """A schema whose rules stand at the edge of what the document is."""
    edges = st.integers(-1, 1)
    rules: dict[str, Any] = {"type": draw(st.sampled_from(types_of(document)) | TYPES)}
    if isinstance(document, str):
        rules["enum"] = draw(st.sampled_from([[document, "b"], ["b"]]))
        rules["pattern"] = draw(PATTERNS)
    if isinstance(document, int | float):
        rules |= {word: document + draw(edges) for word in ("minimum", "maximum")}
    if isinstance(document, list):
        rules["items"] = draw(near(draw(st.sampled_from([*document, 0]))))
    if isinstance(document, dict):
        names = draw(st.lists(st.sampled_from([*document, "b"]), max_size=2))
        rules |= {
            "required": names, "propertyNames": draw(near(names[0] if names else "a")),
            "properties": {name: draw(near(document.get(name))) for name in names},
            "additionalProperties": draw(st.booleans() | near(draw(st.sampled_from(
                [*document.values(), 0])))),
        }
    if isinstance(document, str | list | dict):
        noun = {str: "Length", list: "Items", dict: "Properties"}[type(document)]
        rules |= {word + noun: len(document) + draw(edges) for word in ("min", "max")}
    kept = draw(st.sets(st.sampled_from(sorted(rules)), max_size=4))
    return {word: rules[word] for word in kept}


def types_of(document: Any) -> list[str]:
    return [n for n in ALL_TYPES if Oracle({"type": n}).is_valid(document)] or ["object"]


@settings(max_examples=400)  # most schemas and documents have little to do with each other
@given(st.tuples(SCHEMAS, DOCUMENTS) | DOCUMENTS.flatmap(
    lambda document: st.tuples(near(document), st.just(document))))
def test_the_verdict_is_that_of_jsonschema_and_the_field_is_one_of_those_it_names(
    both: tuple[dict[str, Any], Any]
) -> None:
    schema, document = both
    errors = list(Oracle(schema).iter_errors(document))

    found = compile_schema(schema)(document, "")

    assert (found is None) == (not errors)
    assert found is None or found.field in {name for e in errors for name in fields_of(e)}


def fields_of(error: ValidationError, within: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Every field that one of jsonschema's errors may be said to be about."""
    base = (*within, *error.relative_path)
    words = list(error.relative_schema_path)
    yield written(base)
    if "propertyNames" in words and isinstance(error.instance, str):
        yield written((*base, error.instance))
    if error.validator == "required":
        yield from (written((*base, n)) for n in error.validator_value if n not in error.instance)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        yield from (written((*base, n)) for n in error.instance if n not in known)
    for inner in error.context or ():
        yield from fields_of(inner, base)


def written(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")


@pytest.mark.parametrize(("schema", "document", "field", "reason"), [
    ({"type": "object"}, [], "", "must be object"),
    ({"type": ["string", "integer"]}, 1.0, "", "must be string or integer"),
    ({"type": "integer"}, True, "", "must be integer"),
    ({"type": "number"}, False, "", "must be number"),
    ({"required": ["a", "b"]}, {"a": 1}, "b", "is required"),
    ({"maxLength": 2}, "abc", "", "must have at most 2 characters, has 3"),
    ({"minItems": 1}, [], "", "must have at least 1 entries, has 0"),
    ({"maxProperties": 0}, {"a": 1}, "", "must have at most 0 fields, has 1"),
    ({"minimum": 0}, float("nan"), "", "must be at least 0"),
    ({"maximum": 0}, float("nan"), "", "must be at most 0"),
    ({"maximum": 1e12}, 10**400, "", "must be at most 1000000000000.0"),
    ({"enum": ["a", "b"]}, 1, "", "must be one of a, b"),
    ({"pattern": "^a*(?![^a])$"}, "b", "", "must match ^a*(?![^a])$"),
    ({"pattern": "x", "description": "must hold x"}, "b", "", "must hold x"),
    ({"items": {"items": {"type": "string"}}}, [[], ["a", 1]], "[1][1]", "must be string"),
    ({"properties": {"a": {"items": {"required": ["b"]}}}}, {"a": [{}]}, "a[0].b", "is required"),
    ({"additionalProperties": False}, {"x": 1}, "x", "is not a known field"),
    ({"propertyNames": {"maxLength": 1}}, {"xy": 1}, "xy",
     "name must have at most 1 characters, has 2"),
    ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, 1, "", "must be string"),
    ({"items": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}, {"required": ["c"]}]}}, [{}],
     "[0].a", "is required, or b or c"),
])
def test_a_violation_names_the_field_and_says_why(
    schema: dict[str, Any], document: Any, field: str, reason: str
) -> None:
    assert compile_schema(schema)(document, "") == Violation(field, reason)


def test_the_field_is_named_below_the_path_it_was_checked_at() -> None:
    check = compile_schema({"items": {"required": ["a"]}})

    assert check([{}], "events[3]") == Violation("events[3][0].a", "is required")


@pytest.mark.parametrize(("schema", "document"), [
    ({"type": "string"}, "x\ud83d"),
    ({"type": ["number", "string"]}, "\udfff"),
    ({"properties": {"a": {"type": "string"}}}, {"a": "\ud800"}),
    ({"items": {"type": "string"}}, ["\udc00x"]),
    ({"type": "object"}, {"a": 1, "\ud83d": 1}),
])
def test_half_a_surrogate_pair_is_no_text_wherever_it_stands(
    schema: dict[str, Any], document: Any
) -> None:
    found = compile_schema(schema)(document, "")

    assert found is not None
    assert found.reason == "holds half a surrogate pair, which is no text"


def test_a_whole_surrogate_pair_is_text() -> None:
    assert compile_schema({"type": "string"})("\U0001f600", "") is None


@pytest.mark.parametrize(("length", "shown"), [(64, "x" * 64), (65, "x" * 64 + "...")])
def test_a_name_of_the_caller_is_repeated_only_in_part(length: int, shown: str) -> None:
    check = compile_schema({"additionalProperties": False})

    found = check({"x" * length: 1}, "")

    assert found == Violation(shown, "is not a known field")


@pytest.mark.parametrize(("schema", "document"), [
    ({"type": "integer"}, 5), ({"type": ["boolean", "integer"]}, True), ({"type": "number"}, 1.5),
    ({"type": "object"}, {}), ({"minLength": 2, "maxLength": 2}, "ab"), ({"maxLength": 0}, ""),
    ({"minItems": 1, "maxItems": 1}, [0]), ({"minProperties": 1, "maxProperties": 1}, {"a": 1}),
    ({"minimum": 1, "maximum": 1}, 1.0), ({"enum": ["a"]}, "a"), ({"minimum": 5}, "no number"),
])
def test_a_document_at_the_edge_of_a_rule_keeps_it(schema: dict[str, Any], document: Any) -> None:
    assert compile_schema(schema)(document, "") is None


@given(SCHEMAS, json_values)
def test_no_document_makes_a_check_fail_by_itself(schema: dict[str, Any], document: Any) -> None:
    found = compile_schema(schema)(document, "here")

    assert found is None or re.match(r"here($|[.\[])", found.field)


@pytest.mark.parametrize("schema", [
    {"const": 1}, {"type": "null"}, {"enum": [1, 2]}, {"properties": {"a": {"$ref": "#"}}},
])
def test_what_is_not_understood_is_refused_whatever_is_asked(
    schema: dict[str, Any]
) -> None:
    with pytest.raises((KeyError, TypeError)):
        compile_schema(schema)(None, "")
