"""The API -> its own description, for programs and for people: made once, for everybody."""

import json
from functools import cache, partial
from os import environ
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from domain.document import describe
from domain.reference import render
from domain.vocabulary import Vocabulary
from functions.api import JSON, Event, Front, Request, Response, Text, answer
from functions.settings import DescribeApi

logger = Logger(service="describe_api")


class Adapters(NamedTuple):
    """What the handler answers with."""

    document: Text
    page: Text
    front: Front


@cache
def adapters() -> Adapters:
    """Built once per execution environment."""
    settings = DescribeApi.from_env(environ)
    front = Front.of(settings)
    document = describe(Vocabulary.from_json(settings.event_types), api=settings.api,
                        tokens_required=front.tokens_required)
    return Adapters(Text(JSON, json.dumps(document, ensure_ascii=False, separators=(",", ":"))),
                    Text("text/html; charset=utf-8", render(document)), front)


def handler(event: dict[str, Any], _: Any) -> Response:
    """Answer one API call."""
    return respond(event, adapters())


def respond(event: Event, given: Adapters) -> Response:
    """Answer one API call with these texts."""
    return answer(event, {"GET /openapi.json": partial(show, given.document),
                          "GET /docs": partial(show, given.page)}, given.front, logger)


def show(told: Text, _: Request) -> tuple[int, Text]:
    """200 with what was made at the start."""
    return 200, told
