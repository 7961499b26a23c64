"""MovieLens 100K as one crowd: who rated what, with seven months of arrivals laid into days."""

from pathlib import Path

import numpy as np

from bench.crowds import CODES, DAY_MS, START_MS, acts, in_time
from domain.touches import Touches
from domain.vocabulary import Vocabulary
from local import movielens

RATE = Vocabulary().by_name["rate"]


def watchers(folder: Path, days: int) -> Touches:
    """Ratings; the most rated film is item 0.

    People come in the order and with the pauses of the data set, but none longer than 12 hours.
    """
    collection = movielens.load(folder)
    rated = np.array([(number, event["item_id"], event["at"], RATE.strength(event["value"]))
                      for number, events in enumerate(collection.events.values())
                      for event in events],
                     [("user", int), ("film", "U8"), ("at_ms", int), ("strength", float)])
    _, places, times = np.unique(rated["film"], return_inverse=True, return_counts=True)
    ranks = np.argsort(np.argsort(-times, kind="stable"))
    found = acts(rated["user"], ranks[places], 0, CODES["rate"])
    found["strength"] = np.round(16 * rated["strength"]) / 16
    for user in range(len(collection.events)):
        mine = rated["user"] == user
        pauses = np.minimum(np.diff(rated["at_ms"][mine], prepend=rated["at_ms"][mine][0]),
                            DAY_MS // 2)
        found["at_ms"][mine] = np.cumsum(pauses)
    began = np.array([rated["at_ms"][rated["user"] == user].min()
                      for user in range(len(collection.events))])
    order = np.argsort(np.argsort(began, kind="stable"))
    found["at_ms"] += START_MS + order[rated["user"]] * days * DAY_MS // len(order)
    return in_time(found[found["at_ms"] < START_MS + days * DAY_MS])
