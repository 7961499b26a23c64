"""Models of which a part was changed after training, and what the promoter says of them."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.artifact import CARD, ModelCard, verify, write_manifest
from tests.functions.stage import Stage


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


def now_ms() -> int:
    """By the clock that the promoter reads."""
    return time.time_ns() // 1_000_000


def listed(stage: Stage) -> Any:
    """What GET /models answers."""
    return stage.call("GET", "/models").body


def refused(stage: Stage, files: dict[str, bytes] | bytes, name: str = "second") -> str:
    """The reason for which a job's archive was refused; nothing else may have changed."""
    before, keys = stage.registry().current(), stage.keys("models/")
    answer = stage.end_job(name, files, created_ms=now_ms())
    assert answer["promoted"] is None
    assert stage.registry().current() == before
    assert stage.keys("models/") == keys
    [told] = [m for m in listed(stage)["models"] if m["job"] == name]
    assert told["refusals"] == answer["refusals"] != []
    return str(answer["refusals"][0])
