"""The report of a model of MovieLens 100K, beside one of the log as it was earlier, as a page.

python -m bench.reporting OUT
"""

import csv
import sys
from dataclasses import replace
from pathlib import Path

from bench.logged import DOWNLOADS, WORDS, laid, written
from bench.trained import CONFIG
from local import movielens
from local.collection import Collection
from model.report.__main__ import main as write
from model.run import Run
from model.train import train

EARLIER = 0.9  # of the events: what the model that is in use was trained on


def main() -> None:
    """Everything lies below OUT, where it can be looked at again. cost: ten minutes."""
    out = Path(sys.argv[1])
    collection = movielens.load(DOWNLOADS)
    out.mkdir(parents=True, exist_ok=True)
    events, catalog = laid(out, collection)
    before = written(out / "events-before", _until(collection, EARLIER))
    options = {name: out / name for name in ("model", "current", "leave-one-out")}
    for name, folder in options.items():
        train(Run(before if name == "current" else events, folder, CONFIG, WORDS, catalog,
                  leave_one_out=name == "leave-one-out"))
    options |= {"events": events, "catalog": catalog, "out": out,
                "users": _people(out / "users.csv", collection)}
    write([text for name, path in options.items() for text in (f"--{name}", str(path))])


def _until(whole: Collection, share: float) -> Collection:
    """The first events of all, as an earlier training found them."""
    times = sorted(event["at"] for events in whole.events.values() for event in events)
    until = times[int(len(times) * share)]
    earlier = {user: [event for event in events if event["at"] < until]
               for user, events in whole.events.items()}
    return replace(whole, events={user: events for user, events in earlier.items() if events})


def _people(path: Path, collection: Collection) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "occupation", "age_band"])
        rows.writerows((user, facts["segment"], facts["age_band"])
                       for user, facts in collection.users.items())
    return path


if __name__ == "__main__":
    main()
