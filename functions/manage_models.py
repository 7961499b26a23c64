"""The shelf of models, for an administrator: what was judged and how, and which one serves."""

from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.answers import POINTER_SCHEMA
from domain.artifact import ArtifactError
from domain.schema import compile_schema
from functions.api import ApiError, Event, Front, Request, Response, answer, approve
from functions.aws import PROMPT
from functions.notary import Notary
from functions.registry import Registry, RegistryError
from functions.settings import ManageModels
from functions.shelf import Shelf

check = compile_schema(POINTER_SCHEMA)

logger = Logger(service="manage_models")


class Adapters(NamedTuple):
    """What the handler touches."""

    registry: Registry
    shelf: Shelf
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManageModels.from_env(environ)
    shelf = Shelf(settings.bucket_name, config=PROMPT,
                  notary=Notary.of(settings.signing_key, config=PROMPT))
    return Adapters(Registry(settings.models_table, config=PROMPT), shelf, Front.of(settings))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, *adapters())


def respond(event: Event, registry: Registry, shelf: Shelf, front: Front) -> Response:
    """Answer one API call with these adapters."""
    routes = {"GET /models": partial(list_models, registry),
              "PUT /models/current": partial(point, registry, shelf)}
    return answer(event, routes, front, logger)


def list_models(registry: Registry, _: Request) -> tuple[int, dict[str, Any]]:
    """200 with every model ever judged, newest first."""
    current = registry.current()
    return 200, {"current": current[0] if current else None,
                 "models": [entry._asdict() for entry in registry.entries()]}


def point(registry: Registry, shelf: Shelf, request: Request) -> tuple[int, dict[str, Any]]:
    """200 once an earlier model serves again: rollback, or forward."""
    body = request.json()
    approve(check, body, "body")
    try:
        _check_signed(registry, shelf, body["version"])
        pointed = registry.point(body["version"], request.received_ms)
    except RegistryError as error:
        raise ApiError(404, "not_found", str(error), "version") from error
    if not pointed:
        raise ApiError(409, "conflict", "another model was chosen meanwhile", "version")
    logger.info("pointed", version=body["version"])
    return 200, {"current": body["version"]}


def _check_signed(registry: Registry, shelf: Shelf, version: str) -> None:
    """A model that no copy of `recommend` would load takes nobody's place."""
    if any(entry.version == version and not entry.refusals for entry in registry.entries()):
        try:
            shelf.check_model(version)
        except ArtifactError as error:
            raise ApiError(409, "conflict", f"{version}: {error}", "version") from error
