"""The routes -> their description in OpenAPI 3.1, for one deployment.

source: OpenAPI Specification 3.1.1; schemas are JSON Schema 2020-12.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain import answers, ask_schema, batch_schema
from domain.catalog import FACTS_SCHEMA, ITEM_SCHEMA, USER_SCHEMA
from domain.event import (
    EVENT_SCHEMA,
    EVENTS_SCHEMA,
    ID_SCHEMA,
    JOIN_SCHEMA,
    SESSION_ID_SCHEMA,
    SESSION_MARK,
    TAKEN_SCHEMA,
    USER_ID_SCHEMA,
)
from domain.export import EXPORT_SCHEMA, SEARCHING_SCHEMA
from domain.receipt import ERASED_SCHEMA, RECEIPTS_SCHEMA
from domain.route import Route, Who
from domain.routes import ROUTES
from domain.schema import Schema, record_of
from domain.vocabulary import Vocabulary

VERSION = "0.2.0"  # of what is promised here; the package's

# Where a path names somebody or something.
_SESSION = {"type": "string", "minLength": 2, "maxLength": SESSION_ID_SCHEMA["maxLength"] + 1,
            "pattern": r"^~[^\x00-\x1f\x7f]+(?![\s\S])",
            "description": f"a session: {SESSION_MARK} and its id"}
IN_PATH: Mapping[str, Schema] = {
    "user_id": {"anyOf": [USER_ID_SCHEMA, _SESSION]}, "item_id": ID_SCHEMA,
    "batch_id": batch_schema.BATCH_ID_SCHEMA}
# What has a name of its own, so that it is told once and SDKs have a type for it.
_EVENT_TYPE = EVENT_SCHEMA["properties"]["type"]
_NAMED = {
    "Error": answers.ERROR, "EventType": _EVENT_TYPE, "Event": EVENT_SCHEMA,
    "Events": EVENTS_SCHEMA, "Taken": TAKEN_SCHEMA,
    "Item": ITEM_SCHEMA, "Items": FACTS_SCHEMA, "KeptItem": answers.ITEM,
    "Attributes": USER_SCHEMA, "KeptAttributes": answers.USER_KEPT, "Profile": answers.PROFILE,
    "Session": JOIN_SCHEMA, "JoinedSession": answers.JOINED,
    "Reason": answers.REASON, "Place": answers.PLACE, "UserList": answers.USER_LIST,
    "Ask": ask_schema.ASK_SCHEMA, "RankingAsk": ask_schema.RANKING_SCHEMA,
    "ExplanationAsk": ask_schema.EXPLANATION_SCHEMA, "SlatesAsk": ask_schema.SLATES_SCHEMA,
    "Placement": ask_schema.PLACEMENT_SCHEMA, "Seen": ask_schema.SEEN_SCHEMA,
    "Shown": ask_schema.SHOWN_SCHEMA, "Boost": ask_schema.BOOST_SCHEMA,
    "Pin": ask_schema.PIN_SCHEMA, "Quota": ask_schema.QUOTA_SCHEMA,
    "Weights": ask_schema.WEIGHTS_SCHEMA, "Outcome": ask_schema.OUTCOME_SCHEMA,
    "Objectives": ask_schema.OBJECTIVES_SCHEMA, "RankedList": answers.RANKED_LIST,
    "Explanation": answers.EXPLANATION, "Slates": answers.SLATES,
    "SimilarList": answers.SIMILAR_LIST, "TrendingList": answers.TRENDING_LIST,
    "Withheld": answers.WITHHELD, "Health": answers.HEALTH, "Shelf": answers.SHELF,
    "Version": answers.POINTER_SCHEMA, "Pointed": answers.POINTED,
    "Consented": answers.CONSENTED, "Erased": ERASED_SCHEMA, "Receipts": RECEIPTS_SCHEMA,
    "Export": EXPORT_SCHEMA, "Searching": SEARCHING_SCHEMA,
    "BatchAsk": batch_schema.BATCH_SCHEMA, "Batch": batch_schema.BATCH,
    "Batches": batch_schema.BATCHES, "BatchParts": batch_schema.BATCH_PARTS,
    "BatchLine": batch_schema.BATCH_LINE,
}
_NAME_OF = {id(schema): name for name, schema in _NAMED.items()}
_END = r"(?![\s\S])"  # of a pattern: a plain $ lets a line's end through in Python, elsewhere none
_MESSAGE = record_of(message={"type": "string"})  # of an HTTP API, which cannot shape its refusals

_SCHEMES: Mapping[str, Any] = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    # As API Gateway exports it. source: AWS, "x-amazon-apigateway-authtype property".
    "signature": {"type": "apiKey", "in": "header", "name": "Authorization",
                  "x-amazon-apigateway-authtype": "awsSigv4",
                  "description": "AWS Signature Version 4, for execute-api"},
}


def describe(vocabulary: Vocabulary, *, tokens_required: bool, api: str) -> dict[str, Any]:
    """The document of a deployment: the same for the same settings. api: rest or http."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, tokens_required, api)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Headwater", "version": VERSION, "license": {
                     "name": "Apache-2.0", "identifier": "Apache-2.0"},
                 "description": "Real-time recommendations: events in, lists out."},
        "servers": [{"url": "."}],  # wherever this document was read
        "paths": paths,
        "components": {"schemas": _schemas(vocabulary), "securitySchemes": _SCHEMES},
    }


