"""Data sets that papers publish figures on, as files of sequences: a user and the items in order.

They hold no times, so every step is a minute after the one before; whoever may use them puts them
below `data/`, which is not part of the repository.
source: Zhou et al. 2020 (S3-Rec), its 5-core files of Amazon's reviews; Kang & McAuley 2018
(SASRec), its file of MovieLens 1M.
"""

import json
from pathlib import Path

from local import movielens
from local.collection import Collection, CollectionError

DATA = Path("data")
ML_100K = "ml-100k"
FILES = {
    "beauty": DATA / "s3rec" / "Beauty.txt",
    "sports": DATA / "s3rec" / "Sports_and_Outdoors.txt",
    "toys": DATA / "s3rec" / "Toys_and_Games.txt",
    "ml-1m": DATA / "ml1m" / "ml1m.txt",
}
START_MS = 1_400_000_000_000
STEP_MS = 60_000


def load(name: str) -> Collection:
    """MovieLens 100K, or one of `FILES`. raises: CollectionError, when it cannot be had."""
    if name == ML_100K:
        return movielens.load(DATA)
    path = FILES[name]
    if not path.exists():
        raise CollectionError(f"{path} is missing: see docs/quality.md for where it can be had")
    found = Collection(name, {}, past=True)
    for line in path.read_text().splitlines():
        user_id, *items = line.split()
        for place, item_id in enumerate(items):
            found.add(user_id, {"type": "view", "item_id": item_id,
                                "at": START_MS + place * STEP_MS})
    labels = _labels(path.with_name(f"{path.stem}_item2attributes.json"))
    ids = {event["item_id"] for events in found.events.values() for event in events}
    found.items = [{"item_id": one, "tags": labels.get(one, [])} for one in sorted(ids)]
    return found


def _labels(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    return {item: [f"a{label}" for label in labels]
            for item, labels in json.loads(path.read_text()).items()}
