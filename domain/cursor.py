"""Where a list goes on: the tags of what earlier pages showed, as opaque text.

A page after the first is the best of what was not shown yet, as of its own moment. So no item comes
twice, and none is passed over because the order changed in between.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from domain.event import EventError

MAX_PASSED = 2_000  # items; API Gateway takes 10,240 bytes of headers and so about that of a URL
_VERSION = 1
MAX_CHARS = 4 * (1 + 4 * MAX_PASSED) // 3 + 4


def write(passed: Sequence[int]) -> str:
    """The text of what was shown so far. passed: `tag`s."""
    raw = struct.pack(f"<B{len(passed)}I", _VERSION, *passed)
    return urlsafe_b64encode(raw).decode().rstrip("=")


def after(passed: Sequence[int], keys: Sequence[int], k: int) -> str | None:
    """Where a list of these items goes on; None when there is no more, or no going on.

    passed: tags of the pages before. k: how many items were asked for.
    """
    shown = (*passed, *map(tag, keys))
    return None if len(keys) < k or len(shown) > MAX_PASSED else write(shown)


def read(text: str) -> tuple[int, ...]:
    """The tags of what was shown so far. raises: EventError."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        version, *passed = struct.unpack(f"<B{len(raw) // 4}I", raw)
    except (ValueError, struct.error) as error:
        raise EventError("cursor", "is not one that an answer gave") from error
    if version != _VERSION or len(passed) > MAX_PASSED:
        raise EventError("cursor", "is not one that an answer gave")
    return tuple(passed)


def tag(key: int) -> int:
    """What a cursor keeps of an item: 32 bits. Of 2,000 items passed, one in two million others
    is taken for one of them."""
    return key & 0xFFFFFFFF
