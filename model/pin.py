"""What a run reads is settled when it first begins.

A spot job that is started again finds a log that has grown and another catalogue, and its
checkpoint would be of no use: rows are numbered by what was read. So the names of the log's objects
and a copy of the catalogue lie beside the checkpoint, and a resumed run reads those.
"""

import json
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from model.dataset import OBJECTS

NAMES = "objects.json"  # of the log, below its folder
CATALOG = "catalog.npz"
log = logging.getLogger(__name__)


class Inputs(NamedTuple):
    """The objects of the log, and the catalogue if there is one."""

    objects: Sequence[Path]
    catalog: Path | None


def pinned(events: Path, catalog: Path | None, checkpoints: Path | None) -> Inputs:
    """What lies below `events` now, or what lay there when the run of these checkpoints began."""
    found = Inputs(sorted(events.rglob(OBJECTS)), catalog)
    if checkpoints is None:
        return found
    if not (checkpoints / NAMES).exists():
        return _pin(found, events, checkpoints)
    before = [events / name for name in json.loads((checkpoints / NAMES).read_text())]
    if gone := set(before).difference(found.objects):
        log.warning("%d objects that the run began with are gone: it begins again", len(gone))
        return _pin(found, events, checkpoints)
    if newer := len(found.objects) - len(before):
        log.warning("going on with the log as the run began with it, without %d newer objects; "
                    "remove %s to begin again", newer, checkpoints)
    kept = checkpoints / CATALOG
    return Inputs(before, kept if kept.exists() else None)


def _pin(found: Inputs, events: Path, checkpoints: Path) -> Inputs:
    """The catalogue first and the names last, aside and renamed, so that half a pin is none."""
    checkpoints.mkdir(parents=True, exist_ok=True)
    (checkpoints / CATALOG).unlink(missing_ok=True)
    if found.catalog is not None:
        shutil.copyfile(found.catalog, checkpoints / CATALOG)
    aside = checkpoints / f"{NAMES}.new"
    aside.write_text(json.dumps([str(path.relative_to(events)) for path in found.objects]))
    os.replace(aside, checkpoints / NAMES)
    return found