def _operation(route: Route, tokens_required: bool, api: str) -> dict[str, Any]:
    return {
        "operationId": _operation_id(route),
        "tags": [route.path.split("/")[1]],
        "description": f"{route.about} Needs {route.who.value}.",
        "security": _security(route.who, tokens_required),
        **({"parameters": found} if (found := list(_parameters(route))) else {}),
        **({"requestBody": {"required": True, "content": _content(route.body)}}
           if route.body else {}),
        "responses": dict(_responses(route, api)),
    }


def _operation_id(route: Route) -> str:
    """Its method and the words of its path; where one of many has the same, it is said so."""
    words = [word.title() for word in route.path.replace(".", "/").split("/") if "{" not in word]
    parent, _, last = route.path.rpartition("/")
    is_one = "{" in last and any((r.method, r.path) == (route.method, parent) for r in ROUTES)
    return route.method.lower() + "".join(words) + ("One" if is_one else "")


def _security(who: Who, tokens_required: bool) -> list[dict[str, list[str]]]:
    if who is Who.ADMIN:
        return [{"signature": []}]
    names = {Who.ANYBODY: (), Who.KEY: ("key",),
             Who.USER: ("key", "token") if tokens_required else ("key",)}[who]
    return [{name: [] for name in names}] if names else []


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.in_path:
        schema = route.named.get(name, IN_PATH[name])
        yield {"name": name, "in": "path", "required": True, "schema": _inside(schema)}
    for asked in route.parameters:
        default = {} if asked.default is None or asked.default == [] else {"default": asked.default}
        yield {"name": asked.name, "in": "query", "description": asked.about,
               "schema": {**_inside(asked.schema), **default}}
    if route.fresh_s is not None:
        yield {"name": "If-None-Match", "in": "header", "schema": {"type": "string"},
               "description": "The ETag of an answer that the caller holds."}


def _responses(route: Route, api: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """By status: what went well, then what did not."""
    for status, answer in route.answers.items():
        yield str(status), {"description": answer.about, "headers": _headers(route.fresh_s),
                            "content": _content(answer.schema, answer.media)}
    if route.fresh_s is not None:
        yield "304", {"description": "The caller holds this answer already.",
                      "headers": _headers(route.fresh_s)}
    for name, about in sorted({**_refusals(route, api), **{
            str(status): about for status, about in route.refusals.items()}}.items()):
        yield name, {"description": about, "content": _content(_refusal(route, name, api))}


def _refusal(route: Route, status: str, api: str) -> Schema:
    """Ours alone where a function refuses; API Gateway shapes what it can of its own alike."""
    if status == "413":
        return _MESSAGE
    ours = status == "400" or status in {str(special) for special in route.refusals}
    return answers.ERROR if ours or api == "rest" else {"anyOf": [answers.ERROR, _MESSAGE]}


def _refusals(route: Route, api: str) -> dict[str, str]:
    """What is refused whatever the route is about."""
    found = {"429": "Too many calls, or the quota of the key is used up.",
             "5XX": "Something behind the API fails: try again later."}
    if route.in_path or route.parameters or route.body:
        found["400"] = "The request is wrong; `field` says where."
    needs = "" if route.who is Who.ANYBODY else f"does not carry {route.who.value}, or "
    found["403"] = f"The call {needs}is blocked by the web ACL of this API."
    if route.body:
        found["413"] = "The body is larger than 10 MB."
    if route.who is Who.USER or (route.keyed and api == "http"):
        found["401"] = "There is no key or token, or the token is not valid."
    if route.in_path and api == "http":
        found["404"] = "There is no such route: an id with a slash cannot stand in a path."
    return found


def _headers(fresh_s: int | None) -> dict[str, Any]:
    """What an answer that went well says of being kept."""
    kept = f"public, max-age={fresh_s}" if fresh_s is not None else "private, no-store"
    tag = {"ETag": {"required": True, "schema": {"type": "string", "pattern": '^W/"[0-9a-f]+"$'},
                    "description": "What says the same has the same."}}
    return {"Cache-Control": {"required": True, "schema": {"type": "string", "enum": [kept]}},
            **(tag if fresh_s is not None else {})}


def _content(schema: Schema, media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": _referred(schema)}}


def _schemas(vocabulary: Vocabulary) -> dict[str, Any]:
    """Each named schema. Of events the types are told that this deployment knows."""
    found = {name: _inside(schema) for name, schema in _NAMED.items()}
    return {**found, "EventType": {**_EVENT_TYPE, "enum": list(vocabulary.by_name)},
            "Outcome": {**ask_schema.OUTCOME_SCHEMA, "enum": list(vocabulary.outcomes)}}


def _referred(part: Any) -> Any:
    """A schema, or a part of one, in which those that have a name are referred to by it."""
    if name := _NAME_OF.get(id(part)):
        return {"$ref": f"#/components/schemas/{name}"}
    return _inside(part)


def _inside(part: Any) -> Any:
    if isinstance(part, str):
        return part.replace(_END, "$")
    if isinstance(part, Mapping):
        return {name: _referred(inner) for name, inner in part.items()}
    return [_referred(inner) for inner in part] if isinstance(part, list) else part
