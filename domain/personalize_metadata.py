"""PutItems, PutUsers -> facts and attributes; facts -> the columns that a list shows.

A property is kept as an attribute under its column's name, as it came: so that `metadataColumns`
finds it again. Those that mean something here are facts besides: what an item is called, what it
costs, what kinds it is of. Several categories are parted by a vertical bar.
source: AWS, "Importing items individually", "ECOMMERCE items datasets", "VIDEO_ON_DEMAND items
datasets" (Amazon Personalize), reserved keywords.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.catalog import UNLISTED, Item, parse_items, parse_user
from domain.event import EventError, check_user_id
from domain.personalize import (
    ARN_SCHEMA,
    STRING_SCHEMA,
    NotFoundError,
    PersonalizeError,
    approve,
    column,
    named,
    properties_of,
)
from domain.schema import compile_schema

_TEXTS = {"TITLE": "title", "DESCRIPTION": "description", "PRODUCT_DESCRIPTION": "description"}
_KINDS = ("GENRES", "GENRE", "CATEGORIES", "CATEGORY", "CATEGORY_L1", "CATEGORY_L2", "CATEGORY_L3")
_PEOPLE = {"AGE_BAND": "age_band", "SEGMENT": "segment", "LANGUAGE": "language"}
_ONE = {"type": "object", "additionalProperties": False}
_PROPERTIES = {"type": "string", "minLength": 1}


def _put(many: str, one: str, most: int) -> dict[str, Any]:
    properties = {one: STRING_SCHEMA, "properties": {**_PROPERTIES, "maxLength": most}}
    return {
        "type": "object", "required": ["datasetArn", many], "additionalProperties": False,
        "properties": {"datasetArn": ARN_SCHEMA, many: {
            "type": "array", "minItems": 1, "maxItems": 10,
            "items": {**_ONE, "required": [one], "properties": properties}}},
    }


PUT_ITEMS = _put("items", "itemId", 32_000)
PUT_USERS = _put("users", "userId", 24_000)
_check_items = compile_schema(PUT_ITEMS)
_check_users = compile_schema(PUT_USERS)


def parse_put_items(body: Any, received_ms: int) -> list[Item]:
    """Check a decoded body; all its items. raises: PersonalizeError, for the first wrong one."""
    approve(_check_items, body)
    _expect(body["datasetArn"], "ITEMS")
    facts = [facts_of(given["itemId"], _properties(given, f"items[{index}]"))
             for index, given in enumerate(body["items"])]
    try:
        items, rejected = parse_items({"items": facts}, received_ms)
    except EventError as error:
        raise PersonalizeError(_theirs(error.field, error.reason)) from error
    if rejected:
        first = rejected[0]
        raise PersonalizeError(_theirs(f"items[{first.index}].{first.field}", first.reason))
    return items


def parse_put_users(body: Any) -> dict[str, dict[str, Any]]:
    """Check a decoded body; user id -> attributes. raises: PersonalizeError."""
    approve(_check_users, body)
    _expect(body["datasetArn"], "USERS")
    return {given["userId"]: _user(given, f"users[{index}]")
            for index, given in enumerate(body["users"])}


def facts_of(item_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """An item as `PUT /items` takes it. properties: by their names or columns, none null."""
    facts: dict[str, Any] = {"item_id": item_id}
    attributes: dict[str, Any] = {}
    kinds: list[str] = []
    for name, value in properties.items():
        known = column(name)
        if known in _TEXTS and _TEXTS[known] not in facts:
            facts[_TEXTS[known]] = value
        elif known == "PRICE":
            facts["price"] = value
        else:
            attributes[known] = value
        if known in _KINDS and isinstance(value, str):
            kinds += [kind.strip() for kind in value.split("|") if kind.strip()]
    if kinds:
        facts["categories"] = list(dict.fromkeys(kinds))
    return {**facts, "attributes": attributes} if attributes else facts


def attributes_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A user as `PUT /users/{user_id}` takes it. properties: by names or columns, none null."""
    known = {_PEOPLE[column(name)]: value for name, value in properties.items()
             if column(name) in _PEOPLE}
    attributes = {column(name): value for name, value in properties.items()
                  if column(name) not in _PEOPLE}
    return {**known, "attributes": attributes} if attributes else known


def metadata_of(facts: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """What an item has in these columns, as text; a column that it lacks is left out."""
    known = {_plain(name): value for name, value in facts.get("attributes", {}).items()}
    for name, fact in {**_TEXTS, "PRICE": "price"}.items():
        if fact in facts:
            known.setdefault(_plain(name), facts[fact])
    if "categories" in facts:
        known.setdefault(_plain("CATEGORIES"), "|".join(facts["categories"]))
    return {name: _text(known[_plain(name)]) for name in columns if _plain(name) in known}


def unlisted(columns: Sequence[str]) -> list[str]:
    """Those of these columns that are not held where lists are made."""
    texts = {_plain(name) for name, fact in _TEXTS.items() if fact in UNLISTED}
    return [name for name in columns if _plain(name) in texts]


def _plain(name: str) -> str:
    """Names that differ in case and underscores alone are one column's.

    source: AWS, "Datasets and schemas" (Amazon Personalize), schema formatting requirements.
    """
    return name.replace("_", "").lower()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expect(arn: str, dataset: str) -> None:
    if named(arn) != dataset:
        raise NotFoundError(f"datasetArn names {named(arn)}, and the data set here is {dataset}")


def _properties(given: Mapping[str, Any], field: str) -> dict[str, Any]:
    if "properties" not in given:
        return {}
    return properties_of(given["properties"], f"{field}.properties")


def _user(given: Mapping[str, Any], field: str) -> dict[str, Any]:
    if found := check_user_id(given["userId"], ""):
        raise PersonalizeError(f"{field}.userId {found.reason}")
    try:
        return parse_user(attributes_of(_properties(given, field)))
    except EventError as error:
        raise PersonalizeError(_theirs(f"{field}.{error.field}", error.reason)) from error


def _theirs(field: str, reason: str) -> str:
    """A refusal in the caller's words: attributes.X and title are properties."""
    place, _, rest = field.partition(".")
    if rest == "item_id":
        return f"{place}.itemId {reason}"
    return f"{place}.properties.{rest.removeprefix('attributes.')} {reason}"
