"""Catalogue -> items: facts are checked and kept; they can be recommended seconds later."""

from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.catalog import parse_items
from functions.api import ApiError, Event, Front, Request, Response, answer
from functions.aws import PROMPT
from functions.items import Items, ItemsError
from functions.settings import ManageCatalog

logger = Logger(service="manage_catalog")


class Adapters(NamedTuple):
    """What the handler touches."""

    items: Items
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManageCatalog.from_env(environ)
    return Adapters(Items(settings.items_table, config=PROMPT), Front.of(settings))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, *adapters())


def respond(event: Event, items: Items, front: Front) -> Response:
    """Answer one API call with these adapters."""
    routes = {"PUT /items": partial(put_items, items),
              "GET /items/{item_id}": partial(get_item, items)}
    return answer(event, routes, front, logger)


def put_items(items: Items, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with how many items were kept and which were refused, and why."""
    kept, rejected = parse_items(request.json(), request.received_ms)
    try:
        items.put(kept)
    except ItemsError as error:
        logger.error("not taken", reason=repr(error))
        raise ApiError(503, "unavailable", "not all items were taken, send them again") from error
    logger.info("kept", items=len(kept), rejected=len(rejected))
    refused = [{"index": r.index, "field": r.field, "reason": r.reason} for r in rejected]
    return 200, {"accepted": len(kept), "rejected": refused}


def get_item(items: Items, request: Request) -> tuple[int, dict[str, Any]]:
    """200 with the facts of one item, 404 when there is none."""
    item_id = request.item_id()
    item = items.get(item_id)
    if item is None:
        raise ApiError(404, "not_found", f"there is no item {item_id}", "item_id")
    return 200, {**item.facts, "updated_ms": item.updated_ms}
