"""The shelf of models, for an administrator: what was judged and how, and which one serves."""

from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.answers import POINTER_SCHEMA
from domain.artifact import ArtifactError
from domain.rollout import WHOLE, told
from domain.schema import compile_schema
from functions.api import ApiError, Event, Front, Request, Response, answer, approve
from functions.aws import PROMPT
from functions.notary import Notary
from functions.registry import Registry, RegistryError
from functions.rolling import Room, let_serve
from functions.settings import ManageModels
from functions.shelf import Shelf

check = compile_schema(POINTER_SCHEMA)

logger = Logger(service="manage_models")


class Adapters(NamedTuple):
    """What the handler touches."""

    registry: Registry
    shelf: Shelf
    front: Front
    room: Room


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = ManageModels.from_env(environ)
    shelf = Shelf(settings.bucket_name, config=PROMPT,
                  notary=Notary.of(settings.signing_key, config=PROMPT))
    return Adapters(Registry(settings.models_table, config=PROMPT), shelf, Front.of(settings),
                    Room(int(settings.recommend_memory_mb), WHOLE))


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, *adapters())


def respond(
    event: Event, registry: Registry, shelf: Shelf, front: Front, room: Room
) -> Response:
    """Answer one API call with these adapters."""
    routes = {"GET /models": partial(list_models, registry),
              "PUT /models/current": partial(point, registry, shelf, room)}
    return answer(event, routes, front, logger)


def list_models(registry: Registry, _: Request) -> tuple[int, dict[str, Any]]:
    """200 with every model ever judged, newest first."""
    pointer = registry.pointer()
    rollout = pointer.rollout if pointer else None
    return 200, {"current": pointer.version if pointer else None,
                 "rollout": told(rollout, registry.seen(rollout).candidate) if rollout else None,
                 "models": [entry._asdict() for entry in registry.entries()]}


def point(
    registry: Registry, shelf: Shelf, room: Room, request: Request
) -> tuple[int, dict[str, Any]]:
    """200 once a model serves: back, or forward, all users or the first of a rollout.

    share: of the users that it comes to now; 1 also where copies have room for one model alone.
    """
    body = request.json()
    approve(check, body, "body")
    version, wanted = body["version"], body.get("share", WHOLE)
    try:
        _check_signed(registry, shelf, version)
        share = let_serve(registry, version, wanted, room, request.received_ms)
    except RegistryError as error:
        raise ApiError(404, "not_found", str(error), "version") from error
    if share is None:
        raise ApiError(409, "conflict", "another model was chosen meanwhile", "version")
    logger.info("pointed", version=version, share=share)
    pointer = registry.pointer()
    return 200, {"current": pointer.version if pointer else version, "share": share}


def _check_signed(registry: Registry, shelf: Shelf, version: str) -> None:
    """A model that no copy of `recommend` would load takes nobody's place.

    raises: RegistryError, when it may not serve at all.
    """
    registry.promoted(version)
    try:
        shelf.check_model(version)
    except ArtifactError as error:
        raise ApiError(409, "conflict", f"{version}: {error}", "version") from error
