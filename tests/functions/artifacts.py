"""Models of which a part was changed after training."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.artifact import CARD, ModelCard, verify, write_manifest


def variant(source: Path, to: Path, files: dict[str, bytes] | None = None, **card: Any) -> str:
    """A copy with other files and another card, sealed anew; answers with its version."""
    shutil.copytree(source, to)
    for name, data in (files or {}).items():
        (to / name).write_bytes(data)
    if card:
        written = ModelCard.from_json((to / CARD).read_text())
        (to / CARD).write_text(replace(written, **card).to_json())
    write_manifest(to)
    return verify(to)


def flipped(data: bytes, at: int) -> bytes:
    """The same bytes but for one bit."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
