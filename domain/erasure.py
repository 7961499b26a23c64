"""That somebody was erased, as the bucket keeps it: known though the table of users is lost.

The key of an empty object says all of it, so nothing inside can be damaged. An erasure is for good;
one asked for again leaves a second mark, and the later one counts.
"""

import re

from domain.key import subject_hash
from domain.layout import ERASURES

_KEY = re.compile(rf"{ERASURES}([0-9a-f]{{32}})-([0-9]{{15}})")  # MAX_TIME_MS has 15 digits


class ErasureError(ValueError):
    """A key below the prefix of erasures is none of ours."""


def mark_of(subject: str, at_ms: int) -> str:
    """The key of the mark of one erasure."""
    return f"{ERASURES}{subject_hash(subject):032x}-{at_ms:015d}"


def read_mark(key: str) -> tuple[int, int]:
    """Whose mark it is, as `subject_hash` says it, and when the user was erased, ms.

    raises: ErasureError, when it is no such key.
    """
    found = _KEY.fullmatch(key)
    if not found:
        raise ErasureError(f"{key} is no mark of an erasure")
    return int(found[1], 16), int(found[2])
