"""A signature -> leave to call, and the signature on to the function behind the route.

Nobody is refused here who is of the right shape: a signature is over the body, which no authorizer
is shown, so the function judges it (`functions.personalize`). This one is there since API Gateway
takes an `Authorization` that holds a Signature Version 4 off whatever it passes to a function.
source: AWS, "Amazon API Gateway important notes"; "Input to an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from typing import Any

from functions.leave import SIGNATURE, allow, refuse
from functions.signature import SHAPE


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answer one question of API Gateway."""
    return respond(event)


def respond(event: Mapping[str, Any]) -> dict[str, Any]:
    """Leave for what is shaped as one signature; a header that came twice is not."""
    shown = str(event["authorizationToken"])
    if not SHAPE.fullmatch(shown):
        return refuse(event)
    return allow(event, "signer", **{SIGNATURE: shown})
