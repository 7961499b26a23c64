"""A client key -> API Gateway's leave to call, before the routes of an HTTP API.

A REST API demands its key by itself and never asks.
"""

import time
from functools import cache
from os import environ
from typing import Any

from aws_lambda_powertools import Logger

from functions.keys import Keys
from functions.leave import KEY_HEADER, allow, identity, refuse
from functions.settings import CheckKey

logger = Logger(service="check_key")


@cache
def adapters() -> Keys:
    """Built once per execution environment, with the key it read."""
    return Keys(CheckKey.from_env(environ).api_key_id, logger)


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer one question of API Gateway."""
    return respond(event, adapters(), time.time())


def respond(event: dict[str, Any], keys: Keys, now_s: float) -> dict[str, Any]:
    """Leave for whoever brings the key. raises: a `WorldError`, when nobody can tell."""
    if keys.holds(identity(event), now_s):
        return allow(event, "caller")
    logger.info("refused", reason=f"{KEY_HEADER} is no key of this deployment")
    return refuse(event)
