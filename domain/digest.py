"""sha256 of files, whole or a piece at a time."""

import hashlib
from collections.abc import Generator
from pathlib import Path

from domain.steps import whole

PIECE_BYTES = 8_388_608  # read at once


def digest(path: Path) -> str:
    """Of a whole file, in hex."""
    return whole(digesting(path))


def digesting(path: Path) -> Generator[int, None, str]:
    """`digest`, a piece at a time; yields how many bytes were read."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            found.update(piece)
            yield len(piece)
    return found.hexdigest()
