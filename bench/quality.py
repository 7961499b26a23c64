"""NDCG@10 on MovieLens 100K, full ranking: the blend beside encoder, graph and popularity.

python -m bench.quality time|leave-one-out
"""

import sys
import tempfile
import time
from pathlib import Path

from bench.clock import report
from domain.catalog import Item
from domain.event import MAX_EVENTS, Batch, parse_batch
from domain.record import Position, Record, encode_log
from domain.snapshot import EMPTY
from domain.vocabulary import Vocabulary
from local import movielens
from local.collection import Collection, batches
from model.config import TrainConfig
from model.run import Run
from model.train import train

DOWNLOADS = Path("data")


def main() -> None:
    """One training run on one split; the test part is read once."""
    protocol = sys.argv[1]
    assert protocol in ("time", "leave-one-out"), protocol
    collection = movielens.load(DOWNLOADS)
    with tempfile.TemporaryDirectory() as scratch:
        events, catalog = Path(scratch) / "events", Path(scratch) / "catalog.npz"
        events.mkdir()
        (events / "log.jsonl.gz").write_bytes(encode_log(log_of(collection)))
        items = [Item(facts["item_id"], facts, 0) for facts in collection.items]
        catalog.write_bytes(EMPTY.updated(items).to_bytes())
        began = time.process_time()
        card = train(Run(events, Path(scratch) / "model", TrainConfig(), Vocabulary(), catalog,
                         leave_one_out=protocol == "leave-one-out"))
    report({"protocol": protocol, "metrics": card.metrics, "seconds": card.seconds,
            "epochs": card.config["epochs_trained"],
            "cpu_minutes": round((time.process_time() - began) / 60, 1)})


def log_of(collection: Collection) -> list[Record]:
    """What a collection is in the event log."""
    vocabulary = Vocabulary()
    made = []
    for number, (user_id, events) in enumerate(batches(collection, MAX_EVENTS), start=1):
        batch: Batch
        batch, _ = parse_batch({"user_id": user_id, "events": events}, events[-1]["at"], vocabulary)
        made.append(Record(Position("shardId-000000000000", number), batch))
    return made


if __name__ == "__main__":
    main()
